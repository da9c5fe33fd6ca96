"""What tests of annotators need: a clock, gold questions, votes that come from Label Studio."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User

from annotation.label_studio.client import RemoteTask
from annotation.label_studio.configs import Screen
from annotation.label_studio.tasks import to_result
from annotation.models import (
    GoldQuestion,
    JudgeType,
    Person,
    QuizAttempt,
    Review,
    StudioAccount,
    StudioServer,
)
from annotation.services.decisions.recording import settle_decision
from annotation.services.people.qualifications import (
    choose_gold_question,
    finish_attempt,
    open_attempt,
    questions_of,
)
from annotation.services.votes.recording import VoteSummary, record_tasks, voters
from tests import factories

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
_ids = itertools.count(1)


@dataclass
class Clock:
    """The time as Django tells it."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **duration: float) -> datetime:
        """Later by days, hours, minutes or seconds."""
        self.now += timedelta(**duration)
        return self.now


def gold(nation: str = "GB", label: str = "valid") -> GoldQuestion:
    """A verdict of annotators on a triple, chosen by a curator to try others on."""
    document = factories.DocumentFactory(nation=factories.nation(nation))
    decision = factories.DecisionFactory(triple__statement__document=document)
    verdict = settle_decision(
        decision=decision, label=label, judge_type=JudgeType.ANNOTATORS, judge="annotators:2/2"
    )
    return choose_gold_question(verdict, curator=factories.user(group="curator", nations=(nation,)))


def gold_questions(number: int) -> list[GoldQuestion]:
    """Gold questions, valid and invalid by turns."""
    return [gold(label=("valid", "invalid")[place % 2]) for place in range(number)]


def take_quiz(person: Person, *, right: int) -> QuizAttempt:
    """Finish the quiz with so many right answers."""
    attempt = open_attempt(person, "GB")
    answers = {
        str(question.pk): question.decision.label if place < right else "contested_here"
        for place, question in enumerate(questions_of(attempt))
    }
    return finish_attempt(attempt, answers)


def account(user: User) -> StudioAccount:
    """The person's account in Label Studio, as our record has it."""
    server = StudioServer.objects.get_or_create(name="")[0]
    return StudioAccount.objects.get_or_create(
        person=user.person,
        server=server,
        installation=server.installation,
        defaults={"remote_id": user.pk + 1000, "address": f"a{user.pk}@navab.invalid"},
    )[0]


def said(
    user: User,
    label: str,
    *,
    screen: str = "triple",
    at: datetime = NOON,
    made: datetime | None = None,
    number: int | None = None,
    reason: str = "",
    **texts: str,
) -> dict[str, Any]:
    """An annotation as Label Studio tells it; no label is a skip. ``number`` is that of an earlier one."""
    return {
        "id": number or next(_ids),
        "completed_by": account(user).remote_id,
        "was_cancelled": not label,
        "lead_time": 12.0,
        "created_at": (made or at).isoformat(),
        "updated_at": at.isoformat(),
        "result": to_result(Screen(screen), label, texts, reason) if label else [],
    }


def read(review: Review, *annotations: dict[str, Any]) -> VoteSummary:
    """Write down what a review's task says now; returns what that did."""
    summary = VoteSummary()
    server = StudioServer.objects.get_or_create(name="")[0]
    task = RemoteTask(review.remote_task_id or 1, str(review.key), list(annotations))
    found = Review.objects.get(pk=review.pk)
    record_tasks([(found, task)], voters(server), summary, None, always=True)
    review.refresh_from_db()
    return summary
