"""Releases and evaluation in Django's admin: to be read, except candidate models."""

from evaluation.admin import answer_votes, releases, runs, submissions

__all__ = ["answer_votes", "releases", "runs", "submissions"]
