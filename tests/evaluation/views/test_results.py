from __future__ import annotations

import csv
from io import StringIO

import pytest
from django.urls import reverse

from annotation.views.tables import spreadsheet_cell
from evaluation.models import Answer
from tests import factories
from tests.evaluation.answered import answered_run
from tests.evaluation.scored import scored_release

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def release():
    return scored_release(4, nations=("FR", "GB"), holdout=1)


def test_run_page_counts_outcomes_and_links_to_them(client, release):
    run = answered_run(release, "m", ["statement", "refusal"])
    client.force_login(factories.user())
    response = client.get(reverse("evaluation:run", args=[run.pk]))
    assert response.context["outcomes"] == [("statement", 8), ("refusal", 8)]
    assert f"{reverse('evaluation:answers', args=[run.pk])}?outcome=refusal" in response.content.decode()


def test_run_page_tells_what_was_spent_and_why_it_stopped(client, release):
    run = answered_run(
        release,
        "m",
        ["statement", "statement"],
        status="stopped",
        spent={
            "requests": 4,
            "tokens_in": 10,
            "tokens_out": 2,
            "cost": 0.5,
            "stopped_by": "0.5 of 0.5 is spent",
        },
    )
    client.force_login(factories.user())
    page = client.get(reverse("evaluation:run", args=[run.pk])).content.decode()
    assert "4 requests; tokens: 10 read, 2 written; cost: 0.5" in page
    assert "Stopped: 0.5 of 0.5 is spent. Not every item was asked; the run is not ranked." in page


def test_answers_page_shows_only_own_nations(client, release):
    run = answered_run(release, "m", ["statement", "refusal"])
    client.force_login(factories.user(nations=("FR",)))
    page = client.get(reverse("evaluation:answers", args=[run.pk]), {"outcome": "refusal"}).context["page"]
    assert [(answer.item.nation_id, answer.outcome) for answer in page] == [("FR", "refusal")] * 4


@pytest.mark.parametrize(
    ("group", "is_superuser", "seen"),
    [("researcher", False, 0), ("curator", False, 0), ("operator", False, 4), ("", True, 4)],
)
def test_answers_to_private_items_are_for_operators_and_superusers(
    client, release, group, is_superuser, seen
):
    run = answered_run(release, "m", ["statement", "statement"], holdout=True)
    client.force_login(factories.user(group=group, nations=("FR", "GB"), is_superuser=is_superuser))
    page = client.get(reverse("evaluation:answers", args=[run.pk])).content.decode()
    assert page.count("park 1000") + page.count("parc 1000") == 3 * seen
    assert f"{16 + seen} answers" in page


def test_answers_page_escapes_replies(client, release):
    run = answered_run(release, "m", ["statement", "statement"])
    Answer.objects.filter(run=run).update(reply=HOSTILE)
    client.force_login(factories.user(is_superuser=True))
    page = client.get(reverse("evaluation:answers", args=[run.pk])).content.decode()
    assert "<script>alert" not in page


def test_csv_holds_the_numbers_and_no_formula(client, release):
    answered_run(release, "=cmd|' /C calc'!A0", ["statement", "statement"])
    client.force_login(factories.user())
    response = client.get(reverse("evaluation:csv", args=["demo"]))
    rows = list(csv.DictReader(StringIO(response.content.decode())))
    assert {row["model"] for row in rows} == {"'=cmd|' /C calc'!A0"}
    last = rows[-1]
    assert (last["nation"], last["source_type"], last["items"], last["rate"]) == ("GB", "all", "4", "1.0")


@pytest.mark.parametrize(
    ("value", "cell"),
    [("=1+1", "'=1+1"), ("@x", "'@x"), ("-1", "'-1"), ("\tx", "'\tx"), ("mc", "mc"), (0.5, 0.5), (None, "")],
)
def test_spreadsheet_cell_is_never_a_formula(value, cell):
    assert spreadsheet_cell(value) == cell
