"""Statements: positions found in documents, each with its evidence."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from annotation.lifecycle import StatementStatus
from annotation.models.base import NationQuerySet, choices_of, value_in
from annotation.models.nation import Nation
from annotation.models.run import Derivation
from annotation.models.source import Document
from pipeline.records import SourceType


class StatementQuerySet(NationQuerySet):
    """Which statements."""

    def live(self) -> StatementQuerySet:
        """Those neither rejected nor superseded."""
        return self.exclude(status__in=[StatementStatus.REJECTED, StatementStatus.SUPERSEDED])

    def pending(self, stage: str, version: str) -> StatementQuerySet:
        """Live statements this version of a stage has not finished."""
        done = Derivation.objects.finished(stage, version).filter(statement=models.OuterRef("pk"))
        return self.live().filter(~models.Exists(done))


class Statement(models.Model):
    """What a document says should be, in its own words and language.

    Text and span never change. ``source_type`` and ``speaker`` repeat the newest attribution decision,
    ``status`` the newest event; each is written by one service only.
    """

    document = models.ForeignKey(Document, models.PROTECT, related_name="statements")
    nation = models.ForeignKey(Nation, models.PROTECT, related_name="statements")
    derivation = models.ForeignKey(
        Derivation, models.PROTECT, null=True, blank=True, related_name="statements"
    )
    revises = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="revised_by")
    text = models.TextField()
    language = models.CharField(max_length=3)
    span_start = models.PositiveIntegerField(help_text="Code points into the document's text.")
    span_end = models.PositiveIntegerField(help_text="Exclusive.")
    confidence = models.FloatField(help_text="Of the extraction.")
    as_of = models.DateField(null=True, blank=True, help_text="When it was held: the document's date.")
    source_type = models.CharField(max_length=10, choices=choices_of(SourceType), default=SourceType.UNKNOWN)
    speaker = models.CharField(max_length=300, blank=True)
    status = models.CharField(
        max_length=12, choices=choices_of(StatementStatus), default=StatementStatus.EXTRACTED, db_index=True
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = StatementQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["nation", "status"])]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "span_start", "span_end"],
                condition=Q(revises=None),
                name="statement_once_per_span",
            ),
            models.CheckConstraint(
                condition=Q(span_end__gt=F("span_start")), name="statement_span_not_empty"
            ),
            models.CheckConstraint(condition=~Q(text=""), name="statement_text_not_empty"),
            models.CheckConstraint(
                condition=Q(confidence__gte=0, confidence__lte=1), name="statement_confidence_in_unit"
            ),
            models.CheckConstraint(
                condition=value_in("source_type", SourceType), name="statement_source_type_known"
            ),
            models.CheckConstraint(
                condition=value_in("status", StatementStatus), name="statement_status_known"
            ),
        ]

    def __str__(self) -> str:
        return self.text[:80]

    @property
    def evidence(self) -> str:
        """The words of the document this statement rests on."""
        return self.document.text[self.span_start : self.span_end]
