"""Push: queued reviews become tasks in Label Studio, each exactly once whatever happens in between."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from annotation.label_studio.client import (
    StudioClient,
    StudioError,
    StudioUnavailableError,
    prediction_problems,
)
from annotation.label_studio.configs import Screen, labelling_config
from annotation.label_studio.tasks import to_task
from annotation.models import Nation, ProjectKind, Review, ReviewStatus, StudioProject
from annotation.services.reviews import close_stale_reviews, tie_to_tasks
from annotation.services.studio_projects import ensure_project
from annotation.services.task_drafts import RELATED, task_drafts

BATCH = 1000
_SERVICE = "push_reviews"
_REFUSED = (400, 413, 422)

Progress = Callable[[str, int, int], None]


class PushRunningError(RuntimeError):
    """Another push is running on this machine."""


@dataclass(slots=True)
class PushSummary:
    """What a push did. ``problems`` names each review that could not be sent and why; it stays queued."""

    pushed: int = 0
    recovered: int = 0  # sent by a push that was killed before it could write that down
    closed: int = 0  # no longer needed
    projects: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def push_reviews(
    *,
    nation: str | None = None,
    kind: str | None = None,
    limit: int | None = None,
    client: StudioClient,
    progress: Progress | None = None,
) -> PushSummary:
    """Send queued reviews, most urgent first, as tasks with the machine's answer as a prediction.

    Commits after every batch. A review is tied to its project before its task is sent, and tied to its task
    after: one found between the two is looked up in Label Studio by its key before it is sent (again).
    Raises :class:`StudioUnavailableError` when the server cannot be reached.
    """
    summary = PushSummary()
    with _one_at_a_time():
        summary.closed = close_stale_reviews()
        queued = _queued(nation=nation, kind=kind)
        groups = queued.order_by("nation", "kind").values_list("nation", "kind").distinct()
        left = limit
        for code, project_kind in list(groups):
            if left is not None and left <= 0:
                break
            before = summary.pushed + summary.recovered
            _push_project(
                Nation.objects.get(pk=code), ProjectKind(project_kind), left, client, summary, progress
            )
            if left is not None:
                left -= summary.pushed + summary.recovered - before
    return summary


def _queued(**scope: str | None) -> Any:
    named = {name: value for name, value in scope.items() if value}
    return Review.objects.filter(status=ReviewStatus.QUEUED, **named)


def _push_project(
    nation: Nation,
    kind: ProjectKind,
    limit: int | None,
    client: StudioClient,
    summary: PushSummary,
    progress: Progress | None,
) -> None:
    project = ensure_project(nation, kind, client=client)
    summary.projects.append(project.title)
    rows = _queued(nation=nation.code, kind=kind).order_by("-priority", "pk")
    ids = list(rows.values_list("pk", flat=True)[:limit])
    for start in range(0, len(ids), BATCH):
        batch = list(
            Review.objects.filter(pk__in=ids[start : start + BATCH], status=ReviewStatus.QUEUED)
            .order_by("-priority", "pk")
            .select_related("project", *RELATED)
        )
        batch = _recover(batch, project, client, summary)
        tasks = _valid_tasks(batch, nation, kind, summary)
        Review.objects.filter(pk__in=[review.pk for review, _ in tasks]).update(project=project)
        _import(tasks, project, client, summary)
        if progress is not None:
            progress(project.title, min(start + BATCH, len(ids)), len(ids))


def _recover(
    batch: Sequence[Review], project: StudioProject, client: StudioClient, summary: PushSummary
) -> list[Review]:
    """Tie reviews whose task exists already to it, delete its younger twins; returns those without a task."""
    unsure = [review for review in batch if review.project_id is not None]
    found = client.tasks_with_keys(project.remote_id, [str(review.key) for review in unsure])
    sent: list[tuple[Review, int]] = []
    for review in unsure:
        if ids := found.get(str(review.key)):
            sent.append((review, ids[0]))
            for twin in ids[1:]:
                client.delete_task(twin)
    tie_to_tasks(sent, project, actor_name=_SERVICE)
    summary.recovered += len(sent)
    done = {review.pk for review, _ in sent}
    return [review for review in batch if review.pk not in done]


def _valid_tasks(
    batch: Sequence[Review], nation: Nation, kind: ProjectKind, summary: PushSummary
) -> list[tuple[Review, dict[str, Any]]]:
    config = labelling_config(Screen(kind), nation.main_language)
    valid = []
    for review, draft in zip(batch, task_drafts(batch), strict=True):
        try:
            task = to_task(draft)
            problems = prediction_problems(config, task)
        except ValueError as error:
            problems = [str(error)]
        if problems:
            summary.problems.append(f"review {review.pk}: {'; '.join(problems)[:500]}")
        else:
            valid.append((review, task))
    return valid


def _import(
    tasks: Sequence[tuple[Review, dict[str, Any]]],
    project: StudioProject,
    client: StudioClient,
    summary: PushSummary,
) -> None:
    """Import a batch; one that is refused is halved until the tasks that cause it stand alone."""
    if not tasks:
        return
    try:
        ids = client.import_tasks(project.remote_id, [task for _, task in tasks])
    except StudioUnavailableError:
        raise
    except StudioError as error:
        if error.status not in _REFUSED:
            raise
        if len(tasks) == 1:
            summary.problems.append(f"review {tasks[0][0].pk}: {error}")
            return
        middle = len(tasks) // 2
        _import(tasks[:middle], project, client, summary)
        _import(tasks[middle:], project, client, summary)
        return
    sent = [(review, task_id) for (review, _), task_id in zip(tasks, ids, strict=True)]
    tie_to_tasks(sent, project, actor_name=_SERVICE)
    summary.pushed += len(ids)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Two pushes at once would both find nothing to recover and send twice. The lock ends with its holder."""
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    with (settings.DATA_DIR / "push_reviews.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PushRunningError("another push is running on this machine; wait until it is done") from None
        yield
