"""Two nations, their annotators and tasks behind the gateway, with a real Label Studio."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from annotation.label_studio.configs import Screen
from annotation.label_studio.tasks import to_result
from annotation.models import Review, StudioProject
from annotation.services.reviews.queue import request_reviews
from annotation.services.studio.hints import wait_for_hints
from annotation.services.studio.push import push_reviews
from tests.factories import DecisionFactory, TripleFactory, nation, user
from tests.studio import Studio, StudioAnnotator

RESULT = to_result(Screen.TRIPLE, "valid", {})
ADMIN_MAIL = "studio-admin@navab.invalid"
BODY = {"result": RESULT, "lead_time": 1.0, "completed_by": 1}


@dataclass
class Place:
    """Two nations' projects, and answers of two annotators on the first task of GB's."""

    gb: StudioProject
    fr: StudioProject
    review: Review
    other_review: Review
    fr_review: Review
    ann: Any  # whose answer ``own`` is
    bob: StudioAnnotator  # whose answer ``others`` is
    ids: dict[str, int]


@pytest.fixture(autouse=True)
def hints_end_with_the_test() -> Iterator[None]:
    yield
    wait_for_hints()


@pytest.fixture
def place(studio: Studio) -> Place:
    decisions = [DecisionFactory(), DecisionFactory()]
    statement = {"statement__document__nation": nation("FR")}
    french = DecisionFactory(triple=TripleFactory(**statement))
    request_reviews([*decisions, french])
    assert push_reviews(client=studio.client).problems == []
    reviews = [Review.objects.get(decision=decision) for decision in (*decisions, french)]
    gb, fr = StudioProject.objects.get(nation="GB"), StudioProject.objects.get(nation="FR")
    ann = user("ann@example.org", group="annotator", nations=("GB",))
    (bob,) = studio.annotators("bob")
    task = reviews[0].remote_task_id
    mine = studio.annotator(ann)
    ids = {
        "gb": gb.remote_id,
        "fr": fr.remote_id,
        "task": task,
        "fr_task": reviews[2].remote_task_id,
        "own": mine.vote(task, "triple", "valid"),
        "others": bob.vote(task, "triple", "invalid"),
        "own_draft": make_draft(mine, task),
        "others_draft": make_draft(bob, task),
        "bob": bob.studio_id,
    }
    return Place(gb, fr, reviews[0], reviews[1], reviews[2], ann, bob, ids)


def make_draft(person: StudioAnnotator, task: int) -> int:
    reply = person.http.post(f"/api/tasks/{task}/drafts", json={"result": RESULT, "lead_time": 1.0})
    return int(reply.json()["id"])


def client_of(person: Any, **headers: str) -> Client:
    client = Client(headers=headers)
    if person is not None:
        client.force_login(person)
    return client


def call_studio(
    client: Client, method: str, path: str, body: Any = None, server: str = "all"
) -> HttpResponse:
    data = json.dumps(body) if body is not None else ""
    address = f"/studio/{server}/{path}"
    return client.generic(method, address, data, content_type="application/json")
