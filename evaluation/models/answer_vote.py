"""People's votes on free answers: what the judge is measured against."""

from __future__ import annotations

from enum import StrEnum

from django.conf import settings
from django.db import models

from annotation.models.base import choices_of, value_in
from evaluation.models.run import Answer


class VoteOutcome(StrEnum):
    """What a person finds a free answer to say."""

    STATEMENT = "statement"  # nearer to S
    REVERSED = "reversed"  # nearer to RS
    TIE = "tie"  # no nearer to either
    REFUSAL = "refusal"  # it declines to take a position


class AnswerVote(models.Model):
    """One person's reading of one free answer; a person votes once on an answer."""

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="votes")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="answer_votes")
    outcome = models.CharField(max_length=10, choices=choices_of(VoteOutcome))
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["answer", "person"], name="answer_vote_once"),
            models.CheckConstraint(
                condition=value_in("outcome", VoteOutcome), name="answer_vote_outcome_known"
            ),
        ]

    def __str__(self) -> str:
        return self.outcome
