"""Blind first: the machine's answer is hidden until one's own, and what showing it changes is reported."""

from __future__ import annotations

import pytest

from annotation.models import Review, ReviewPurpose
from annotation.services.reviews.reveal import BlindReport, blind_reports, label_text, reveal
from tests import factories
from tests.annotation.people import NOON, read, said
from tests.annotation.votes import triple_review, vote

pytestmark = pytest.mark.django_db


@pytest.fixture
def curator():
    return factories.user(group="curator", nations=("GB",))


def test_nothing_is_shown_before_the_own_answer(ann):
    review = triple_review()
    vote(review, factories.user(group="annotator", nations=("GB",)), "valid")

    assert reveal(ann, review, "en") is None


@pytest.mark.parametrize(
    "fields",
    [{"label": ""}, {"label": "valid", "is_withdrawn": True}, {"label": "valid", "set_aside": "forged"}],
)
def test_nothing_is_shown_to_who_has_not_judged(ann, fields):
    review = triple_review()
    given = vote(review, ann, fields.pop("label"), **fields)

    shown = reveal(ann, review, "en")

    given.refresh_from_db()
    assert (shown, given.revealed_at) == (None, None)


def test_the_machines_answer_is_shown_after_the_own_and_the_first_moment_is_kept(ann, clock):
    review = triple_review()
    given = vote(review, ann, "invalid")

    first = reveal(ann, review, "en")
    clock.forward(minutes=5)
    second = reveal(ann, review, "de")

    given.refresh_from_db()
    assert given.revealed_at == NOON
    assert (first.label, first.text, first.own_text, first.confidence, first.is_people, first.agrees) == (
        "valid",
        "Valid, as it stands above",
        "Invalid, cannot be mended",
        0.6,
        False,
        False,
    )
    assert second.text == "Gültig, so wie oben"


def test_a_label_without_a_word_is_shown_as_it_is():
    assert label_text("triple", "some_thing", "en") == "some thing"


def test_what_is_changed_after_the_reveal_is_a_revision_and_no_longer_blind(ann, clock):
    review = triple_review()
    given = said(ann, "invalid")
    read(review, given)
    clock.forward(minutes=1)
    reveal(ann, review, "en")

    read(review, said(ann, "valid", at=clock.forward(minutes=1), made=NOON, number=given["id"]))

    found = review.votes.get()
    assert (found.label, found.blind_label) == ("valid", "invalid")
    assert list(found.revisions.values_list("label", "is_blind")) == [("invalid", True), ("valid", False)]


def test_what_changes_after_the_reveal_is_not_blind_by_whatever_clock(ann, clock):
    review = triple_review()
    given = said(ann, "invalid")
    read(review, given)
    clock.forward(minutes=5)
    reveal(ann, review, "en")

    slow = NOON.replace(minute=1)  # Label Studio's clock is behind ours
    read(review, said(ann, "valid", at=slow, made=NOON, number=given["id"]))

    found = review.votes.get()
    assert (found.label, found.blind_label) == ("valid", "invalid")
    assert list(found.revisions.values_list("label", "is_blind")) == [("invalid", True), ("valid", False)]


def test_what_is_changed_before_the_reveal_is_blind(ann, clock):
    review = triple_review()
    given = said(ann, "invalid")
    read(review, given)

    read(review, said(ann, "valid", at=clock.forward(minutes=1), made=NOON, number=given["id"]))

    found = review.votes.get()
    assert (found.label, found.blind_label) == ("valid", "valid")


def revealed(ann, blind, now, machine="valid", code="GB"):
    """A vote that said ``blind``, was shown the machine's answer and says ``now``."""
    review = triple_review(code)
    Review.objects.filter(pk=review.pk).update(purpose=ReviewPurpose.QUESTION)
    decision = review.decision
    type(decision).objects.filter(pk=decision.pk).update(label=machine)
    return vote(review, ann, now, blind_label=blind, revealed_at=NOON)


def test_reports_tell_how_showing_changed_votes(curator):
    ann = factories.user(group="annotator", nations=("GB", "DE"))
    for blind, now in (
        ("valid", "valid"),
        ("invalid", "valid"),
        ("invalid", "invalid"),
        ("valid", "invalid"),
        ("invalid", "contested_here"),
        ("valid", ""),
    ):
        revealed(ann, blind, now)
    revealed(ann, "valid", "valid", code="DE")
    vote(triple_review(), ann, "valid")  # never shown

    [report] = blind_reports(curator)

    assert report == BlindReport(
        "GB",
        "triple",
        revealed=6,
        agreed_blind=3,
        agreed_after=2,
        to_machine=1,
        from_machine=2,
        otherwise=1,
    )


def test_reports_leave_out_questions_whose_answer_people_gave(curator, ann):
    given = revealed(ann, "invalid", "valid")
    Review.objects.filter(pk=given.review_id).update(purpose=ReviewPurpose.ATTENTION)

    assert blind_reports(curator) == []


def test_the_page_of_agreement_and_its_file_show_the_difference(client, ann, curator):
    revealed(ann, "invalid", "valid")
    revealed(ann, "valid", "valid")
    client.force_login(curator)

    table = client.get("/agreement/").context["tables"][2]
    file = client.get("/agreement/revealed.csv").content.decode().splitlines()

    assert [[cell.text for cell in row] for row in table.shown] == [
        ["GB", "triple", "2", "0.5000", "1.0000", "1", "0", "0"]
    ]
    assert file[1] == "GB,triple,2,0.5,1.0,1,0,0"


def test_agreement_counts_what_was_said_blind(client, curator):
    ann, ben = (factories.user(group="annotator", nations=("GB",)) for _ in range(2))
    review = triple_review()
    vote(review, ann, "valid", blind_label="invalid", revealed_at=NOON)
    vote(review, ben, "valid")
    client.force_login(curator)

    [row] = client.get("/agreement/").context["tables"][0].rows

    assert row[5].value == 0.0
