"""Conflicts: typed, signed edges between statements, and the groups they form."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from annotation.models.base import NationQuerySet, choices_of, value_in
from annotation.models.nation import Nation
from annotation.models.run import Run
from annotation.models.statement import Statement
from pipeline.records import Relation


class ConflictGroup(models.Model):
    """Statements joined by judged edges, with a proposed dominant side. A proposal, never a deletion."""

    nation = models.ForeignKey(Nation, models.PROTECT, related_name="conflict_groups")
    run = models.ForeignKey(Run, models.PROTECT, related_name="conflict_groups")
    identity = models.CharField(max_length=40, help_text="Digest of its statements.")
    margin = models.FloatField(help_text="Evidence lead of the dominant side in [0, 1].")
    frustration = models.FloatField(help_text="Weight share of edges no split satisfies, in [0, 1].")
    is_current = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = NationQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["run", "identity"], name="conflict_group_once_per_run"),
            models.CheckConstraint(condition=Q(margin__gte=0, margin__lte=1), name="conflict_margin_in_unit"),
            models.CheckConstraint(
                condition=Q(frustration__gte=0, frustration__lte=1), name="conflict_frustration_in_unit"
            ),
        ]

    def __str__(self) -> str:
        return f"Conflict group {self.pk}"


class ConflictSide(models.Model):
    """A statement in a conflict group and the side it is on."""

    nation_path = "group__nation"

    group = models.ForeignKey(ConflictGroup, models.CASCADE, related_name="sides")
    statement = models.ForeignKey(Statement, models.CASCADE, related_name="conflict_sides")
    side = models.SmallIntegerField(help_text="+1 proposed dominant, -1 the other.")

    objects = NationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["group", "statement"], name="conflict_side_once"),
            models.CheckConstraint(condition=Q(side__in=[-1, 1]), name="conflict_side_signed"),
        ]

    def __str__(self) -> str:
        return f"{self.statement_id} on side {self.side:+d} of group {self.group_id}"


class Conflict(models.Model):
    """A judged pair of statements. Compatible and duplicate pairs are edges too, with a positive sign."""

    nation = models.ForeignKey(Nation, models.PROTECT, related_name="conflicts")
    run = models.ForeignKey(Run, models.PROTECT, related_name="conflicts")
    first = models.ForeignKey(Statement, models.CASCADE, related_name="conflicts_as_first")
    second = models.ForeignKey(Statement, models.CASCADE, related_name="conflicts_as_second")
    relation = models.CharField(max_length=20, choices=choices_of(Relation))
    sign = models.SmallIntegerField(help_text="-1 contradiction, +1 agreement, 0 the two do not meet.")
    score = models.FloatField(help_text="Confidence of the relation in [0, 1].")
    similarity = models.FloatField(help_text="Cosine of the two statements in [-1, 1].")
    rationale = models.TextField(blank=True)
    raw_reply = models.TextField(blank=True)
    version = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = NationQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["nation", "relation"])]
        constraints = [
            models.UniqueConstraint(fields=["first", "second", "version"], name="conflict_once_per_pair"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="conflict_ordered_pair"),
            models.CheckConstraint(condition=value_in("relation", Relation), name="conflict_relation_known"),
            models.CheckConstraint(condition=Q(sign__in=[-1, 0, 1]), name="conflict_signed"),
            models.CheckConstraint(
                condition=Q(relation=Relation.CONTRADICTION, sign=-1)
                | (~Q(relation=Relation.CONTRADICTION) & Q(sign__gte=0)),
                name="conflict_sign_matches_relation",
            ),
            models.CheckConstraint(condition=Q(score__gte=0, score__lte=1), name="conflict_score_in_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.get_relation_display()}: {self.first_id} / {self.second_id}"
