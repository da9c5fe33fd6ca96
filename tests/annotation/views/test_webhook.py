"""The hook of Label Studio: what it accepts, and a real one arriving at a real server."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from annotation.models import Decision, Vote
from annotation.services.reviews.queue import request_reviews
from annotation.services.studio.hints import wait_for_hints
from annotation.services.studio.pull import pull_reviews
from annotation.services.studio.push import push_reviews
from annotation.services.votes.recording import withdraw_vote
from annotation.views.webhook import MAX_BYTES
from tests.factories import DecisionFactory
from tests.studio import Studio

ADDRESS = "/label-studio/webhook/"
SECRET = "the secret of the hook"


@pytest.fixture
def secret(settings: Any) -> dict[str, str]:
    settings.LABEL_STUDIO_WEBHOOK_SECRET = SECRET
    return {"X-Navab-Secret": SECRET}


def post(client: Client, body: bytes | str, headers: dict[str, str]) -> int:
    return client.post(ADDRESS, body, content_type="application/json", headers=headers).status_code


def test_webhook_refuses_a_wrong_or_missing_secret(client: Client, secret: dict[str, str]) -> None:
    assert post(client, "{}", {}) == 403
    assert post(client, "{}", {"X-Navab-Secret": SECRET + "x"}) == 403
    assert post(client, "{}", {"X-Navab-Secret": "é"}) == 403


def test_webhook_refuses_everything_while_there_is_no_secret(client: Client, settings: Any) -> None:
    settings.LABEL_STUDIO_WEBHOOK_SECRET = ""

    assert post(client, "{}", {"X-Navab-Secret": ""}) == 403


def test_webhook_answers_post_only(client: Client, secret: dict[str, str]) -> None:
    assert client.get(ADDRESS, headers=secret).status_code == 405


def test_webhook_refuses_what_is_too_big_or_no_json(client: Client, secret: dict[str, str]) -> None:
    assert post(client, b" " * (MAX_BYTES + 1), secret) == 413
    assert post(client, "{not json", secret) == 400
    assert post(client, b"\xff\xfe", secret) == 400


@pytest.mark.django_db
@pytest.mark.parametrize(
    "payload",
    [
        None,
        [],
        "text",
        {"action": "ANNOTATION_CREATED"},
        {"annotation": {"id": "1", "task": [5]}, "task": {"id": -1}},
        {"annotations": [None, {"id": True}, {"id": 10**30}]},
        {"annotations": {"id": 1}},
    ],
)
def test_webhook_takes_any_json_as_news_of_nothing(
    client: Client, secret: dict[str, str], payload: object
) -> None:
    assert post(client, json.dumps(payload), secret) == 202


def _wait(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


@pytest.mark.label_studio
@pytest.mark.django_db(transaction=True)
def test_votes_arrive_by_hook_at_a_live_server_in_any_order_and_twice(
    studio: Studio, settings: Any, live_server: Any
) -> None:
    settings.NAVAB_PUBLIC_URL = live_server.url
    ann, bob = studio.annotators("ann", "bob")
    decision = DecisionFactory()
    request_reviews([decision])
    push_reviews(client=studio.client)
    task = decision.review.remote_task_id

    by_ann = ann.vote(task, "triple", "invalid")
    assert _wait(lambda: Vote.objects.filter(remote_annotation_id=by_ann).exists())
    ann.take_back(by_ann)
    withdraw_vote(Vote.objects.get(remote_annotation_id=by_ann))
    ann.vote(task, "triple", "valid")
    bob.vote(task, "triple", "valid")
    assert _wait(lambda: Decision.objects.filter(supersedes=decision).exists())

    stale = {"action": "ANNOTATION_CREATED", "annotation": {"id": by_ann, "task": task}, "task": {"id": task}}
    headers = {"X-Navab-Secret": settings.LABEL_STUDIO_WEBHOOK_SECRET}
    assert [post(Client(), json.dumps(stale), headers) for _ in range(2)] == [202, 202]
    wait_for_hints()
    summary = pull_reviews(client=studio.client)
    assert (summary.changed, summary.settled, summary.problems) == (0, 0, [])
    assert Decision.objects.get(supersedes=decision).label == "valid"
    assert Vote.objects.filter(is_withdrawn=False).count() == 2
