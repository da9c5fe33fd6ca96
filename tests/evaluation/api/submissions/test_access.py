"""Who hands in how much, and who reads it."""

from __future__ import annotations

import pytest

from evaluation.api.submissions import MOST_BYTES
from tests import factories
from tests.evaluation.answered import answered_run
from tests.evaluation.api.submissions.handing_in import PLACE, handed_in, lines

pytestmark = pytest.mark.django_db


def test_nobody_adds_answers_to_a_model_this_server_or_somebody_else_has_scored(researcher, client, release):
    answered_run(release, "asked-here", ["statement", "statement"])
    taken = handed_in(researcher, lines(release, header={"model": "asked-here"}), model="asked-here")
    assert list(taken.json()) == ["model"]
    assert handed_in(researcher, lines(release)).status_code == 201
    assert handed_in(researcher, lines(release, "B")).status_code == 201
    client.force_login(factories.user(group="researcher"))
    assert list(handed_in(client, lines(release)).json()) == ["model"]


@pytest.mark.parametrize(
    ("group", "status"),
    [("researcher", 201), ("operator", 201), ("curator", 403), ("annotator", 403), ("", 403)],
)
def test_only_researchers_and_operators_hand_in(client, release, group, status):
    client.force_login(factories.user(group=group))
    assert handed_in(client, lines(release)).status_code == status


def test_handing_in_needs_a_login(client, release):
    assert handed_in(client, lines(release)).status_code == 403


def test_too_much_is_refused_before_it_is_read(researcher, release):
    response = researcher.post(
        PLACE, "{}", content_type="application/json", headers={"content-length": str(MOST_BYTES + 1)}
    )
    assert response.status_code == 413


def test_handing_in_is_throttled_and_reading_is_not(researcher, release):
    statuses = [handed_in(researcher, []).status_code for _ in range(21)]
    assert statuses == [400] * 20 + [429]
    assert researcher.get(PLACE).status_code == 200


def test_own_submissions_are_read_and_operators_read_all(researcher, client, release):
    made = handed_in(researcher, lines(release)).json()["id"]
    assert [row["id"] for row in researcher.get(PLACE).json()["results"]] == [made]
    client.force_login(factories.user(group="researcher"))
    assert client.get(PLACE).json()["results"] == []
    assert client.get(f"{PLACE}{made}/").status_code == 404
    client.force_login(factories.user(group="operator"))
    assert client.get(f"{PLACE}{made}/").json()["status"] == "finished"


def test_the_schema_tells_of_submissions_and_answers(researcher):
    schema = researcher.get("/api/schema/", {"format": "json"}).json()
    assert sorted(schema["paths"][PLACE]) == ["get", "post"]
    body = schema["paths"][PLACE]["post"]["requestBody"]["content"]
    assert sorted(body) == ["application/json", "multipart/form-data"]
    assert "/api/eval-runs/{id}/answers/" in schema["paths"]
