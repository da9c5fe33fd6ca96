"""Qualification: quizzes of gold questions, granting and taking away the right to judge for a nation."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from annotation.lifecycle import DecisionStatus
from annotation.models import (
    Decision,
    GoldQuestion,
    Person,
    Qualification,
    QuizAttempt,
    Review,
    ReviewPurpose,
    ReviewStatus,
)
from annotation.models.decision import PEOPLE
from annotation.models.qualification import qualification_of
from annotation.services.reviews.drafts import RELATED

QUIZ_SIZE = 5
FEWEST_QUESTIONS = 3  # below it there is no quiz: it would say nothing
PASS_MARK = 0.8
VALID_FOR = timedelta(days=180)
RETRY_AFTER = timedelta(hours=24)


class NoQuizError(ValueError):
    """There can be no quiz now; ``code`` says why: ``few`` (too few gold questions) or ``early``."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@transaction.atomic
def choose_gold_question(decision: Decision, *, curator: Any) -> GoldQuestion:
    """Let annotators be tried on a verdict of people. Raises ``ValueError`` for any other decision."""
    if decision.judge_type not in PEOPLE or decision.status != DecisionStatus.SETTLED:
        raise ValueError("is no settled verdict of people, so nobody can be tried on it")
    question, _ = GoldQuestion.objects.update_or_create(
        decision=decision,
        defaults={"is_active": True},
        create_defaults={"nation_id": decision.nation_id, "chosen_by": curator},
    )
    _attention_reviews(question).filter(status=ReviewStatus.CLOSED).update(status=ReviewStatus.QUEUED)
    return question


@transaction.atomic
def stop_gold_question(question: GoldQuestion) -> None:
    """Try nobody on it any more, neither in quizzes nor among tasks; answers given so far stay."""
    GoldQuestion.objects.filter(pk=question.pk).update(is_active=False)
    _attention_reviews(question).update(status=ReviewStatus.CLOSED)


def _attention_reviews(question: GoldQuestion) -> QuerySet[Review]:
    return Review.objects.filter(decision=question.decision_id, purpose=ReviewPurpose.ATTENTION)


def usable_questions(nation_id: str) -> list[GoldQuestion]:
    """Gold questions of a nation whose verdict still stands."""
    rows = GoldQuestion.objects.filter(
        nation=nation_id, is_active=True, decision__status=DecisionStatus.SETTLED
    )
    return list(rows.select_related("decision").order_by("pk"))


def open_attempt(person: Person, nation_id: str) -> QuizAttempt:
    """The quiz the person is at, or a new one: other questions than last time where there are enough.

    Raises :class:`NoQuizError` when there are too few gold questions, or a failure or the end of the
    last qualification is too fresh.
    """
    mine = QuizAttempt.objects.filter(person=person, nation=nation_id)
    questions = usable_questions(nation_id)
    usable = {question.pk for question in questions}
    current = mine.filter(finished_at=None).first()
    if current is not None:
        if usable.issuperset(current.questions):
            return current
        current.delete()  # a verdict it asks about has been reversed since
    last = mine.filter(finished_at__isnull=False).first()
    again = _next_try(person, nation_id, last)
    if again is not None and timezone.now() < again:
        raise NoQuizError("early", f"the next try is possible from {again:%Y-%m-%d %H:%M} UTC on")
    answers = {(question.decision.kind, question.decision.label) for question in questions}
    if len(usable) < FEWEST_QUESTIONS or len(answers) < 2:
        raise NoQuizError(
            "few",
            f"there are {len(usable)} gold questions with {len(answers)} different answers; "
            f"{FEWEST_QUESTIONS} with 2 are needed",
        )
    seen = set(last.questions) if last is not None else set()
    draw = random.Random(f"{person.pk}-{nation_id}-{mine.count() + 1}")  # noqa: S311 - no secret
    fresh = _mixed([question for question in questions if question.pk not in seen], draw)
    old = _mixed([question for question in questions if question.pk in seen], draw)
    chosen = [question.pk for question in [*fresh, *old][:QUIZ_SIZE]]
    draw.shuffle(chosen)
    try:
        with transaction.atomic():
            return QuizAttempt.objects.create(person=person, nation_id=nation_id, questions=chosen)
    except IntegrityError:  # begun in another window meanwhile
        return mine.get(finished_at=None)


def _mixed(questions: Sequence[GoldQuestion], draw: random.Random) -> list[GoldQuestion]:
    """Shuffled so that the first ones differ in kind and answer as far as there are enough: who always gives
    the same answer must fail."""
    groups: dict[tuple[str, str], list[GoldQuestion]] = defaultdict(list)
    for question in questions:
        groups[question.decision.kind, question.decision.label].append(question)
    for group in groups.values():
        draw.shuffle(group)
    order = list(groups.values())
    draw.shuffle(order)
    return [question for turn in zip_longest(*order) for question in turn if question is not None]


def _next_try(person: Person, nation_id: str, last: QuizAttempt | None) -> datetime | None:
    """Who failed, or whose qualification was ended, has to wait; ``None`` for all others."""
    ended = Qualification.objects.filter(person=person, nation=nation_id).aggregate(at=Max("revoked_at"))[
        "at"
    ]
    failed = last.finished_at if last is not None and last.qualification_id is None else None
    times = [time for time in (ended, failed) if time is not None]
    return max(times) + RETRY_AFTER if times else None


def questions_of(attempt: QuizAttempt) -> list[GoldQuestion]:
    """The questions of a quiz, in its order, with all that is shown of them."""
    rows = GoldQuestion.objects.select_related(*RELATED, "decision__triple").in_bulk(attempt.questions)
    return [rows[pk] for pk in attempt.questions]


@transaction.atomic
def finish_attempt(attempt: QuizAttempt, answers: Mapping[str, str]) -> QuizAttempt:
    """Score a quiz; ``answers`` map question ids to labels. Whoever passes is qualified from now on."""
    attempt = QuizAttempt.objects.select_for_update().get(pk=attempt.pk)
    if attempt.finished_at is not None:
        return attempt
    questions = questions_of(attempt)
    right = sum(answers.get(str(question.pk)) == question.decision.label for question in questions)
    attempt.answers = {str(question.pk): answers.get(str(question.pk), "") for question in questions}
    attempt.score = right / len(questions)
    attempt.finished_at = timezone.now()
    if attempt.score >= PASS_MARK:
        attempt.qualification = Qualification.objects.create(
            person=attempt.person,
            nation_id=attempt.nation_id,
            passed_at=attempt.finished_at,
            expires_at=attempt.finished_at + VALID_FOR,
            score=attempt.score,
        )
    attempt.save()
    return attempt


def qualifications_of(person: Person) -> dict[str, Qualification]:
    """A person's qualifications in force by nation, the one that lasts longest of each."""
    rows = Qualification.objects.in_force().filter(person=person).order_by("expires_at")
    return {row.nation_id: row for row in rows}


def grant_qualification(person: Person, nation_id: str, *, curator: Any, reason: str) -> Qualification:
    """Qualify a person on a curator's word. Raises ``ValueError`` without a reason, or for oneself."""
    if not reason.strip():
        raise ValueError("a qualification without a quiz needs a reason")
    if person.user_id == curator.pk:
        raise ValueError("nobody can qualify themselves")
    standing = qualification_of(person, nation_id)
    if standing is not None:
        return standing
    now = timezone.now()
    return Qualification.objects.create(
        person=person,
        nation_id=nation_id,
        passed_at=now,
        expires_at=now + VALID_FOR,
        granted_by=curator,
        reason=reason.strip(),
    )


def revoke_qualifications(person: Person, nation_id: str, *, because: str) -> int:
    """End a person's qualifications for a nation now; votes given before still count. Returns how many."""
    standing = Qualification.objects.in_force().filter(person=person, nation=nation_id)
    return standing.update(revoked_at=timezone.now(), revoked_because=because)
