"""Events: every move of every status, with its actor."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotation.models.base import NationQuerySet
from annotation.models.decision import Decision
from annotation.models.nation import Nation
from annotation.models.statement import Statement


class StatusMove(models.Model):
    """What every record of a move holds. Append-only."""

    old = models.CharField(max_length=12)
    new = models.CharField(max_length=12)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    actor_name = models.CharField(max_length=200, help_text="Person, or the stage or service that acted.")
    note = models.TextField(blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.old} -> {self.new}"


class Event(StatusMove):
    """A move of a statement's or a decision's status."""

    nation = models.ForeignKey(Nation, models.PROTECT, related_name="events")
    statement = models.ForeignKey(Statement, models.CASCADE, null=True, blank=True, related_name="events")
    decision = models.ForeignKey(Decision, models.CASCADE, null=True, blank=True, related_name="events")

    objects = NationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(statement__isnull=False, decision=None)
                | Q(statement=None, decision__isnull=False),
                name="event_exactly_one_subject",
            ),
        ]
