"""The page of the quiz: what it asks, takes, refuses and never tells."""

from __future__ import annotations

import pytest
from django.urls import reverse

from annotation.models import Decision, GoldQuestion, QuizAttempt
from annotation.services.people.qualifications import QUIZ_SIZE, open_attempt
from tests import factories
from tests.annotation.people import gold, gold_questions, take_quiz
from tests.queries import queries

pytestmark = pytest.mark.django_db


def address(code="GB"):
    return reverse("annotation:quiz", args=[code])


def test_quiz_page_shows_questions_and_qualifies(client, newcomer):
    gold_questions(QUIZ_SIZE)
    client.force_login(newcomer)

    page = client.get(address())
    known = dict(GoldQuestion.objects.values_list("pk", "decision__label"))
    answers = {f"answer-{one.pk}": known[one.pk] for one in page.context["questions"]}
    response = client.post(address(), answers)
    after = client.get(address())

    assert [label for label, _ in page.context["questions"][0].choices] == [
        "valid",
        "invalid",
        "contested_here",
        "no_longer_current",
    ]
    assert (response.status_code, response["Location"]) == (302, address())
    assert after.context["standing"].score == 1.0
    assert "questions" not in after.context


def test_quiz_page_asks_for_missing_answers_and_keeps_the_others(client, newcomer):
    gold_questions(QUIZ_SIZE)
    client.force_login(newcomer)
    first, *others = open_attempt(newcomer.person, "GB").questions

    page = client.post(address(), {f"answer-{first}": "invalid"})

    shown = {one.pk: (one.chosen, one.is_missing) for one in page.context["questions"]}
    assert page.status_code == 400
    assert shown == {first: ("invalid", False), **dict.fromkeys(others, ("", True))}
    assert QuizAttempt.objects.get().finished_at is None


@pytest.mark.parametrize("hostile", ["quoted", "cannot_judge", "<b>valid</b>", "x" * 10_000, "valid\x00"])
def test_quiz_page_takes_no_label_that_is_not_offered(client, newcomer, hostile):
    gold_questions(QUIZ_SIZE)
    client.force_login(newcomer)
    asked = open_attempt(newcomer.person, "GB").questions

    page = client.post(address(), {f"answer-{pk}": hostile for pk in asked})

    assert (page.status_code, {one.chosen for one in page.context["questions"]}) == (400, {""})
    assert (QuizAttempt.objects.get().finished_at, QuizAttempt.objects.get().answers) == (None, {})


def test_quiz_page_says_why_there_is_no_quiz(client, newcomer, clock):
    client.force_login(newcomer)

    few = client.get(address()).context["reason"]
    gold_questions(QUIZ_SIZE)
    take_quiz(newcomer.person, right=1)
    early = client.get(address())

    assert few.startswith("There are not enough quiz questions")
    assert early.context["reason"].startswith("You have tried a short while ago.")
    assert "Your share of right answers was 0.20" in early.content.decode()


def test_quiz_page_does_not_tell_the_known_answers(client, newcomer):
    for question in gold_questions(QUIZ_SIZE):
        Decision.objects.filter(pk=question.decision_id).update(rationale="because it is so")
    client.force_login(newcomer)

    page = client.get(address())

    assert "because it is so" not in page.content.decode()
    assert page.content.decode().count(" checked") == 0


def test_quiz_of_a_qualified_person_is_offered_again_only_when_asked_for(client):
    gold_questions(QUIZ_SIZE)
    client.force_login(factories.user(group="annotator", nations=("GB",)))

    plain, again = client.get(address()), client.get(address() + "?again=1")

    assert ("questions" in plain.context, len(again.context["questions"])) == (False, QUIZ_SIZE)


def test_quiz_of_another_nation_does_not_exist(client, newcomer):
    gold("DE")
    client.force_login(newcomer)

    assert [client.get(address(code)).status_code for code in ("DE", "XX", "gb", "admin")] == [404] * 4
    assert client.post(address("DE")).status_code == 404


def test_quiz_page_query_count_is_constant(client, newcomer):
    gold_questions(3)
    client.force_login(newcomer)
    client.get(address())
    few = queries(client, address())

    QuizAttempt.objects.all().delete()
    gold_questions(2)
    client.get(address())

    assert queries(client, address()) == few
