"""Questions whose answer is known, among the tasks: how many, who passes, what follows."""

from __future__ import annotations

import pytest

from annotation.models import Decision, Review, ReviewPurpose, ReviewStatus
from annotation.models.qualification import qualification_of
from annotation.services.curation.triage import give_verdict
from annotation.services.people.attention import (
    EVERYBODY,
    FEWEST,
    WINDOW,
    attention_of,
    check_attention,
    mix_in_attention,
)
from annotation.services.reviews.queue import close_stale_reviews
from annotation.services.reviews.reveal import reveal
from tests import factories
from tests.annotation.people import NOON, gold, read, said
from tests.annotation.votes import triple_review, vote

pytestmark = pytest.mark.django_db


def attention_reviews(number, code="GB"):
    """Attention tasks whose right answer is valid."""
    for _ in range(number):
        gold(code)
    for question in Decision.objects.filter(gold_question__nation=code, review=None):
        factories.ReviewFactory(
            decision=question, purpose=ReviewPurpose.ATTENTION, votes_required=EVERYBODY, kind="triple"
        )
    return list(Review.objects.filter(purpose=ReviewPurpose.ATTENTION, nation=code).order_by("pk"))


def answer(ann, reviews, labels, **fields):
    for review, label in zip(reviews, labels, strict=True):
        read(review, said(ann, label, **fields))


@pytest.mark.parametrize(("asked", "mixed"), [(0, 0), (1, 1), (20, 1), (21, 2)])
def test_attention_is_one_in_twenty_tasks_rounded_up(asked, mixed):
    factories.ReviewFactory.create_batch(asked)
    for _ in range(3):
        gold()

    made = mix_in_attention()

    assert (made, mix_in_attention()) == (mixed, 0)
    found = Review.objects.filter(purpose=ReviewPurpose.ATTENTION)
    assert [(row.kind, row.nation_id, row.status, row.votes_required) for row in found] == [
        ("triple", "GB", ReviewStatus.QUEUED, EVERYBODY)
    ] * mixed
    assert all(0 <= row.priority < 1 for row in found)


def test_attention_is_mixed_in_where_its_nation_and_kind_are_asked():
    triple_review("DE")
    triple_review("GB")
    gold("GB")
    gold("DE")

    made = mix_in_attention("DE")

    assert (made, Review.objects.get(purpose=ReviewPurpose.ATTENTION).nation_id) == (1, "DE")


def test_attention_settles_nothing_however_many_answer(ann):
    [review] = attention_reviews(1)
    others = [factories.user(group="annotator", nations=("GB",)) for _ in range(2)]
    before = Decision.objects.count()

    summary = read(review, *(said(user, "invalid") for user in (ann, *others)))

    assert (summary.created, summary.settled, summary.disputed) == (3, 0, 0)
    assert (Decision.objects.count(), review.status) == (before, ReviewStatus.QUEUED)


def test_attention_ends_when_its_verdict_is_overruled():
    [review] = attention_reviews(1)

    give_verdict(review.decision, "invalid", curator=factories.user(group="curator"))
    close_stale_reviews()

    review.refresh_from_db()
    assert review.status == ReviewStatus.CLOSED


def test_the_newest_answers_count(ann):
    reviews = attention_reviews(WINDOW + 2)

    answer(ann, reviews[:2], ["invalid", "invalid"], at=NOON)
    answer(ann, reviews[2:], ["valid"] * WINDOW, at=NOON.replace(hour=13))

    assert attention_of(ann.person, "GB") == (WINDOW, WINDOW)


def test_skips_and_other_nations_do_not_count():
    ann = factories.user(group="annotator", nations=("GB", "DE"))
    here, there = attention_reviews(2), attention_reviews(1, "DE")

    answer(ann, here, ["valid", ""])
    answer(ann, there, ["invalid"])

    assert (attention_of(ann.person, "GB"), attention_of(ann.person, "DE")) == ((1, 1), (0, 1))


def test_an_answer_mended_after_the_reveal_stays_wrong(ann, clock):
    [review] = attention_reviews(1)
    given = said(ann, "invalid")
    read(review, given)

    clock.forward(minutes=1)
    shown = reveal(ann, review, "en")
    read(review, said(ann, "valid", at=clock.forward(minutes=1), made=NOON, number=given["id"]))

    assert (shown.label, shown.is_people, shown.confidence) == ("valid", True, None)
    assert (review.votes.get().label, attention_of(ann.person, "GB")) == ("valid", (0, 1))


@pytest.mark.parametrize(
    ("right", "wrong", "stays"),
    [(0, FEWEST - 1, True), (2, 3, False), (3, 2, True), (6, 4, True), (5, 5, False)],
)
def test_who_fails_too_many_loses_the_qualification(ann, right, wrong, stays):
    reviews = attention_reviews(right + wrong)

    answer(ann, reviews, ["valid"] * right + ["invalid"] * wrong)

    assert (qualification_of(ann.person, "GB") is not None) == stays


def test_the_reason_is_told_and_others_keep_theirs(ann):
    other = factories.user(group="annotator", nations=("GB",))
    reviews = attention_reviews(FEWEST)
    answer(other, reviews, ["valid"] * FEWEST)
    for review in reviews:
        keep = said(other, "valid", number=review.votes.get().remote_annotation_id)
        read(review, keep, said(ann, "invalid"))

    [ended] = ann.person.qualifications.all()
    assert ended.revoked_because == "attention: 0 of the last 5 questions with a known answer right"
    assert qualification_of(other.person, "GB") is not None


def test_after_a_new_qualification_old_failures_are_forgotten(ann):
    answer(ann, attention_reviews(FEWEST), ["invalid"] * FEWEST)
    factories.qualify(ann.person, "GB", passed_at=NOON.replace(hour=14))

    assert attention_of(ann.person, "GB") == (0, 0)
    assert check_attention(ann.person, "GB") is False


def test_who_had_a_part_in_the_verdict_is_not_tried_by_it(ann):
    other = factories.user(group="annotator", nations=("GB",))
    known, new = attention_reviews(2)
    question = factories.ReviewFactory(decision=known.decision.supersedes, status=ReviewStatus.CLOSED)
    vote(question, ann, "invalid")

    for review in (known, new):
        read(review, said(ann, "invalid"), said(other, "invalid"))

    assert (attention_of(ann.person, "GB"), attention_of(other.person, "GB")) == ((0, 1), (0, 2))
