"""Releases and evaluation in Django's admin: to be read, except candidate models."""

from evaluation.admin import releases, runs

__all__ = ["releases", "runs"]
