"""Qualification: quizzes of gold questions, granting and taking away the right to judge for a nation."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from annotation.lifecycle import DecisionStatus
from annotation.models import Decision, GoldQuestion, Person, Qualification, QuizAttempt
from annotation.models.decision import PEOPLE
from annotation.models.qualification import qualification_of
from annotation.services.task_drafts import RELATED

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


def choose_gold_question(decision: Decision, *, curator: Any) -> GoldQuestion:
    """Let annotators be tried on a verdict of people. Raises ``ValueError`` for any other decision."""
    if decision.judge_type not in PEOPLE or decision.status != DecisionStatus.SETTLED:
        raise ValueError("is no settled verdict of people, so nobody can be tried on it")
    question, _ = GoldQuestion.objects.update_or_create(
        decision=decision,
        defaults={"is_active": True},
        create_defaults={"nation_id": decision.nation_id, "chosen_by": curator},
    )
    return question


def stop_gold_question(question: GoldQuestion) -> None:
    """Try nobody on it any more; answers given so far stay."""
    GoldQuestion.objects.filter(pk=question.pk).update(is_active=False)


def usable_questions(nation_id: str) -> list[GoldQuestion]:
    """Gold questions of a nation whose verdict still stands."""
    rows = GoldQuestion.objects.filter(
        nation=nation_id, is_active=True, decision__status=DecisionStatus.SETTLED
    )
    return list(rows.order_by("pk"))


def open_attempt(person: Person, nation_id: str) -> QuizAttempt:
    """The quiz the person is at, or a new one: other questions than last time where there are enough.

    Raises :class:`NoQuizError` when there are too few gold questions, or the last failure is too fresh.
    """
    mine = QuizAttempt.objects.filter(person=person, nation=nation_id)
    usable = {question.pk for question in usable_questions(nation_id)}
    current = mine.filter(finished_at=None).first()
    if current is not None:
        if usable.issuperset(current.questions):
            return current
        current.delete()  # a verdict it asks about has been reversed since
    last = mine.filter(finished_at__isnull=False).first()
    if last is not None and last.qualification_id is None:
        again = last.finished_at + RETRY_AFTER
        if timezone.now() < again:
            raise NoQuizError("early", f"the next try is possible from {again:%Y-%m-%d %H:%M} UTC on")
    if len(usable) < FEWEST_QUESTIONS:
        raise NoQuizError("few", f"there are {len(usable)} gold questions and {FEWEST_QUESTIONS} are needed")
    seen = set(last.questions) if last is not None else set()
    fresh, old = sorted(usable - seen), sorted(usable & seen)
    number = mine.count() + 1
    draw = random.Random(f"{person.pk}-{nation_id}-{number}")  # noqa: S311 - no secret
    draw.shuffle(fresh)
    draw.shuffle(old)
    try:
        with transaction.atomic():
            return QuizAttempt.objects.create(
                person=person, nation_id=nation_id, questions=[*fresh, *old][:QUIZ_SIZE]
            )
    except IntegrityError:  # begun in another window meanwhile
        return mine.get(finished_at=None)


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
