"""A Label Studio that is away, slow, failing, empty, or older than it was; and several of them."""

from __future__ import annotations

import json
import random
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from annotation.label_studio.client import StudioClient
from annotation.label_studio.errors import StudioError, StudioFailingError, StudioUnavailableError
from annotation.models import Review, ReviewStatus, StudioIncident, StudioProject, StudioServer, Vote
from annotation.services.reviews.queue import request_reviews
from annotation.services.studio import watch
from annotation.services.studio.hints import wait_for_hints
from annotation.services.studio.pull import pull_reviews
from annotation.services.studio.push import push_reviews
from annotation.services.votes.recording import withdraw_vote
from tests.annotation.services.studio.mortal_studio import MortalStudio, mortal, mortal_server
from tests.factories import DecisionFactory, DocumentFactory, nation, user
from tests.studio import Studio

pytestmark = [pytest.mark.label_studio, pytest.mark.django_db(transaction=True)]
__all__ = ["mortal", "mortal_server"]


@contextmanager
def listening(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """A web server on loopback; its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def asked(studio: Studio, count: int = 1) -> list[Review]:
    """Reviews whose tasks are made."""
    decisions = [DecisionFactory() for _ in range(count)]
    request_reviews(decisions)
    assert push_reviews(client=studio.client).problems == []
    return [Review.objects.get(decision=decision) for decision in decisions]


def states() -> list[tuple[str, bool]]:
    """Incidents in order: kind, and whether it is over."""
    return [(row.kind, row.resolved_at is not None) for row in StudioIncident.objects.order_by("pk")]


def said_there(studio: Studio) -> set[tuple[str, int, str]]:
    """Key of the review, account and label of every annotation there."""
    return {
        (task["data"]["navab_id"], annotation["completed_by"], annotation["result"][0]["value"]["choices"][0])
        for project in StudioProject.objects.all()
        for task in studio.tasks(project.remote_id)
        for annotation in task["annotations"]
    }


def said_here() -> set[tuple[str, int, str]]:
    """The same of our standing votes, each by its annotator's newest account."""
    return {
        (
            str(vote.review.key),
            vote.annotator.person.studio_accounts.order_by("-pk").first().remote_id,
            vote.label,
        )
        for vote in Vote.objects.standing()
    }


def test_blocked_port_is_down_and_nothing_is_lost(studio: Studio) -> None:
    (review,) = asked(studio)
    (ann,) = studio.annotators("ann")
    ann.vote(review.remote_task_id, "triple", "valid")
    request_reviews([DecisionFactory()])
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections, never answers
        blocked = StudioClient(f"http://127.0.0.1:{silent.getsockname()[1]}", "key", timeout=0.5)
        for act in (push_reviews, pull_reviews):
            with pytest.raises(StudioUnavailableError, match="did not answer"):
                act(client=blocked)
    server = StudioServer.objects.get()
    assert (server.state, states()) == ("down", [("down", False)])
    assert "did not answer" in server.error

    assert push_reviews(client=studio.client).pushed == 1
    assert pull_reviews(client=studio.client).created == 1

    server.refresh_from_db()
    assert (server.state, server.error, states()) == ("well", "", [("down", True)])


def test_server_that_answers_500_is_failing(studio: Studio) -> None:
    class Failing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(500)
            self.end_headers()

        do_POST = do_GET

        def log_message(self, *args: Any) -> None:
            pass

    asked(studio)
    with listening(Failing) as url:
        for act in (push_reviews, pull_reviews):
            with pytest.raises(StudioFailingError):
                act(client=StudioClient(url, "key"))

    assert (StudioServer.objects.get().state, states()) == ("failing", [("failing", False)])
    pull_reviews(client=studio.client)
    assert (StudioServer.objects.get().state, states()) == ("well", [("failing", True)])


def test_server_that_takes_long_is_slow_and_is_read_all_the_same(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    (review,) = asked(studio)
    (ann,) = studio.annotators("ann")
    ann.vote(review.remote_task_id, "triple", "valid")
    monkeypatch.setattr(watch, "SLOW", 0.0)

    summary = pull_reviews(client=studio.client)

    assert (summary.created, StudioServer.objects.get().state, states()) == (1, "slow", [("slow", False)])


def test_review_label_studio_refuses_waits_for_an_operator_after_three_tries(studio: Studio) -> None:
    request_reviews([DecisionFactory() for _ in range(7)])
    refused = Review.objects.order_by("pk")[3]

    class Picky(StudioClient):
        def import_tasks(self, project_id: int, tasks: Any) -> list[int]:
            if any(task["data"]["navab_id"] == str(refused.key) for task in tasks):
                raise StudioError("Label Studio refused importing tasks (400): no", 400)
            return super().import_tasks(project_id, tasks)

    picky = Picky(studio.url, studio.server.secrets.admin_token)
    found = [push_reviews(client=picky) for _ in range(4)]

    assert [summary.pushed for summary in found] == [6, 0, 0, 0]
    assert [len(summary.problems) for summary in found] == [1, 1, 1, 0]
    assert [summary.waiting for summary in found] == [0, 0, 0, 1]
    refused.refresh_from_db()
    assert (refused.attempts, refused.status) == (3, ReviewStatus.QUEUED)
    assert "(400): no" in refused.error


def test_import_that_failed_after_it_had_made_the_tasks_doubles_none(studio: Studio) -> None:
    request_reviews([DecisionFactory() for _ in range(5)])

    class Failing(StudioClient):
        def import_tasks(self, project_id: int, tasks: Any) -> list[int]:
            super().import_tasks(project_id, tasks)
            raise StudioFailingError("Label Studio failed importing tasks (500)", 500)

    summary = push_reviews(client=Failing(studio.url, studio.server.secrets.admin_token))

    assert (summary.pushed, summary.recovered) == (0, 5)
    assert len(studio.tasks(StudioProject.objects.get().remote_id)) == 5


def test_new_secret_key_seals_tasks_anew_and_sets_no_vote_aside(studio: Studio, settings: Any) -> None:
    (review,) = asked(studio)
    (ann,) = studio.annotators("ann")
    ann.vote(review.remote_task_id, "triple", "valid")
    settings.SECRET_KEY = "another secret key, as after a leak"

    summary = pull_reviews(client=studio.client)

    assert (summary.created, summary.set_aside) == (1, 0)
    assert [row.kind for row in StudioIncident.objects.all()] == ["project_gone"]
    assert pull_reviews(client=studio.client, full=True).tasks == 1


def test_hooks_recorded_and_played_back_in_any_order_and_again_change_nothing(
    studio: Studio, settings: Any
) -> None:
    payloads: list[bytes] = []

    class Recorder(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            payloads.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(202)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    ann, bob = studio.annotators("ann", "bob")
    with listening(Recorder) as url:
        settings.NAVAB_PUBLIC_URL = url
        reviews = asked(studio, 3)
        for review in reviews:
            first = ann.vote(review.remote_task_id, "triple", "invalid")
            ann.change(first, "triple", "valid")
            ann.take_back(first)
            ann.vote(review.remote_task_id, "triple", "valid")
        bob.vote(reviews[0].remote_task_id, "triple", "valid")
    assert len(payloads) >= 13
    played = payloads * 3
    random.Random(5).shuffle(played)

    headers = {"X-Navab-Secret": settings.LABEL_STUDIO_WEBHOOK_SECRET}
    for body in [*played, b'{"task": {"id": 999999}}', b'{"annotations": [{"id": 424242}]}', b"[[]]"]:
        reply = Client().post(
            "/label-studio/webhook/", body, content_type="application/json", headers=headers
        )
        assert reply.status_code == 202
    wait_for_hints()

    assert said_here() == said_there(studio)
    assert Vote.objects.standing().count() == 4
    assert Review.objects.filter(status=ReviewStatus.CLOSED).count() == 1
    after = pull_reviews(client=studio.client, full=True)
    assert (after.changed, after.restored, after.problems, states()) == (0, 0, [], [])


def test_lost_disk_is_known_and_tasks_and_votes_are_made_anew(mortal: MortalStudio) -> None:
    ann, bob = mortal.annotators("ann", "bob")
    settled, voted, bare = asked(mortal, 3)
    for annotator in (ann, bob):
        annotator.vote(settled.remote_task_id, "triple", "valid")
    ann.vote(voted.remote_task_id, "triple", "invalid", note="no question")
    pull_reviews(client=mortal.client)
    before = list(Vote.objects.order_by("pk").values_list("pk", "label", "note", "set_aside"))
    mortal.replace_disk()

    client = StudioClient(mortal.url, mortal.server.secrets.admin_token)
    pull_reviews(client=client)

    server = StudioServer.objects.get()
    assert (server.state, states()) == ("lost", [("lost", False)])
    assert push_reviews(client=client).pushed == 2
    server.refresh_from_db()
    assert (server.state, states()) == ("well", [("lost", True)])
    after = pull_reviews(client=client)
    assert (after.changed, after.restored, after.problems) == (0, 0, [])
    assert list(Vote.objects.order_by("pk").values_list("pk", "label", "note", "set_aside")) == before
    voted.refresh_from_db()
    kept = Vote.objects.get(review=voted)
    assert {row[0] for row in said_there(mortal)} == {str(voted.key)}
    assert kept.remote_annotation_id is not None
    # Whoever has answered is not asked again; another answer settles it.
    mortal.client = client
    bob_again = mortal.annotator(bob.user)
    bob_again.vote(voted.remote_task_id, "triple", "invalid")
    assert pull_reviews(client=client).settled == 1
    bare.refresh_from_db()
    assert bare.status == ReviewStatus.PUSHED


def test_old_backup_is_known_and_what_it_has_lost_is_put_back(mortal: MortalStudio, tmp_path: Path) -> None:
    ann, bob = mortal.annotators("ann", "bob")
    first, second, third = asked(mortal, 3)
    kept = ann.vote(first.remote_task_id, "triple", "invalid")
    withdrawn = ann.vote(second.remote_task_id, "triple", "valid")
    pull_reviews(client=mortal.client)
    mortal.back_up(tmp_path / "backup.sqlite3")

    ann.change(kept, "triple", "valid")  # newer than the backup
    ann.take_back(withdrawn)
    withdraw_vote(Vote.objects.get(remote_annotation_id=withdrawn))
    bob.vote(third.remote_task_id, "triple", "invalid")  # its id will be given to another
    (late,) = asked(mortal)  # a task the backup does not have
    cleo = mortal.annotator(user("cleo@example.org", group="annotator", nations=("GB",)))  # an account, too
    cleo.vote(late.remote_task_id, "triple", "invalid")
    pull_reviews(client=mortal.client)
    votes = list(Vote.objects.order_by("pk").values_list("pk", "annotator", "label", "is_withdrawn"))
    mortal.replace_disk(tmp_path / "backup.sqlite3")
    bob.vote(first.remote_task_id, "triple", "invalid")  # takes the id of bob's other vote

    client = StudioClient(mortal.url, mortal.server.secrets.admin_token)
    pull_reviews(client=client)
    assert states() == [("restored", True)]
    push_reviews(client=client)
    pull_reviews(client=client)

    now = list(Vote.objects.order_by("pk").values_list("pk", "annotator", "label", "is_withdrawn"))
    assert now[:-1] == votes
    assert now[-1][1:] == (bob.user.pk, "invalid", False)
    assert said_here() == said_there(mortal)
    assert not Vote.objects.exclude(set_aside="").exists()
    assert StudioServer.objects.get().state == "well"
    again = pull_reviews(client=client, full=True)
    assert (again.changed, again.restored, states()) == (0, 0, [("restored", True)])


def test_nation_with_a_server_of_its_own_and_one_that_is_down_stops_no_other(
    studio: Studio, mortal: MortalStudio, settings: Any
) -> None:
    settings.LABEL_STUDIO_SERVERS = {
        "": (studio.url, studio.server.secrets.admin_token),
        "FR": (mortal.url, mortal.server.secrets.admin_token),
    }
    (ann,) = studio.annotators("ann")
    french = DecisionFactory(triple__statement__document=DocumentFactory(nation=nation("FR")))
    british = DecisionFactory()

    def run(command: str, **options: Any) -> tuple[dict[str, Any], str]:
        out, err = StringIO(), StringIO()
        call_command(command, json=True, stdout=out, stderr=err, **options)
        return dict(json.loads(out.getvalue().splitlines()[-1])), err.getvalue()

    pushed, _ = run("push_reviews")
    assert (pushed["pushed"], sorted(pushed["projects"])) == (2, ["NaVAB FR triple", "NaVAB GB triple"])
    where = {p.nation_id: (p.server.name, p.remote_id) for p in StudioProject.objects.all()}
    assert {code: name for code, (name, _) in where.items()} == {"FR": "FR", "GB": ""}
    assert len(mortal.tasks(where["FR"][1])) == len(studio.tasks(where["GB"][1])) == 1
    (hook,) = mortal.http.get("/api/webhooks/", params={"project": where["FR"][1]}).json()
    assert hook["url"].endswith("/label-studio/webhook/FR/")

    mortal.kill()
    ann.vote(Review.objects.get(decision=british).remote_task_id, "triple", "valid")
    pulled, told = run("pull_reviews")

    assert (pulled["created"], pulled["servers"]) == (1, ["Label Studio"])
    assert "did not answer" in told
    assert {s.name: s.state for s in StudioServer.objects.all()} == {"": "well", "FR": "down"}
    assert Review.objects.get(decision=french).status == ReviewStatus.PUSHED
