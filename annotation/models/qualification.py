"""Qualification: that a person reads a nation's texts as a native, shown by a quiz, and until when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from annotation.models.base import NationQuerySet
from annotation.models.decision import Decision
from annotation.models.nation import Nation
from annotation.models.person import Person


class QualificationQuerySet(NationQuerySet):
    """Which qualifications."""

    def in_force(self, at: datetime | None = None) -> QualificationQuerySet:
        """Passed, neither expired nor revoked at a moment, by default now."""
        moment = at or timezone.now()
        return self.filter(passed_at__lte=moment, expires_at__gt=moment).filter(
            Q(revoked_at=None) | Q(revoked_at__gt=moment)
        )


class Qualification(models.Model):
    """A person may judge for a nation, by a quiz passed or on a curator's word, until it expires."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="qualifications")
    nation = models.ForeignKey(Nation, models.PROTECT, related_name="qualifications")
    passed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    score = models.FloatField(null=True, blank=True, help_text="Share of right answers; none when granted.")
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.TextField(blank=True, help_text="Why it was granted without a quiz.")
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_because = models.TextField(blank=True)

    objects = QualificationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("passed_at")), name="qualification_expires_after_passed"
            ),
            models.CheckConstraint(
                # A comparison with nothing is unknown, and a check lets the unknown pass.
                condition=Q(score__isnull=False, score__gte=0, score__lte=1, granted_by=None)
                | Q(score=None, granted_by__isnull=False),
                name="qualification_by_quiz_or_by_a_curator",
            ),
            models.CheckConstraint(
                condition=Q(granted_by=None) | ~Q(reason=""), name="qualification_granted_with_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} for {self.nation_id} until {self.expires_at:%Y-%m-%d}"

    def is_in_force(self, at: datetime) -> bool:
        """Passed, neither expired nor revoked at a moment."""
        return self.passed_at <= at < self.expires_at and (self.revoked_at is None or at < self.revoked_at)


class GoldQuestion(models.Model):
    """A verdict of people that new annotators are tried on, in quizzes and among their tasks."""

    decision = models.OneToOneField(Decision, models.PROTECT, related_name="gold_question")
    nation = models.ForeignKey(Nation, models.PROTECT, related_name="gold_questions")
    is_active = models.BooleanField(default=True)
    chosen_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = NationQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"Gold question {self.pk}"


class QuizAttempt(models.Model):
    """One try at a quiz: its questions are fixed when it begins."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="quiz_attempts")
    nation = models.ForeignKey(Nation, models.PROTECT, related_name="quiz_attempts")
    questions = models.JSONField(help_text="Ids of gold questions, in order.")
    answers = models.JSONField(default=dict, blank=True, help_text="Id of the question to label.")
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    score = models.FloatField(null=True, blank=True)
    qualification = models.OneToOneField(
        Qualification, models.PROTECT, null=True, blank=True, related_name="attempt"
    )

    objects = NationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "nation"],
                condition=Q(finished_at=None),
                name="quiz_attempt_one_open",
            ),
            models.CheckConstraint(
                condition=Q(finished_at=None, score=None) | Q(finished_at__isnull=False, score__isnull=False),
                name="quiz_attempt_scored_when_finished",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} for {self.nation_id}"


def qualification_of(person: Person, nation_id: str, at: datetime | None = None) -> Any:
    """The person's qualification for a nation in force at a moment (by default now), or ``None``."""
    return (
        Qualification.objects.in_force(at)
        .filter(person=person, nation=nation_id)
        .order_by("-expires_at")
        .first()
    )
