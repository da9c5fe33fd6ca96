"""Triples: question, statement, reversed statement."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from annotation.models.base import NationQuerySet
from annotation.models.nation import Nation
from annotation.models.run import Derivation
from annotation.models.statement import Statement


class Triple(models.Model):
    """An evaluation item. A correction by people is a new triple that revises the old one."""

    statement = models.ForeignKey(Statement, models.PROTECT, related_name="triples")
    nation = models.ForeignKey(Nation, models.PROTECT, related_name="triples")
    derivation = models.ForeignKey(Derivation, models.PROTECT, null=True, blank=True, related_name="triples")
    revises = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="revised_by")
    question = models.TextField()
    statement_text = models.TextField(
        blank=True, help_text="The statement as people worded it; empty: as it was drawn from the article."
    )
    reversed_statement = models.TextField()
    language = models.CharField(max_length=3)
    confidence = models.FloatField()
    checks = models.JSONField(default=dict, help_text="Validity check to passed or not.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = NationQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(question=""), name="triple_question_not_empty"),
            models.CheckConstraint(condition=~Q(reversed_statement=""), name="triple_reversed_not_empty"),
            models.CheckConstraint(
                condition=Q(confidence__gte=0, confidence__lte=1), name="triple_confidence_in_unit"
            ),
        ]

    def __str__(self) -> str:
        return self.question[:80]

    @property
    def affirmed(self) -> str:
        """The statement as this triple words it."""
        return self.statement_text or self.statement.text
