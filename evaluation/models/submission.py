"""What researchers hand in to be scored: recorded answers, or an endpoint to be asked."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotation.models.base import choices_of, value_in
from evaluation.models.release import Release
from evaluation.models.run import EvalRun
from evaluation.scoring.protocol_kind import ProtocolKind


class Submission(models.Model):
    """One model by one protocol on one release. Few recorded answers are scored at once; many, and an
    endpoint, wait as ``queued`` for ``run_submissions``."""

    class Status(models.TextChoices):
        """How it stands."""

        QUEUED = "queued"
        RUNNING = "running"
        FINISHED = "finished"
        FAILED = "failed"

    release = models.ForeignKey(Release, models.PROTECT, related_name="submissions")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="submissions")
    model = models.CharField(max_length=200)
    protocol = models.CharField(max_length=20, choices=choices_of(ProtocolKind))
    judge = models.CharField(max_length=200, blank=True)
    base_url = models.CharField(max_length=500, blank=True, help_text="Empty where answers were handed in.")
    key_variable = models.CharField(
        max_length=100, blank=True, help_text="Name of the environment variable that holds the key."
    )
    is_holdout = models.BooleanField(default=False, help_text="The private items are asked, too.")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    error = models.TextField(blank=True)
    run = models.ForeignKey(EvalRun, models.PROTECT, null=True, blank=True, related_name="submissions")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=value_in("protocol", ProtocolKind), name="submission_protocol_known"
            ),
            models.CheckConstraint(
                condition=~Q(status="finished") | Q(run__isnull=False), name="submission_finished_has_run"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model} by {self.protocol}"


class SubmittedRecord(models.Model):
    """The recorded answers of a submission as they were handed in, until they are scored."""

    submission = models.OneToOneField(Submission, models.CASCADE, related_name="record")
    content = models.BinaryField(help_text="JSON Lines, gzip.")

    def __str__(self) -> str:
        return f"record of submission {self.submission_id}"
