"""Quizzes, what they grant and for how long, and a curator's word."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from annotation.models import (
    CountedVote,
    Decision,
    JudgeType,
    Qualification,
    QuizAttempt,
    Review,
    ReviewStatus,
)
from annotation.models.qualification import qualification_of
from annotation.services.decisions.recording import settle_decision
from annotation.services.people.attention import mix_in_attention
from annotation.services.people.qualifications import (
    FEWEST_QUESTIONS,
    QUIZ_SIZE,
    RETRY_AFTER,
    VALID_FOR,
    NoQuizError,
    choose_gold_question,
    finish_attempt,
    grant_qualification,
    open_attempt,
    revoke_qualifications,
    stop_gold_question,
    usable_questions,
)
from tests import factories
from tests.annotation.people import NOON, gold, gold_questions, take_quiz
from tests.annotation.votes import triple_review, vote

pytestmark = pytest.mark.django_db


def test_only_standing_verdicts_of_people_can_be_gold_questions():
    curator = factories.user(group="curator")
    machine = factories.DecisionFactory(status="settled")
    verdict = gold().decision
    settle_decision(decision=verdict, label="invalid", judge_type=JudgeType.CURATOR, judge="c", actor=curator)
    verdict.refresh_from_db()

    for decision in (machine, verdict):
        with pytest.raises(ValueError, match="is no settled verdict of people"):
            choose_gold_question(decision, curator=curator)


def test_choosing_a_gold_question_twice_is_once():
    question = gold()

    again = choose_gold_question(question.decision, curator=factories.user(group="curator"))

    assert (again.pk, again.chosen_by) == (question.pk, question.chosen_by)


def test_a_stopped_gold_question_is_asked_nowhere_until_it_is_chosen_again():
    triple_review()
    question = gold()
    mix_in_attention()
    review = Review.objects.get(decision=question.decision)

    stop_gold_question(question)
    review.refresh_from_db()
    stopped = (usable_questions("GB"), review.status)
    choose_gold_question(question.decision, curator=question.chosen_by)
    review.refresh_from_db()

    assert stopped == ([], ReviewStatus.CLOSED)
    assert (usable_questions("GB"), review.status) == ([question], ReviewStatus.QUEUED)


def test_a_quiz_needs_enough_questions(newcomer):
    gold_questions(FEWEST_QUESTIONS - 1)

    with pytest.raises(NoQuizError) as caught:
        open_attempt(newcomer.person, "GB")

    assert (caught.value.code, str(caught.value)) == (
        "few",
        "there are 2 gold questions with 2 different answers; 3 with 2 are needed",
    )


def test_a_quiz_asks_of_its_nation_only_and_keeps_its_questions(newcomer):
    ours = gold_questions(QUIZ_SIZE + 2)
    gold("DE")

    attempt = open_attempt(newcomer.person, "GB")
    again = open_attempt(newcomer.person, "GB")

    assert again == attempt
    assert len(set(attempt.questions)) == QUIZ_SIZE
    assert set(attempt.questions) <= {question.pk for question in ours}


def test_a_quiz_whose_question_was_reversed_begins_anew(newcomer):
    gold_questions(FEWEST_QUESTIONS + 1)
    attempt = open_attempt(newcomer.person, "GB")
    lost = attempt.questions[0]
    verdict = Decision.objects.get(gold_question=lost)
    curator = factories.user(group="curator")
    settle_decision(decision=verdict, label="invalid", judge_type=JudgeType.CURATOR, judge="c", actor=curator)

    other = open_attempt(newcomer.person, "GB")

    assert not QuizAttempt.objects.filter(pk=attempt.pk).exists()
    assert lost not in other.questions


def test_a_quiz_that_always_has_the_same_answer_is_none(newcomer):
    for _ in range(QUIZ_SIZE):
        gold(label="valid")

    with pytest.raises(NoQuizError, match="5 gold questions with 1 different answers"):
        open_attempt(newcomer.person, "GB")


def test_a_quiz_mixes_answers_even_where_one_is_rare(newcomer):
    rare = gold(label="invalid")
    for _ in range(30):
        gold(label="valid")

    assert rare.pk in open_attempt(newcomer.person, "GB").questions


def test_a_second_quiz_asks_other_questions_where_there_are_enough(newcomer, clock):
    gold_questions(2 * QUIZ_SIZE)
    first = take_quiz(newcomer.person, right=0)
    clock.now += RETRY_AFTER

    second = open_attempt(newcomer.person, "GB")

    assert set(first.questions) & set(second.questions) == set()


@pytest.mark.parametrize(("right", "passes"), [(5, True), (4, True), (3, False)])
def test_four_of_five_right_qualify(newcomer, clock, right, passes):
    gold_questions(QUIZ_SIZE)

    attempt = take_quiz(newcomer.person, right=right)

    assert attempt.score == right / 5
    found = qualification_of(newcomer.person, "GB")
    assert found == attempt.qualification
    assert (found is not None) == passes
    if passes:
        assert (found.passed_at, found.expires_at, found.score) == (NOON, NOON + VALID_FOR, right / 5)


def test_a_finished_quiz_cannot_be_answered_again(newcomer):
    gold_questions(QUIZ_SIZE)
    attempt = take_quiz(newcomer.person, right=0)

    again = finish_attempt(attempt, {str(pk): "valid" for pk in attempt.questions})

    assert (again.score, Qualification.objects.filter(person=newcomer.person).count()) == (0.0, 0)


def test_who_failed_waits_a_day(newcomer, clock):
    gold_questions(QUIZ_SIZE)
    take_quiz(newcomer.person, right=0)

    clock.forward(hours=23, minutes=59)
    with pytest.raises(NoQuizError) as caught:
        open_attempt(newcomer.person, "GB")
    clock.forward(minutes=1)

    assert (caught.value.code, str(caught.value)) == (
        "early",
        "the next try is possible from 2026-03-02 12:00 UTC on",
    )
    assert take_quiz(newcomer.person, right=5).score == 1.0


def test_whose_qualification_was_ended_waits_a_day_too(newcomer, clock):
    gold_questions(QUIZ_SIZE)
    take_quiz(newcomer.person, right=5)
    revoke_qualifications(newcomer.person, "GB", because="curator: careless")

    with pytest.raises(NoQuizError):
        open_attempt(newcomer.person, "GB")
    clock.now += RETRY_AFTER

    assert take_quiz(newcomer.person, right=5).qualification == qualification_of(newcomer.person, "GB")


def test_a_qualification_expires_and_can_be_renewed(newcomer, clock):
    gold_questions(QUIZ_SIZE)
    take_quiz(newcomer.person, right=5)

    clock.now = NOON + VALID_FOR - timedelta(seconds=1)
    before = qualification_of(newcomer.person, "GB")
    clock.now = NOON + VALID_FOR
    after = qualification_of(newcomer.person, "GB")
    take_quiz(newcomer.person, right=5)

    assert (before is None, after) == (False, None)
    assert qualification_of(newcomer.person, "GB").expires_at == NOON + 2 * VALID_FOR


def test_a_qualification_is_for_its_nation_only():
    person = factories.user(group="annotator", nations=("GB", "US"), is_qualified=False).person
    factories.qualify(person, "GB")

    assert qualification_of(person, "US") is None


def test_a_curator_qualifies_with_a_reason_but_not_oneself(newcomer, clock):
    curator = factories.user(group="curator", nations=("GB",))

    with pytest.raises(ValueError, match="needs a reason"):
        grant_qualification(newcomer.person, "GB", curator=curator, reason=" ")
    with pytest.raises(ValueError, match="nobody can qualify themselves"):
        grant_qualification(curator.person, "GB", curator=curator, reason="me")
    found = grant_qualification(newcomer.person, "GB", curator=curator, reason=" native speaker ")
    again = grant_qualification(newcomer.person, "GB", curator=curator, reason="twice")

    assert (found.granted_by, found.reason, found.score) == (curator, "native speaker", None)
    assert (found.expires_at, again) == (NOON + VALID_FOR, found)


def test_revoking_ends_a_qualification_from_now_on(newcomer, clock):
    found = factories.qualify(newcomer.person, "GB")

    first = revoke_qualifications(newcomer.person, "GB", because="careless")
    second = revoke_qualifications(newcomer.person, "GB", because="again")

    found.refresh_from_db()
    assert (first, second, found.revoked_because) == (1, 0, "careless")
    assert qualification_of(newcomer.person, "GB") is None
    assert qualification_of(newcomer.person, "GB", NOON - timedelta(seconds=1)) == found


def test_the_database_takes_no_counted_vote_without_a_qualification():
    review = triple_review()
    given = vote(review, factories.user(group="annotator", nations=("GB",), is_qualified=False), "valid")
    verdict = settle_decision(
        decision=review.decision, label="valid", judge_type=JudgeType.ANNOTATORS, judge="annotators:1/1"
    )

    with pytest.raises(IntegrityError), transaction.atomic():
        CountedVote.objects.create(
            verdict=verdict, vote=given, qualification_id=given.qualification_id, label="valid"
        )


@pytest.mark.parametrize(
    "fields",
    [
        {"expires_at": NOON, "passed_at": NOON},
        {"score": None},
        {"score": 1.5},
        {"score": 1.0, "granted_by": True, "reason": "both"},
        {"score": None, "granted_by": True, "reason": ""},
    ],
)
def test_the_database_refuses_an_impossible_qualification(newcomer, fields):
    if fields.get("granted_by"):
        fields = {**fields, "granted_by": factories.user(group="curator")}

    with pytest.raises(IntegrityError), transaction.atomic():
        factories.qualify(newcomer.person, "GB", **fields)
