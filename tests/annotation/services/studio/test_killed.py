"""Killed at any moment, ours or Label Studio: no task twice, no vote lost, none counted twice."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from annotation.label_studio import client as client_module
from annotation.label_studio.errors import StudioUnavailableError
from annotation.models import Review, ReviewStatus, StudioProject, StudioServer, Vote
from annotation.services.reviews.queue import request_reviews
from annotation.services.studio.pull import pull_reviews
from annotation.services.studio.push import FIRST_BATCH, push_reviews
from tests.annotation.services.studio import killed
from tests.annotation.services.studio.mortal_studio import MortalStudio, mortal, mortal_server, our_process
from tests.factories import DecisionFactory, user
from tests.studio import Studio

pytestmark = [pytest.mark.label_studio, pytest.mark.django_db(transaction=True)]
__all__ = ["mortal", "mortal_server"]


def keys_there(studio: Studio) -> Counter[str]:
    """How often each key is among the tasks of our project."""
    project = StudioProject.objects.get()
    return Counter(task["data"]["navab_id"] for task in studio.tasks(project.remote_id))


def assert_each_once(studio: Studio) -> None:
    """One task for each review, and each review knows its own."""
    rows = list(Review.objects.values_list("key", "status", "remote_task_id"))
    assert keys_there(studio) == {str(key): 1 for key, *_ in rows}
    assert {status for _, status, _ in rows} == {ReviewStatus.PUSHED}
    by_id = {task["id"]: task for task in studio.tasks(StudioProject.objects.get().remote_id)}
    assert all(by_id[task]["data"]["navab_id"] == str(key) for key, _, task in rows)
    assert all(len(task["predictions"]) == 1 for task in by_id.values())


def test_push_killed_at_every_step_makes_each_task_once(studio: Studio, tmp_path: Path) -> None:
    moments = [("staked", 2), ("sent", 1), ("sent", 2), ("tied", 1), ("sending", 1), ("sending", 3)]
    for moment, times in moments:
        request_reviews([DecisionFactory() for _ in range(12)])
        process = our_process(studio, tmp_path, "-m", killed.__name__, "push", moment, str(times))
        assert process.wait(60) == -signal.SIGKILL, moment

    push_reviews(client=studio.client)

    assert_each_once(studio)
    assert Review.objects.count() == 12 * len(moments)


def test_push_killed_at_once_and_run_again_makes_each_task_once(studio: Studio, tmp_path: Path) -> None:
    request_reviews([DecisionFactory() for _ in range(40)])
    for seconds in (2.0, 2.6, 3.2, 3.8):
        process = our_process(studio, tmp_path, "manage.py", "push_reviews", "--queued-only")
        try:
            process.wait(seconds)
        except TimeoutError:  # pragma: no cover - Popen raises its own
            pass
        except Exception:
            process.kill()
        process.wait()
    while Review.objects.filter(status=ReviewStatus.QUEUED).exists():
        push_reviews(client=studio.client)

    assert_each_once(studio)


def test_label_studio_killed_while_it_imports_leaves_no_orphan(mortal: MortalStudio) -> None:
    request_reviews([DecisionFactory() for _ in range(480)])
    really_import = client_module.StudioClient.import_tasks
    killer = threading.Timer(0.2, mortal.kill)

    class Client(client_module.StudioClient):
        def import_tasks(self, project_id: int, tasks: Any) -> list[int]:
            if len(tasks) > FIRST_BATCH:
                killer.start()
            return really_import(self, project_id, tasks)

    with pytest.raises(StudioUnavailableError):
        push_reviews(client=Client(mortal.url, mortal.server.secrets.admin_token))
    killer.join()
    server = StudioServer.objects.get()
    assert (server.state, server.incidents.get().kind) == ("down", "down")
    assert Review.objects.filter(status=ReviewStatus.QUEUED).exclude(error="").count() == 480 - FIRST_BATCH

    mortal.start()
    push_reviews(client=mortal.client)

    assert_each_once(mortal)
    server.refresh_from_db()
    assert server.state == "well"
    assert server.incidents.filter(resolved_at=None).count() == 0


def test_votes_label_studio_took_before_it_was_killed_are_all_there_once(mortal: MortalStudio) -> None:
    ann = mortal.annotator(user("ann@example.org", group="annotator", nations=("GB",)))
    request_reviews([DecisionFactory() for _ in range(80)])
    push_reviews(client=mortal.client)
    tasks = list(Review.objects.values_list("remote_task_id", flat=True))
    taken: list[int] = []

    def vote() -> None:
        for task in tasks:
            try:
                taken.append(ann.vote(task, "triple", "valid"))
            except httpx.HTTPError:
                return

    voting = threading.Thread(target=vote)
    voting.start()
    while len(taken) < 12:
        time.sleep(0.01)
    mortal.kill()
    voting.join()
    with pytest.raises(StudioUnavailableError):
        pull_reviews(client=mortal.client)
    mortal.start()

    pull_reviews(client=mortal.client)

    known = set(Vote.objects.standing().values_list("remote_annotation_id", flat=True))
    assert set(taken) <= known
    assert len(known) in (len(taken), len(taken) + 1)
    assert Vote.objects.values("review").distinct().count() == Vote.objects.count() == len(known)


def test_thousand_votes_while_we_are_down_come_in_whole_also_by_a_pull_that_is_killed(
    studio: Studio, tmp_path: Path
) -> None:
    ann, bob = studio.annotators("ann", "bob")
    request_reviews([DecisionFactory() for _ in range(900)])
    push_reviews(client=studio.client)
    project = StudioProject.objects.get().remote_id
    # One takes the machine's answers over by Label Studio's own action, one answers task by task.
    everything = {"ordering": [], "selectedItems": {"all": True, "excluded": []}}
    address = f"/api/dm/actions?id=predictions_to_annotations&project={project}"
    assert ann.http.post(address, json=everything).is_success
    tasks = list(Review.objects.order_by("pk").values_list("remote_task_id", flat=True)[:100])
    for task in tasks:
        bob.vote(task, "triple", "valid")

    process = our_process(studio, tmp_path, "-m", killed.__name__, "pull", "recorded", "1")
    assert process.wait(120) == -signal.SIGKILL
    summary = pull_reviews(client=studio.client)

    assert summary.problems == []
    votes = Vote.objects.standing()
    assert (votes.filter(annotator=ann.user).count(), votes.filter(annotator=bob.user).count()) == (900, 100)
    assert Review.objects.filter(status=ReviewStatus.CLOSED).count() == 100
    again = pull_reviews(client=studio.client, full=True)
    assert (again.changed, again.settled, Vote.objects.count()) == (0, 0, 1000)
