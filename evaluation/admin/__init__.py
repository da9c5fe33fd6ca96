"""Releases and evaluation in Django's admin: to be read, except candidate models."""

from django.contrib import admin
from knox.models import AuthToken

from evaluation.admin import answer_votes, releases, runs, submissions

__all__ = ["answer_votes", "releases", "runs", "submissions"]

# People keep their own tokens, under /tokens/.
admin.site.unregister(AuthToken)
