"""Reviews: a decision put to people, its task in Label Studio, and the votes that came back."""

from __future__ import annotations

from enum import StrEnum

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotation.models.base import NationQuerySet, choices_of, value_in
from annotation.models.decision import Decision, DecisionKind
from annotation.models.nation import Nation


class ProjectKind(StrEnum):
    """The four kinds of Label Studio project, one each per nation."""

    SCREENING = "screening"
    STATEMENT = "statement"
    CONFLICT = "conflict"
    TRIPLE = "triple"


PROJECT_OF: dict[DecisionKind, ProjectKind] = {
    DecisionKind.TOPIC_SCREENING: ProjectKind.SCREENING,
    DecisionKind.STATEMENT_SCREENING: ProjectKind.SCREENING,
    DecisionKind.ATTRIBUTION: ProjectKind.STATEMENT,
    DecisionKind.CONFLICT: ProjectKind.CONFLICT,
    DecisionKind.TRIPLE: ProjectKind.TRIPLE,
}


class StudioProject(models.Model):
    """A Label Studio project of ours."""

    nation = models.ForeignKey(Nation, models.PROTECT, related_name="studio_projects")
    kind = models.CharField(max_length=10, choices=choices_of(ProjectKind))
    remote_id = models.PositiveBigIntegerField(unique=True, help_text="Id inside Label Studio.")
    title = models.CharField(max_length=200)
    config_digest = models.CharField(max_length=64)
    pulled_until = models.DateTimeField(
        null=True, blank=True, help_text="Newest change already pulled, by Label Studio's clock."
    )

    objects = NationQuerySet.as_manager()

    class Meta:
        ordering = ["nation", "kind"]
        constraints = [models.UniqueConstraint(fields=["nation", "kind"], name="studio_project_once")]

    def __str__(self) -> str:
        return self.title


class ReviewStatus(StrEnum):
    """Where the asking stands; the verdict itself is a decision."""

    QUEUED = "queued"  # no task yet
    PUSHED = "pushed"  # a task exists in Label Studio
    DISPUTED = "disputed"  # enough votes, no agreement
    CLOSED = "closed"  # settled, or no longer needed


class Review(models.Model):
    """A decision put to people. ``key`` is carried in the task, so that a task is never made twice."""

    decision = models.OneToOneField(Decision, models.PROTECT, related_name="review")
    nation = models.ForeignKey(Nation, models.PROTECT, related_name="reviews")
    project = models.ForeignKey(StudioProject, models.PROTECT, null=True, blank=True, related_name="reviews")
    kind = models.CharField(max_length=10, choices=choices_of(ProjectKind))
    key = models.UUIDField(unique=True)
    remote_task_id = models.PositiveBigIntegerField(null=True, blank=True, unique=True)
    votes_required = models.PositiveSmallIntegerField()
    priority = models.FloatField(default=0.0, help_text="Higher comes first.")
    status = models.CharField(
        max_length=10, choices=choices_of(ReviewStatus), default=ReviewStatus.QUEUED, db_index=True
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = NationQuerySet.as_manager()

    class Meta:
        ordering = ["-priority", "pk"]
        indexes = [models.Index(fields=["nation", "kind", "status"])]
        constraints = [
            models.CheckConstraint(condition=Q(votes_required__gte=1), name="review_votes_positive"),
            models.CheckConstraint(condition=value_in("status", ReviewStatus), name="review_status_known"),
            models.CheckConstraint(
                condition=~Q(status="pushed") | Q(remote_task_id__isnull=False, project__isnull=False),
                name="review_pushed_has_task",
            ),
        ]

    def __str__(self) -> str:
        return f"Review of {self.decision_id}"


class Vote(models.Model):
    """One person's answer to one review: the newest annotation of that person on the task."""

    nation_path = "review__nation"

    review = models.ForeignKey(Review, models.PROTECT, related_name="votes")
    annotator = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="votes")
    label = models.CharField(max_length=20, blank=True, help_text="Empty when skipped.")
    value = models.JSONField(default=dict, blank=True)
    note = models.TextField(blank=True)
    is_skipped = models.BooleanField(default=False)
    is_withdrawn = models.BooleanField(default=False, help_text="Deleted in Label Studio; kept here.")
    remote_annotation_id = models.PositiveBigIntegerField(unique=True)
    lead_time = models.FloatField(null=True, blank=True, help_text="Seconds.")
    remote_updated_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects = NationQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["review", "annotator"],
                condition=Q(is_withdrawn=False),
                name="vote_once_per_annotator",
            ),
            models.CheckConstraint(
                condition=Q(is_skipped=True, label="") | (Q(is_skipped=False) & ~Q(label="")),
                name="vote_labelled_unless_skipped",
            ),
        ]

    def __str__(self) -> str:
        return self.label or "skipped"
