"""Reviews: a decision put to people, its task in Label Studio, and the votes that came back."""

from __future__ import annotations

from enum import StrEnum

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotation.models.base import NationQuerySet, choices_of, value_in
from annotation.models.decision import Decision, DecisionKind
from annotation.models.nation import Nation
from annotation.models.qualification import Qualification
from annotation.models.studio import ProjectKind, StudioProject

PROJECT_OF: dict[DecisionKind, ProjectKind] = {
    DecisionKind.TOPIC_SCREENING: ProjectKind.SCREENING,
    DecisionKind.STATEMENT_SCREENING: ProjectKind.SCREENING,
    DecisionKind.ATTRIBUTION: ProjectKind.STATEMENT,
    DecisionKind.CONFLICT: ProjectKind.CONFLICT,
    DecisionKind.TRIPLE: ProjectKind.TRIPLE,
}


class ReviewStatus(StrEnum):
    """Where the asking stands; the verdict itself is a decision."""

    QUEUED = "queued"  # no task yet
    PUSHED = "pushed"  # a task exists in Label Studio
    DISPUTED = "disputed"  # enough votes, no agreement
    CLOSED = "closed"  # settled, or no longer needed


class ReviewPurpose(StrEnum):
    """Why people are asked."""

    QUESTION = "question"  # the machine is unsure
    AUDIT = "audit"  # it is sure, and is checked
    ATTENTION = "attention"  # the answer is known, and the annotator is checked


class Review(models.Model):
    """A decision put to people. ``key`` is carried in the task, so that a task is never made twice."""

    decision = models.OneToOneField(Decision, models.PROTECT, related_name="review")
    nation = models.ForeignKey(Nation, models.PROTECT, related_name="reviews")
    project = models.ForeignKey(StudioProject, models.PROTECT, null=True, blank=True, related_name="reviews")
    kind = models.CharField(max_length=10, choices=choices_of(ProjectKind))
    purpose = models.CharField(
        max_length=10, choices=choices_of(ReviewPurpose), default=ReviewPurpose.QUESTION
    )
    key = models.UUIDField(unique=True)
    remote_task_id = models.PositiveBigIntegerField(null=True, blank=True)
    votes_required = models.PositiveSmallIntegerField()
    votes_wanted = models.PositiveSmallIntegerField(
        default=0, help_text="Votes asked for now: more than required after disagreement. 0: as required."
    )
    remote_overlap = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Votes Label Studio collects on the task, as last told."
    )
    priority = models.FloatField(default=0.0, help_text="Higher comes first.")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Tries to make its task that failed.")
    error = models.TextField(blank=True, help_text="Why the last try failed.")
    status = models.CharField(
        max_length=10, choices=choices_of(ReviewStatus), default=ReviewStatus.QUEUED, db_index=True
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = NationQuerySet.as_manager()

    class Meta:
        ordering = ["-priority", "pk"]
        indexes = [models.Index(fields=["nation", "kind", "status"])]
        constraints = [
            models.UniqueConstraint(fields=["project", "remote_task_id"], name="review_once_per_task"),
            models.CheckConstraint(condition=Q(votes_required__gte=1), name="review_votes_positive"),
            models.CheckConstraint(condition=value_in("status", ReviewStatus), name="review_status_known"),
            models.CheckConstraint(condition=value_in("purpose", ReviewPurpose), name="review_purpose_known"),
            models.CheckConstraint(
                condition=~Q(status="pushed") | Q(remote_task_id__isnull=False, project__isnull=False),
                name="review_pushed_has_task",
            ),
        ]

    def __str__(self) -> str:
        return f"Review of {self.decision_id}"


class VoteQuerySet(NationQuerySet):
    """Which votes."""

    def standing(self) -> VoteQuerySet:
        """Neither taken back nor set aside."""
        return self.filter(is_withdrawn=False, set_aside="")

    def with_said(self) -> VoteQuerySet:
        """With ``said``: the label given before the machine's verdict was shown; only that is independent."""
        return self.annotate(
            said=models.Case(
                models.When(blind_label="", then=models.F("label")), default=models.F("blind_label")
            )
        )

    def counting(self) -> VoteQuerySet:
        """Those that may settle a question: a judgement, by someone qualified when it was given."""
        return self.standing().filter(is_skipped=False, qualification__isnull=False)


class SetAside(StrEnum):
    """Why a vote does not count, although its annotator did not take it back."""

    GONE = "gone"  # deleted in Label Studio, not by its annotator
    CHANGED = "changed"  # changed there by another
    FORGED = "forged"  # given there in the annotator's name by another


class Vote(models.Model):
    """One person's answer to one review: the newest annotation of that person on the task.

    ``blind_label`` is what the person said before the machine's verdict was shown.
    """

    nation_path = "review__nation"

    review = models.ForeignKey(Review, models.PROTECT, related_name="votes")
    annotator = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="votes")
    label = models.CharField(max_length=20, blank=True, help_text="Empty when not judged.")
    value = models.JSONField(default=dict, blank=True)
    note = models.TextField(blank=True)
    is_skipped = models.BooleanField(default=False, help_text="Skipped, or cannot judge: then with a reason.")
    reason = models.CharField(max_length=20, blank=True, help_text="Why it cannot be judged.")
    is_withdrawn = models.BooleanField(default=False, help_text="Taken back by its annotator; kept here.")
    set_aside = models.CharField(max_length=10, choices=choices_of(SetAside), blank=True)
    blind_label = models.CharField(max_length=20, blank=True)
    blind_value = models.JSONField(default=dict, blank=True)
    revealed_at = models.DateTimeField(
        null=True, blank=True, help_text="When the machine's verdict was shown to its annotator."
    )
    qualification = models.ForeignKey(
        Qualification, models.PROTECT, null=True, blank=True, related_name="votes"
    )
    guideline = models.CharField(max_length=20, blank=True, help_text="Version its annotator had read.")
    remote_annotation_id = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="None: Label Studio has lost it, we have not."
    )
    remote_created_at = models.DateTimeField(null=True, blank=True)
    lead_time = models.FloatField(null=True, blank=True, help_text="Seconds.")
    remote_updated_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects = VoteQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["review", "annotator"],
                condition=Q(is_withdrawn=False, set_aside=""),
                name="vote_once_per_annotator",
            ),
            models.UniqueConstraint(
                fields=["review", "remote_annotation_id"], name="vote_once_per_annotation"
            ),
            models.CheckConstraint(
                condition=Q(is_skipped=True, label="") | (Q(is_skipped=False, reason="") & ~Q(label="")),
                name="vote_labelled_unless_skipped",
            ),
            models.CheckConstraint(
                condition=Q(set_aside="") | value_in("set_aside", SetAside), name="vote_set_aside_known"
            ),
        ]

    def __str__(self) -> str:
        return self.label or self.reason or "skipped"

    @property
    def stands(self) -> bool:
        """Neither taken back nor set aside."""
        return not self.is_withdrawn and not self.set_aside

    @property
    def counts(self) -> bool:
        """Whether it may settle a question: it stands, judges, and its annotator was qualified."""
        return self.stands and not self.is_skipped and self.qualification_id is not None


class VoteRevision(models.Model):
    """Every state a vote has had, oldest first. Append-only."""

    nation_path = "vote__review__nation"

    vote = models.ForeignKey(Vote, models.CASCADE, related_name="revisions")
    label = models.CharField(max_length=20, blank=True)
    value = models.JSONField(default=dict, blank=True)
    note = models.TextField(blank=True)
    reason = models.CharField(max_length=20, blank=True)
    is_blind = models.BooleanField(help_text="Before the machine's verdict was shown.")
    at = models.DateTimeField(help_text="By Label Studio's clock.")

    objects = NationQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["vote", "at"], name="vote_revision_once")]

    def __str__(self) -> str:
        return self.label or self.reason or "skipped"


class CountedVote(models.Model):
    """A vote that counted for people's verdict. The database takes none without a qualification."""

    nation_path = "verdict__nation"

    verdict = models.ForeignKey(Decision, models.CASCADE, related_name="counted_votes")
    vote = models.ForeignKey(Vote, models.PROTECT, related_name="counted_in")
    qualification = models.ForeignKey(Qualification, models.PROTECT, related_name="counted_votes")
    label = models.CharField(max_length=20, help_text="What the vote said when it counted.")

    objects = NationQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["verdict", "vote"], name="counted_vote_once")]

    def __str__(self) -> str:
        return self.label
