"""The adjudication queue: order, access, what is shown, the verdict, stale forms, queries."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.lifecycle import DecisionStatus, StatementStatus
from annotation.models import Decision, Event, Review, ReviewStatus, Statement
from annotation.services.curation.adjudication import Reason, StaleError, adjudicate
from annotation.services.curation.triage import give_verdict
from annotation.services.decisions.recording import mark_asked
from tests import factories
from tests.annotation.votes import dispute, triple_review, vote

pytestmark = pytest.mark.django_db


@pytest.fixture
def curator():
    return factories.user("cora@example.org", group="curator", nations=("GB",))


@pytest.fixture
def page(client, curator):
    client.force_login(curator)
    return client


def form(review: Review, **fields: str) -> dict[str, str]:
    triple = review.decision.triple
    given = {
        "decision": str(review.decision_id),
        "label": "valid",
        "reason": "annotator_error",
        "note": "",
        "question": triple.question,
        "statement": triple.affirmed,
        "reversed_statement": triple.reversed_statement,
    }
    return given | fields


def live(review: Review) -> Decision:
    return Decision.objects.exclude(status=DecisionStatus.SUPERSEDED).get(supersedes=review.decision)


def aged(year: int, **fields) -> Review:
    review = dispute(**fields)
    Review.objects.filter(pk=review.pk).update(created_at=datetime(year, 1, 1, tzinfo=UTC))
    return review


def attribution_dispute() -> Review:
    statement = factories.StatementFactory(speaker="Ann Smith", source_type="unknown")
    decision = factories.DecisionFactory(
        kind="attribution", statement=statement, label="quoted", value={"speaker": "Ann Smith", "cue": "said"}
    )
    mark_asked([decision], actor_name="test")
    return dispute(review=factories.ReviewFactory(decision=decision))


def test_queue_holds_disputes_only_the_oldest_first(page):
    newer, older = aged(2025), aged(2024)
    triple_review()

    rows = page.get("/adjudication/").context["rows"]

    assert [(review.pk, tally) for review, tally in rows] == [
        (older.pk, "1 valid, 1 invalid"),
        (newer.pk, "1 valid, 1 invalid"),
    ]


def test_queue_is_narrowed_by_nation_and_kind(client):
    british, french, said = dispute("GB"), dispute("FR"), attribution_dispute()
    client.force_login(factories.user(group="operator"))

    found = {
        query: [review.pk for review, _ in client.get(f"/adjudication/?{query}").context["rows"]]
        for query in ("", "nation=FR", "kind=attribution", "nation=GB&kind=triple", "nation=FR&kind=conflict")
    }

    assert found == {
        "": [british.pk, french.pk, said.pk],
        "nation=FR": [french.pk],
        "kind=attribution": [said.pk],
        "nation=GB&kind=triple": [british.pk],
        "nation=FR&kind=conflict": [],
    }


@pytest.mark.parametrize(
    ("group", "nations", "statuses", "listed"),
    [
        ("", (), [302, 302, 302], None),
        ("annotator", ("GB",), [403, 403, 403], None),
        ("researcher", ("GB",), [403, 403, 403], None),
        ("curator", ("FR",), [200, 404, 404], 0),
        ("curator", ("GB",), [200, 200, 302], 1),
        ("operator", (), [200, 200, 302], 1),
    ],
)
def test_queue_is_for_curators_of_the_nation(client, group, nations, statuses, listed):
    review = dispute("GB")
    if group:
        client.force_login(factories.user(group=group, nations=nations))

    queue = client.get("/adjudication/")
    shown = client.get(f"/adjudication/{review.pk}/")
    posted = client.post(f"/adjudication/{review.pk}/", form(review))

    assert [queue.status_code, shown.status_code, posted.status_code] == statuses
    assert (len(queue.context["rows"]) if listed is not None else None) == listed
    review.refresh_from_db()
    decided = bool(group) and statuses[2] == 302
    assert (review.status == ReviewStatus.CLOSED) is decided


def test_a_dispute_is_shown_with_its_evidence_and_every_answer(page):
    review = dispute(valid={"question": "What should the council do about the old park?"})
    vote(review, factories.user("dan@example.org"), "", note="cannot tell")
    vote(review, factories.user("eve@example.org"), "valid", is_withdrawn=True)
    triple = review.decision.triple
    triple.question = "What should the council do about the park?"
    triple.save()

    response = page.get(f"/adjudication/{review.pk}/")

    html = response.content.decode()
    opinions = response.context["case"].opinions
    assert [opinion.vote.label for opinion in opinions] == ["valid", "invalid", ""]
    assert f"<mark>{triple.statement.evidence}</mark> It rained on Monday." in " ".join(html.split())
    assert "What should the council do about the <ins>old </ins>park?" in html
    assert "Machine: valid" in html
    assert "dan@example.org: skipped" in html
    assert "cannot tell" in html
    assert "eve@example.org" not in html


def test_verdict_is_a_decision_that_supersedes_and_says_why(page, curator):
    review = dispute()

    response = page.post(
        f"/adjudication/{review.pk}/", form(review, reason="guideline_unclear", note="Section 2 is vague.")
    )

    verdict = live(review)
    review.refresh_from_db()
    assert (verdict.label, verdict.judge_type, verdict.decided_by) == ("valid", "curator", curator)
    assert (verdict.rationale, verdict.evidence) == ("Section 2 is vague.", {"reason": "guideline_unclear"})
    assert (verdict.triple, verdict.value) == (review.decision.triple, {})
    assert (review.status, review.decision.status) == (ReviewStatus.CLOSED, DecisionStatus.SUPERSEDED)
    assert Statement.objects.get(pk=verdict.triple.statement_id).status == StatementStatus.APPROVED
    assert list(Event.objects.filter(decision=verdict).values_list("new", "actor")) == [
        ("settled", curator.pk)
    ]
    assert response["Location"] == "/adjudication/"


def test_verdict_can_be_reversed_by_another(page, curator):
    review = dispute()
    page.post(f"/adjudication/{review.pk}/", form(review))

    reversal = give_verdict(live(review), "invalid", curator=curator, rationale="second thoughts")

    assert (reversal.status, reversal.label) == (DecisionStatus.SETTLED, "invalid")
    assert reversal.supersedes.supersedes == review.decision
    assert Statement.objects.get(pk=reversal.triple.statement_id).status == StatementStatus.CANDIDATE


def test_corrected_texts_of_a_valid_triple_make_a_revised_one(page):
    review = dispute()

    page.post(f"/adjudication/{review.pk}/", form(review, question="What should become of the park?"))

    verdict = live(review)
    assert verdict.value == {"question": "What should become of the park?"}
    assert verdict.triple.revises == review.decision.triple
    assert verdict.triple.question == "What should become of the park?"
    assert verdict.triple.reversed_statement == review.decision.triple.reversed_statement


def test_corrected_texts_of_an_invalid_triple_do_not_count(page):
    review = dispute()

    page.post(f"/adjudication/{review.pk}/", form(review, label="invalid", question="Another?"))

    assert (live(review).value, live(review).triple) == ({}, review.decision.triple)


@pytest.mark.parametrize(
    ("label", "speaker", "value"),
    [
        ("quoted", "Ann Smith", {"speaker": "Ann Smith", "cue": "said"}),
        ("quoted", "Ben Jones", {"speaker": "Ben Jones"}),
        ("official", "", {"speaker": ""}),
        ("not_a_statement", "Ann Smith", {}),
    ],
)
def test_speaker_of_an_attribution_can_be_corrected(page, label, speaker, value):
    review = attribution_dispute()

    page.post(
        f"/adjudication/{review.pk}/",
        {"decision": review.decision_id, "label": label, "reason": "other", "speaker": speaker},
    )

    assert (live(review).label, live(review).value) == (label, value)


def test_after_a_verdict_comes_the_next_dispute_of_the_same_filter(page):
    first, second, third = aged(2023), aged(2024), aged(2025)

    places = [
        page.post(f"/adjudication/{review.pk}/?kind=triple", form(review))["Location"]
        for review in (second, third, first)
    ]

    assert places == [
        f"/adjudication/{third.pk}/?kind=triple",
        f"/adjudication/{first.pk}/?kind=triple",
        "/adjudication/?kind=triple",
    ]


def test_a_stale_form_is_told_and_changes_nothing(page):
    review = dispute()
    other = factories.user("otto@example.org", group="curator", nations=("GB",))
    give_verdict(review.decision, "invalid", curator=other)
    before = list(Decision.objects.values_list("pk", "status", "label"))

    response = page.post(f"/adjudication/{review.pk}/", form(review), follow=True)

    assert [str(message) for message in response.context["messages"]] == [
        f"Review {review.pk} was not changed: meanwhile otto@example.org decided: invalid."
    ]
    assert list(Decision.objects.values_list("pk", "status", "label")) == before


def test_a_form_that_became_stale_after_the_page_looked_changes_nothing(curator):
    review = dispute()
    other = factories.user("otto@example.org", group="curator", nations=("GB",))
    give_verdict(review.decision, "invalid", curator=other)

    with pytest.raises(StaleError, match=r"meanwhile otto@example\.org decided: invalid"):
        adjudicate(review.pk, review.decision_id, "valid", curator=curator, texts={}, reason=Reason.OTHER)

    assert live(review).label == "invalid"


def test_a_vote_taken_back_meanwhile_is_told(page):
    review = dispute()
    Review.objects.filter(pk=review.pk).update(status=ReviewStatus.PUSHED)

    response = page.get(f"/adjudication/{review.pk}/", follow=True)

    assert [str(message) for message in response.context["messages"]] == [
        f"Review {review.pk} was not changed: "
        "meanwhile a vote was taken back, so it is with the annotators again."
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("label", ""),
        ("label", "maybe"),
        ("reason", ""),
        ("reason", "bored"),
        ("question", " "),
        ("decision", "x"),
    ],
)
def test_an_incomplete_form_is_shown_again_with_the_fault(page, field, value):
    review = dispute()

    response = page.post(f"/adjudication/{review.pk}/", form(review, **{field: value}))

    review.refresh_from_db()
    assert (response.status_code, list(response.context["form"].errors)) == (400, [field])
    assert review.status == ReviewStatus.DISPUTED


def test_a_form_for_another_decision_changes_nothing(page):
    review, other = dispute(), dispute()

    page.post(f"/adjudication/{review.pk}/", form(review, decision=str(other.decision_id)))

    assert Review.objects.filter(status=ReviewStatus.DISPUTED).count() == 2


def test_an_audited_decision_in_dispute_can_be_decided(page):
    review = triple_review()
    Decision.objects.filter(pk=review.decision_id).update(status=DecisionStatus.SETTLED, is_audit=True)
    Review.objects.filter(pk=review.pk).update(status=ReviewStatus.DISPUTED)

    page.post(f"/adjudication/{review.pk}/", form(review, label="invalid"))

    assert (live(review).label, live(review).is_audit) == ("invalid", True)


def test_what_people_wrote_is_shown_as_text(page):
    review = dispute(valid={"question": "<script>alert(1)</script>"})

    html = page.get(f"/adjudication/{review.pk}/").content.decode()

    assert "<script>alert" not in html
    assert "&lt;script&gt;" in html


def test_number_of_queries_is_constant(page):
    first = dispute()
    dispute()
    counts = []
    for more in (0, 2):
        for _ in range(more):
            dispute()
            vote(first, factories.user(), "valid")
        for address in ("/adjudication/", f"/adjudication/{first.pk}/"):
            with CaptureQueriesContext(connection) as queries:
                page.get(address)
            counts.append(len(queries))

    assert counts[:2] == counts[2:]


def test_why_an_annotator_cannot_judge_is_told_in_words(page):
    review = dispute()
    vote(review, factories.user("dan@example.org"), "", reason="not_my_field")

    html = page.get(f"/adjudication/{review.pk}/").content.decode()

    assert "dan@example.org: cannot judge" in html
    assert ("I do not know enough about it" in html, "not_my_field" in html) == (True, False)


def test_office_of_a_speaker_is_told_to_curators(page):
    review = attribution_dispute()
    plain = page.get(f"/adjudication/{review.pk}/").content.decode()
    value = {"speaker": "Ann Smith", "is_office_holder": True}
    Decision.objects.filter(pk=review.decision_id).update(value=value)

    marked = page.get(f"/adjudication/{review.pk}/").content.decode()

    assert (plain.count("may speak for the state"), marked.count("may speak for the state")) == (0, 1)
