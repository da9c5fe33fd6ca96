from __future__ import annotations

import csv
from io import StringIO

import pytest
from django.urls import reverse

from annotation.views.tables import spreadsheet_cell
from evaluation.models import Answer
from evaluation.services.runs.summary import run_figures
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
    assert response.context["outcomes"] == [
        (nation, [("statement", 4), ("refusal", 4)]) for nation in ("FR", "GB")
    ]
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
    assert (last["agreement_rate"], last["agreement_high"]) == ("1.0", "1.0")
    assert (last["bootstrap_low"], last["bootstrap_high"]) == ("1.0", "1.0")
    assert (last["control_rate"], last["chance"]) == ("", "0.5")


def test_csv_holds_random_weights_and_chance_beside_a_likelihood(client, release):
    run = answered_run(release, "m", ["statement"], protocol="likelihood_sum")
    run.control = {
        "name": "random byte bigram",
        "summary": [{"nation": "GB", "source_type": "all", "rate": 0.75, "low": 0.3, "high": 0.95}],
    }
    run.save()
    client.force_login(factories.user())
    rows = list(
        csv.DictReader(StringIO(client.get(reverse("evaluation:csv", args=["demo"])).content.decode()))
    )
    names = ("control_rate", "control_low", "control_high", "chance")
    told = {row["source_type"]: tuple(row[name] for name in names) for row in rows}
    assert told["all"] == ("0.75", "0.3", "0.95", "0.5")
    assert told["quoted"] == ("", "", "", "0.5")


def test_a_run_page_tells_outcomes_and_languages_nation_by_nation(client):
    release = scored_release(2, nations=("FR", "GB"))
    run = answered_run(
        release,
        "m",
        lambda item: ["statement"] * 2 if item.nation_id == "GB" else ["refusal"] * 2,
        protocol="free_answer",
    )
    Answer.objects.filter(run=run, item__nation="FR").update(is_in_language=False)
    run.figures = run_figures(run)
    run.save()
    client.force_login(factories.user())
    response = client.get(reverse("evaluation:run", args=[run.pk]))
    assert response.context["outcomes"] == [("FR", [("refusal", 2)]), ("GB", [("statement", 2)])]
    shares = {nation: row["other_language_share"] for nation, row in response.context["by_language"].items()}
    assert shares == {"FR": 1.0, "GB": None}
    assert "FR: of 2 free answers 0 in the item" in response.content.decode()


@pytest.mark.parametrize(
    ("value", "cell"),
    [("=1+1", "'=1+1"), ("@x", "'@x"), ("-1", "'-1"), ("\tx", "'\tx"), ("mc", "mc"), (0.5, 0.5), (None, "")],
)
def test_spreadsheet_cell_is_never_a_formula(value, cell):
    assert spreadsheet_cell(value) == cell


def test_figures_of_few_private_items_are_told_only_to_who_keeps_the_server(client):
    release = scored_release(12, nations=("GB",), holdout=2)
    run = answered_run(release, "model", ["statement"] * 2, holdout=True)
    seen = {}
    for who, fields in {
        "researcher": {"group": "researcher", "nations": ("GB",)},
        "operator": {"group": "operator"},
    }.items():
        client.force_login(factories.user(**fields))
        page = client.get(reverse("evaluation:run", args=[run.pk])).content.decode()
        rows = list(
            csv.DictReader(
                client.get(reverse("evaluation:csv", args=[release.label])).content.decode().splitlines()
            )
        )
        seen[who] = ("1.00" in page, {row["agreement_rate"] for row in rows if row["nation"] == "GB"})

    assert seen == {"researcher": (False, {""}), "operator": (True, {"1.0"})}
