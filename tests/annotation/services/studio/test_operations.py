"""The operator's page: who sees it, what it says, what its buttons do."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotation.models import IncidentKind, ServerState, StudioIncident, StudioServer, Vote
from annotation.services.studio.incidents import close, report
from annotation.services.studio.operations import ADVICE, STATES
from tests.annotation.votes import vote
from tests.factories import ReviewFactory, StudioProjectFactory, user

pytestmark = pytest.mark.django_db
PAGE = "/operations/"


@pytest.fixture
def operator(client: Client, settings: Any) -> Client:
    settings.LABEL_STUDIO_SERVERS = {"": ("http://127.0.0.1:9", "key")}
    client.force_login(user("olga@example.org", group="operator"))
    return client


def test_operations_are_for_operators_only(client: Client) -> None:
    assert client.get(PAGE)["Location"] == f"/login/?next={PAGE}"
    for group in ("annotator", "curator", "researcher"):
        client.force_login(user(group=group, nations=("GB",)))
        assert client.get(PAGE).status_code == 403
        assert client.post(f"{PAGE}check/1/").status_code == 403
        assert "/operations/" not in client.get("/").content.decode()


def test_every_state_and_kind_of_incident_has_its_words() -> None:
    assert set(STATES) == set(ServerState)
    assert set(ADVICE) == set(IncidentKind)


def test_page_shows_state_queue_incidents_and_what_to_do(operator: Client) -> None:
    server = StudioServer.objects.create(
        state=ServerState.DOWN, state_since=timezone.now(), error="Connection refused"
    )
    report(server, IncidentKind.DOWN, detail="It did not answer.")
    close(report(server, IncidentKind.VOTE_GONE, "vote 7", "Gone."), "Written back.")
    ReviewFactory(attempts=3, error="Label Studio refused importing tasks (400)")

    page = operator.get(PAGE)

    content = page.content.decode()
    assert page.status_code == 200
    for words in (
        *STATES[ServerState.DOWN],
        ADVICE[IncidentKind.DOWN],
        "Written back.",
        "Connection refused",
    ):
        assert words in content
    (shown,) = page.context["servers"]
    assert shown["queue"] == {"queued": 1, "pushed": 0, "disputed": 0, "failing": 1}
    assert "refused importing tasks (400)" in content


def test_page_query_count_is_constant(operator: Client) -> None:
    def fill(count: int) -> None:
        server, _ = StudioServer.objects.get_or_create(name="")
        for _ in range(count):
            review = ReviewFactory()
            vote(review, user(nations=("GB",)), "valid", set_aside="forged")
            report(server, IncidentKind.VOTE_FORGED, f"vote {review.pk}")
            ReviewFactory(error="refused")

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            operator.get(PAGE)
        return len(found)

    fill(1)
    queries()
    first = queries()
    fill(3)
    assert queries() == first


def test_check_now_and_full_pull_tell_what_came_of_it(operator: Client) -> None:
    server = StudioServer.objects.create()

    for action in ("check", "pull"):
        page = operator.post(f"{PAGE}{action}/{server.pk}/", follow=True)
        assert "did not answer" in next(str(message) for message in page.context["messages"])

    server.refresh_from_db()
    assert server.state == ServerState.DOWN


def test_incident_is_marked_as_settled_once(operator: Client) -> None:
    incident = report(StudioServer.objects.create(), IncidentKind.TASK_FOREIGN, "project x")

    for _ in range(2):
        operator.post(f"{PAGE}settle/{incident.pk}/")

    incident.refresh_from_db()
    assert incident.resolution == "Marked as settled by olga@example.org."


def test_vote_set_aside_counts_when_an_operator_says_so_unless_there_is_another(operator: Client) -> None:
    review = ReviewFactory(project=StudioProjectFactory(), status="pushed", remote_task_id=1)
    ann = user("ann@example.org", group="annotator", nations=("GB",))
    forged = vote(review, ann, "valid", set_aside="forged")
    incident = report(review.project.server, IncidentKind.VOTE_FORGED, f"vote {forged.pk}")

    operator.post(f"{PAGE}count/{forged.pk}/")

    incident.refresh_from_db()
    assert [v.pk for v in Vote.objects.standing()] == [forged.pk]
    assert incident.resolution == "olga@example.org let the vote count."
    second = vote(review, ann, "invalid", set_aside="changed")
    page = operator.post(f"{PAGE}count/{second.pk}/", follow=True)
    assert "cannot count" in [str(message) for message in page.context["messages"]][-1]
    assert [v.pk for v in Vote.objects.standing()] == [forged.pk]


def test_refused_review_is_tried_again_by_hand(operator: Client) -> None:
    review = ReviewFactory(attempts=3, error="refused")

    operator.post(f"{PAGE}retry/{review.pk}/")

    review.refresh_from_db()
    assert (review.attempts, review.error) == (0, "")
    assert operator.post(f"{PAGE}nonsense/{review.pk}/").status_code == 404
    assert StudioIncident.objects.count() == 0
