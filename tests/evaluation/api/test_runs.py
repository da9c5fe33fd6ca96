"""Runs and answers through the interface: figures for everyone, answers by nation, nothing private."""

from __future__ import annotations

import json

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotation.seed import seed_groups
from evaluation.models import Release
from tests import factories
from tests.evaluation.answered import answered_run
from tests.evaluation.scored import scored_release

pytestmark = pytest.mark.django_db
S = ["statement", "statement"]


@pytest.fixture(autouse=True)
def _groups():
    seed_groups(apps, "default")


@pytest.fixture
def release():
    return scored_release(2, nations=("FR", "GB"), holdout=1)


def test_runs_are_listed_to_people_logged_in(client, release):
    run = answered_run(release, "m", S)
    answered_run(release, "j", S, protocol="free_answer")
    assert client.get(reverse("evaluation:api-runs")).status_code == 403
    client.force_login(factories.user())
    (row,) = client.get(reverse("evaluation:api-runs"), {"protocol": "letters"}).json()["results"]
    assert (row["release"], row["model"], row["summary"][-1]["rate"]) == ("demo@1.0.0", "m", 1.0)
    assert client.post(reverse("evaluation:api-run", args=[run.pk])).status_code == 405


def test_one_run_has_its_slices_in_every_dimension(client, release):
    run = answered_run(release, "m", S)
    client.force_login(factories.user())
    slices = client.get(reverse("evaluation:api-run", args=[run.pk])).json()["slices"]
    assert list(slices) == ["nation", "source_type", "topic", "language", "contested", "period"]
    assert [(row["nation"], row["value"], row["items"]) for row in slices["topic"]] == [
        ("FR", "parks", 2),
        ("GB", "parks", 2),
    ]


@pytest.mark.parametrize(("group", "narrow"), [("researcher", False), ("operator", True)])
def test_narrow_slices_of_private_items_are_for_operators(client, release, group, narrow):
    run = answered_run(release, "m", S, holdout=True)
    client.force_login(factories.user(group=group, nations=("FR", "GB")))
    slices = client.get(reverse("evaluation:api-run", args=[run.pk])).json()["slices"]
    assert ("topic" in slices) is narrow


def test_runs_on_drafts_are_not_told(client, release):
    run = answered_run(release, "m", S)
    Release.objects.filter(pk=release.pk).update(status="draft")
    client.force_login(factories.user())
    assert client.get(reverse("evaluation:api-run", args=[run.pk])).status_code == 404


@pytest.mark.parametrize(
    ("group", "nations", "seen"),
    [
        ("researcher", ("FR",), {"FR"}),
        ("researcher", (), set()),
        ("operator", (), {"FR", "GB"}),
    ],
)
def test_answers_are_told_by_nation_and_private_ones_never(client, release, group, nations, seen):
    run = answered_run(release, "m", S, holdout=True, reply="private reply")
    client.force_login(factories.user(group=group, nations=nations))
    rows = client.get(reverse("evaluation:api-answers", args=[run.pk])).json()["results"]
    assert ({row["nation"] for row in rows}, len(rows)) == (seen, 4 * len(seen))
    private = set(release.items.filter(part="holdout").values_list("key", flat=True))
    assert not {row["item"] for row in rows} & private
    assert not any(key in json.dumps(rows) for key in private)


@pytest.mark.parametrize(("group", "status"), [("annotator", 403), ("curator", 403), ("researcher", 200)])
def test_answers_need_the_permission(client, release, group, status):
    run = answered_run(release, "m", S)
    client.force_login(factories.user(group=group, nations=("FR",)))
    assert client.get(reverse("evaluation:api-answers", args=[run.pk])).status_code == status


def test_queries_do_not_grow_with_answers(client, release):
    run = answered_run(release, "m", S)
    client.force_login(factories.user(group="researcher", nations=("FR", "GB")))

    def queries(limit):
        with CaptureQueriesContext(connection) as captured:
            rows = client.get(reverse("evaluation:api-answers", args=[run.pk]), {"limit": limit}).json()
        assert len(rows["results"]) == limit
        return len(captured)

    assert queries(1) == queries(8)
