"""An annotator's own page: qualifications, figures, guidelines, inquiries."""

from __future__ import annotations

import pytest
from django.urls import reverse

from annotation.models import ReviewPurpose
from annotation.services.curation.triage import give_verdict
from annotation.services.decisions.recording import settle_decision
from annotation.services.overview import open_reviews
from annotation.services.people.inquiries import ask
from annotation.services.people.stats import Figures, figures
from tests import factories
from tests.annotation.people import NOON
from tests.annotation.votes import triple_review, vote
from tests.queries import queries

pytestmark = pytest.mark.django_db
WORK = reverse("annotation:work")
NOTHING = Figures(0, 0, 0, 0, None, 0, None, None)


@pytest.fixture
def ben():
    return factories.user(group="annotator", nations=("GB",))


def closed(*labels_of, verdict=""):
    """A closed question with votes of (person, label), settled with ``verdict``."""
    review = triple_review()
    for person, label in labels_of:
        vote(review, person, label, lead_time=10.0)
    if verdict:
        settle_decision(
            decision=review.decision, label=verdict, judge_type="annotators", judge="annotators:2/2"
        )
        type(review).objects.filter(pk=review.pk).update(status="closed")
    return review


def test_figures_of_a_newcomer_are_empty(ann):
    assert figures(ann, assigned=0) == NOTHING


def test_figures_compare_with_others_and_with_verdicts(ann, ben):
    closed((ann, "valid"), (ben, "valid"), verdict="valid")
    closed((ann, "invalid"), (ben, "valid"), verdict="valid")
    closed((ann, "valid"), (ben, ""))
    closed((ann, ""), (ben, "valid"))
    closed((ben, "valid"))

    assert figures(ann, assigned=4) == Figures(
        assigned=4,
        done=3,
        not_judged=1,
        compared=2,
        agreement=0.5,
        decided=2,
        confirmed=0.5,
        seconds=10.0,
    )


def test_figures_take_the_last_verdict(ann, ben):
    review = closed((ann, "valid"), (ben, "valid"), verdict="valid")
    verdict = review.decision.superseded_by.get()
    give_verdict(verdict, "invalid", curator=factories.user(group="curator"))

    assert figures(ann, assigned=0).confirmed == 0.0


def test_figures_compare_what_was_said_blind(ann, ben):
    review = triple_review()
    vote(review, ann, "valid", blind_label="invalid", revealed_at=NOON)
    vote(review, ben, "valid")

    assert figures(ann, assigned=0).agreement == 0.0


def test_figures_leave_out_attention_withdrawn_and_set_aside(ann, ben):
    for fields in ({"is_withdrawn": True}, {"set_aside": "forged"}):
        review = triple_review()
        vote(review, ann, "valid", **fields)
        vote(review, ben, "valid")
    review = triple_review(purpose=ReviewPurpose.ATTENTION)
    vote(review, ann, "valid")
    vote(review, ben, "valid")

    found = figures(ann, assigned=0)

    assert (found.done, found.compared) == (1, 0)


def test_a_question_whose_answer_was_set_aside_waits_again(ann):
    vote(triple_review(), ann, "valid", set_aside="gone")
    vote(triple_review(), ann, "valid")

    [row] = open_reviews(ann)

    assert (row["pushed"], row["mine"]) == (2, 1)


def test_work_page_sums_up(client, ann, settings):
    settings.LABEL_STUDIO_SERVERS = {}
    vote(triple_review(), ann, "valid")
    triple_review()
    client.force_login(ann)

    context = client.get(WORK).context

    assert [(row["kind"], row["mine"], row["url"]) for row in context["rows"]] == [("triple", 1, "")]
    assert (context["figures"].assigned, context["figures"].done) == (1, 1)
    assert [(nation.pk, standing.nation_id) for nation, standing in context["nations"]] == [("GB", "GB")]


def test_work_page_tells_who_is_not_qualified_to_take_the_quiz(client):
    client.force_login(factories.user(group="annotator", nations=("GB", "FR"), is_qualified=False))

    html = client.get(WORK).content.decode()

    assert html.count("You are not qualified for") == 2
    assert html.count('href="/quiz/FR/"') == 2


def test_work_page_of_a_qualified_annotator_tells_until_when(client, ann):
    client.force_login(ann)

    html = client.get(WORK).content.decode()

    assert "You are not qualified" not in html
    assert "qualified until 2100-01-01" in html


def test_work_page_of_the_longest_qualification(client, ann):
    factories.qualify(ann.person, "GB", expires_at=NOON.replace(year=2099))
    client.force_login(ann)

    [(_, standing)] = client.get(WORK).context["nations"]

    assert standing.expires_at.year == 2100


def test_work_page_query_count_is_constant(client, settings):
    settings.LABEL_STUDIO_SERVERS = {}
    few = factories.user(group="annotator", nations=("GB",))
    many = factories.user(group="annotator", nations=("GB", "FR", "DE"))
    counts = []
    for person, codes in ((few, ["GB"]), (many, ["GB", "FR", "DE"])):
        for code in codes:
            review = triple_review(code)
            vote(review, person, "valid")
            triple_review(code)
            ask(person=person.person, nation=factories.nation(code), text="?")
        client.force_login(person)
        client.get(WORK)
        counts.append(queries(client, WORK))

    assert counts[0] == counts[1]
