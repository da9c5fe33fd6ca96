"""Wherever a likelihood is shown, random weights and the line of chance stand beside it."""

from __future__ import annotations

import csv
from io import StringIO

import pytest
from django.apps import apps
from django.urls import reverse

from annotation.seed import seed_groups
from evaluation.models import EvalRun
from evaluation.scoring.outcomes import ItemOutcome
from evaluation.services.figures.sheets import keep_control
from evaluation.services.runs.summary import scored_items, slice_rows
from tests import factories
from tests.evaluation.answered import answered_run
from tests.evaluation.scored import scored_release

pytestmark = pytest.mark.django_db
NAME = "random byte bigram, seed 7"
BESIDE = (
    f"Beside each likelihood stands what random weights get on the same items ({NAME}). Where that is away "
    "from 0.5, which is what chance gives"
)
QUERY = {"a": "alpha", "b": "beta"}


@pytest.fixture(autouse=True)
def _groups():
    seed_groups(apps, "default")


@pytest.fixture
def release():
    return scored_release(4, per_article=2)


@pytest.fixture
def reader(client):
    client.force_login(factories.user(group="researcher", nations=("GB",)))
    return client


def scored(release, name: str, protocol: str) -> EvalRun:
    """A run that always says S, beside random weights that always say RS."""
    run = answered_run(release, name, ["statement"] * 2, protocol=protocol, probability=0.9)
    if protocol != "letters":
        items = scored_items(run)
        run.control = {
            "name": NAME,
            "line": 0.5,
            "summary": [{**row, "rate": 0.0, "low": 0.0, "high": 0.3} for row in slice_rows(items)],
        }
        run.save()
        keep_control(run, {item.key: ItemOutcome.REVERSED for item in items})
    return run


def both(release, protocol: str = "likelihood_sum") -> EvalRun:
    scored(release, "beta", protocol)
    return scored(release, "alpha", protocol)


def addresses(run: EvalRun, suffix: str = "") -> dict[str, str]:
    item = run.release.items.evaluated().order_by("key").first()
    named = {
        "leaderboard": ("results" if not suffix else f"leaderboard{suffix}", []),
        "slice": (f"slice{suffix}", []),
        "compare": (f"compare{suffix}", []),
        "model": (f"model{suffix}", [run.candidate_id]),
        "item": (f"item-answers{suffix}", [run.release.label, item.key]),
    }
    if suffix != "-csv":
        named["run"] = (f"run{suffix}", [run.pk])
    return {name: reverse(f"evaluation:{view}", args=found) for name, (view, found) in named.items()}


def text(response) -> str:
    return " ".join(response.content.decode().split())


def test_every_page_of_a_likelihood_tells_its_random_weights_and_chance(reader, release):
    run = both(release)
    told = {name: text(reader.get(address, QUERY)).count(BESIDE) for name, address in addresses(run).items()}
    assert told == dict.fromkeys(told, 1)


def test_pages_of_other_protocols_tell_of_no_random_weights(reader, release):
    run = both(release, "letters")
    told = [reader.get(address, QUERY) for address in addresses(run).values()]
    assert [page.status_code for page in told] == [200] * len(told)
    assert [text(page).lower().count("random weights") for page in told] == [0] * len(told)


def test_every_table_of_a_likelihood_has_the_rate_of_its_random_weights(reader, release):
    run = both(release)
    pages = {name: reader.get(address, QUERY).context for name, address in addresses(run).items()}
    tables = {
        "leaderboard": pages["leaderboard"]["nations"][0][1][0],
        "slice": pages["slice"]["models"],
        "compare": pages["compare"]["table"],
        "model": pages["model"]["tables"][0],
        "item": pages["item"]["table"],
        "run": pages["run"]["table"],
    }
    cells = {}
    for name, table in tables.items():
        titles = [title for title, _ in table.titles]
        at = next(at for at, title in enumerate(titles) if title.startswith("Random weights"))
        cells[name] = {row[at].text for row in table.shown}
    assert cells == {name: {"reversed" if name == "item" else "0.00"} for name in tables}


def test_every_picture_of_rates_has_the_line_and_the_random_weights(reader, release):
    run = both(release)
    for name, address in addresses(run, "-svg").items():
        picture = reader.get(address, QUERY).content.decode()
        line = ">no difference<" if name == "compare" else ">0.5<"
        assert "stroke-dasharray" in picture, name
        assert line in picture, name
        assert ("random weights" in picture) == (name not in ("compare", "item")), name


def test_every_file_of_a_likelihood_has_random_weights_and_chance_in_each_row(reader, release):
    run = both(release)
    columns = {"compare": "first_control", "item": "random"}
    files = {**addresses(run, "-csv"), "all": reverse("evaluation:csv", args=[release.label])}
    for name, address in files.items():
        rows = list(csv.DictReader(StringIO(reader.get(address, QUERY).content.decode())))
        column = columns.get(name, "control_rate" if name == "all" else "control.rate")
        assert {(row["chance"], row[column]) for row in rows} == {
            ("0.5", "reversed" if name == "item" else "0.0")
        }, name


def test_the_interface_tells_random_weights_and_chance(reader, release):
    run = both(release)
    (told,) = [
        found
        for found in reader.get(reverse("evaluation:api-runs")).json()["results"]
        if found["id"] == run.pk
    ]
    assert (told["control"]["name"], told["control"]["line"]) == (NAME, 0.5)
    assert {row["rate"] for row in told["control"]["summary"]} == {0.0}
    slices = reader.get(reverse("evaluation:api-run", args=[run.pk])).json()["slices"]
    assert {row["control"]["rate"] for rows in slices.values() for row in rows} == {0.0}


def test_a_likelihood_without_kept_random_weights_says_so(reader, release):
    run = answered_run(release, "alpha", ["statement"] * 2, protocol="likelihood_sum")
    page = text(reader.get(reverse("evaluation:run", args=[run.pk])))
    assert "None are on record for what is shown here." in page


def test_an_item_of_a_run_with_private_items_has_its_own_random_weights(client):
    release = scored_release(6, holdout=4)
    client.force_login(factories.user(group="operator"))
    run = answered_run(release, "alpha", ["statement"] * 2, protocol="likelihood_sum", holdout=True)
    items = list(release.items.evaluated(holdout=True).order_by("key"))
    said = {
        item.key: (ItemOutcome.REVERSED, ItemOutcome.TIE, ItemOutcome.STATEMENT)[at % 3]
        for at, item in enumerate(items)
    }
    keep_control(run, said)
    found = {}
    for item in items:
        address = reverse("evaluation:item-answers", args=[release.label, item.key])
        (row,) = client.get(address).context["table"].rows
        found[item.key] = row["random"]
    assert found == said
