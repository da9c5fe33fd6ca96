"""Push: queued reviews become tasks in Label Studio, each exactly once whatever happens in between."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from typing import Any, TextIO

from django.db.models import F, Q, QuerySet

from annotation.label_studio.client import StudioClient
from annotation.label_studio.errors import StudioError, StudioFailingError, StudioUnavailableError
from annotation.label_studio.tasks import to_task
from annotation.models import (
    IncidentKind,
    Nation,
    ProjectKind,
    Review,
    ReviewStatus,
    StudioProject,
    StudioServer,
    Vote,
)
from annotation.services.locks import BusyError, one_at_a_time
from annotation.services.reviews.drafts import RELATED, draft_columns, task_drafts
from annotation.services.reviews.queue import close_stale_reviews, tie_to_tasks, votes_needed
from annotation.services.studio.overlaps import sync_overlaps
from annotation.services.studio.projects import ensure_project
from annotation.services.studio.repair import Repairs, annotation_of
from annotation.services.studio.seals import sealed
from annotation.services.studio.servers import server_name, studio_server
from annotation.services.studio.watch import check_server, settle_state, watched
from annotation.services.votes.recording import VoteSummary

PushRunningError = BusyError
BATCH = 500  # smaller ones keep both sides busy; larger ones are no faster
MAX_ATTEMPTS = 3  # then a review waits for an operator
# An import goes on in Label Studio after we are killed: this long its tasks may still appear.
SETTLE = 20.0  # seconds
FIRST_BATCH = 100
_SERVICE = "push_reviews"
_REFUSED = (400, 413, 422)
_SUBJECTS = {
    ProjectKind.SCREENING: ("decision__nation", "decision__topic", "decision__statement"),
    ProjectKind.STATEMENT: ("decision__nation", "decision__statement"),
    ProjectKind.CONFLICT: ("decision__nation", "decision__conflict"),
    ProjectKind.TRIPLE: ("decision__nation", "decision__triple"),
}
_MAX_FAILURES = 12  # imports answered with 5xx before a project is given up for now

Progress = Callable[[str, int, int], None]
_Task = tuple[Review, dict[str, Any]]


@dataclass(slots=True)
class PushSummary:
    """What a push did. ``problems`` names each review that could not be sent and why; it stays queued."""

    pushed: int = 0
    recovered: int = 0  # sent by a push that was killed before it could write that down
    closed: int = 0  # no longer needed
    waiting: int = 0  # refused too often: they wait for an operator
    projects: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    servers: list[str] = field(default_factory=list, compare=False)  # those that could be reached

    def add(self, other: PushSummary) -> None:
        """Count another server's push in."""
        for part in fields(self):
            setattr(self, part.name, getattr(self, part.name) + getattr(other, part.name))


def push_reviews(
    *,
    nation: str | None = None,
    kind: str | None = None,
    limit: int | None = None,
    client: StudioClient,
    server: StudioServer | None = None,
    progress: Progress | None = None,
) -> PushSummary:
    """Send queued reviews of a server's nations, most urgent first, as tasks with the machine's answer.

    Commits after every batch. A review is tied to its project before its task is sent, and tied to its task
    after: one found between the two is looked up in Label Studio by its key before it is sent (again). Votes
    we hold go with a task that is made anew. Raises :class:`StudioError` when the server cannot be reached or
    fails, :class:`BusyError` when another push is running.
    """
    server = server or studio_server(nation or "")
    with one_at_a_time(f"push_reviews{server.name}") as notes:
        check_server(server, client)
        with watched(server):
            return _Push(server, client, notes, progress).run(nation, kind, limit)


def queued_reviews(server: StudioServer | None = None, **scope: str | None) -> QuerySet[Review]:
    """Reviews without a task: queued ones, and disputed ones whose task was lost."""
    named = {name: value for name, value in scope.items() if value}
    without = Q(status=ReviewStatus.QUEUED) | Q(status=ReviewStatus.DISPUTED, remote_task_id=None)
    found = Review.objects.filter(without, **named)
    if server is not None:
        codes = [code for code in Nation.objects.values_list("code", flat=True) if _is_served(code, server)]
        found = found.filter(nation__in=codes)
    return found


def _batches(count: int) -> Iterator[tuple[int, int]]:
    """Where each batch begins and ends. The first is small: Label Studio has nothing to do before it."""
    start, end = 0, min(count, FIRST_BATCH, BATCH)
    while start < count:
        yield start, end
        start, end = end, min(count, end + BATCH)


def _is_served(code: str, server: StudioServer) -> bool:
    return server_name(code) == server.name


def _related(kind: ProjectKind) -> list[str]:
    """What tasks of a kind are made of: the rows of other kinds would be loaded in vain."""
    return [path for path in RELATED if path.startswith(_SUBJECTS[kind])]


class _Push:
    def __init__(
        self, server: StudioServer, client: StudioClient, notes: TextIO, progress: Progress | None
    ) -> None:
        self.server, self.client, self.notes, self.progress = server, client, notes, progress
        self.summary = PushSummary(servers=[str(server)])
        self.repairs = Repairs(server, client, VoteSummary())
        self.failures = 0
        self.overlap, self.kind = 1, ProjectKind.TRIPLE
        self.sent_at = self._left_over()  # an import the push before this one did not see the end of

    def run(self, nation: str | None, kind: str | None, limit: int | None) -> PushSummary:
        summary = self.summary
        summary.closed = close_stale_reviews()
        queued = queued_reviews(self.server, nation=nation, kind=kind)
        summary.waiting = queued.filter(attempts__gte=MAX_ATTEMPTS).count()
        groups = list(queued.order_by("nation", "kind").values_list("nation", "kind").distinct())
        left, stopped = limit, None
        for code, project_kind in groups:
            if left is not None and left <= 0:
                break
            before = summary.pushed + summary.recovered
            try:
                self._push_project(Nation.objects.get(pk=code), ProjectKind(project_kind), left)
            except StudioFailingError as error:
                stopped = error
                summary.problems.append(f"{code} {project_kind}: {error}")
            if left is not None:
                left -= summary.pushed + summary.recovered - before
        if stopped is not None:
            raise stopped
        sync_overlaps(self.server, self.client)
        if not queued_reviews(self.server).filter(attempts__lt=MAX_ATTEMPTS).exists():
            settle_state(self.server, IncidentKind.LOST, "All open tasks were made anew.")
        return summary

    def _push_project(self, nation: Nation, kind: ProjectKind, limit: int | None) -> None:
        project = ensure_project(nation, kind, client=self.client, server=self.server)
        self.overlap = votes_needed(nation.code, kind)
        self.summary.projects.append(project.title)
        self.failures, self.kind = 0, kind
        rows = queued_reviews(nation=nation.code, kind=kind).filter(attempts__lt=MAX_ATTEMPTS)
        ids = list(rows.order_by("-priority", "pk").values_list("pk", flat=True)[:limit])
        doubtful: list[Review] = []
        # Label Studio always has the next batch waiting while we write down the one before.
        with ThreadPoolExecutor(1) as sender:
            self.sender = sender
            under_way: deque[tuple[list[_Task], Future[list[int]]]] = deque()
            try:
                for start, end in _batches(len(ids)):
                    left, unsure = self._recover(self._load(ids[start:end]), project)
                    doubtful += unsure
                    tasks = self._tasks(left)
                    self._stake(tasks, project)
                    under_way.append((tasks, sender.submit(self._send, project.remote_id, tasks)))
                    if len(under_way) > 1:
                        self._finish(*under_way.popleft(), project)
                    if self.progress is not None:
                        self.progress(project.title, end, len(ids))
                while under_way:
                    self._finish(*under_way.popleft(), project)
            finally:
                for tasks, waiting in under_way:
                    if waiting.cancel():
                        continue
                    if waiting.exception() is None:
                        self._finish(tasks, waiting, project)
        if doubtful:
            self._end_twins(doubtful, project)

    def _load(self, ids: Sequence[int]) -> list[Review]:
        rows = queued_reviews().filter(pk__in=ids).order_by("-priority", "pk")
        rows = rows.prefetch_related("votes__annotator__person")
        paths = _related(self.kind)
        # Whole rows of seven tables take as long to load as Label Studio takes to import the task.
        return list(rows.select_related(*paths).only("project", *draft_columns(paths)))

    def _recover(self, batch: Sequence[Review], project: StudioProject) -> tuple[list[Review], list[Review]]:
        """Tie reviews whose task exists; returns those without one, and those that may get one yet."""
        unsure = [review for review in batch if review.project_id is not None]
        if not unsure:
            return list(batch), []
        found = self._look_up(unsure, project)
        end = self.sent_at + SETTLE
        while len(found) < len(unsure) and time.time() < end:
            time.sleep(1.0)
            found |= self._look_up([r for r in unsure if str(r.key) not in found], project)
        sent = [(review, found[str(review.key)]) for review in unsure if str(review.key) in found]
        tie_to_tasks(
            [(review, ids[0]) for review, ids in sent], project, actor_name=_SERVICE, overlap=self.overlap
        )
        self.summary.recovered += len(sent)
        if doubles := [review for review, ids in sent if len(ids) > 1]:
            self._end_twins(doubles, project)
        done = {review.pk for review, _ in sent}
        return (
            [review for review in batch if review.pk not in done],
            [review for review in unsure if review.pk not in done],
        )

    def _look_up(self, reviews: Sequence[Review], project: StudioProject) -> dict[str, list[int]]:
        return self.client.tasks_with_keys(project.remote_id, [str(review.key) for review in reviews])

    def _end_twins(self, reviews: Sequence[Review], project: StudioProject) -> None:
        """Second tasks of reviews, by an import that came through after it was given up. Those with votes are
        left to the pull, which moves the votes."""
        found = self.client.tasks_with_keys(project.remote_id, [str(review.key) for review in reviews])
        tied = dict(
            Review.objects.filter(pk__in=[r.pk for r in reviews]).values_list("key", "remote_task_id")
        )
        for review in reviews:
            for task_id in found.get(str(review.key), []):
                if tied.get(review.key) in (None, task_id):
                    continue
                task = self.client.task(project.remote_id, task_id)
                if task is not None and not task.annotations:
                    self.client.delete_task(task_id)

    def _tasks(self, batch: Sequence[Review]) -> list[_Task]:
        """Tasks by review. Choices and fields come from the tables the screens are made of, so they fit."""
        made = []
        for review, draft in zip(batch, task_drafts(batch), strict=True):
            try:
                task = sealed(to_task(draft))
                if votes := self._carried(review):
                    task["annotations"] = votes
            except ValueError as error:
                self._refuse(review, str(error))
            else:
                made.append((review, task))
        return made

    def _carried(self, review: Review) -> list[dict[str, Any]]:
        """Votes given on a task that was lost, so that nobody is asked twice."""
        return [
            annotation_of(review, vote, self.repairs.account_of(vote))
            for vote in review.votes.all()
            if vote.stands
        ]

    def _stake(self, tasks: Sequence[_Task], project: StudioProject) -> None:
        """From here on these are looked for in Label Studio before they are sent."""
        ids = [review.pk for review, _ in tasks]
        Review.objects.filter(pk__in=ids).exclude(project=project).update(project=project)
        Vote.objects.filter(review__in=ids).update(remote_annotation_id=None, remote_created_at=None)

    def _send(self, project_id: int, tasks: Sequence[_Task]) -> list[int]:
        if not tasks:
            return []
        self._note(time.time())
        ids = self.client.import_tasks(project_id, [task for _, task in tasks])
        self._note(0.0)
        return ids

    def _finish(self, tasks: list[_Task], ids: Future[list[int]], project: StudioProject) -> None:
        """Write down an import; one that is refused is halved until the tasks that cause it stand alone."""
        try:
            numbers = ids.result()
        except StudioUnavailableError as error:
            self._excuse(tasks, error)
            raise
        except StudioError as error:
            self._part(tasks, error, project)
            return
        sent = [(review, task_id) for (review, _), task_id in zip(tasks, numbers, strict=True)]
        tie_to_tasks(sent, project, actor_name=_SERVICE, overlap=self.overlap)
        self.summary.pushed += len(numbers)

    def _part(self, tasks: list[_Task], error: StudioError, project: StudioProject) -> None:
        is_failure = isinstance(error, StudioFailingError)
        if not is_failure and error.status not in _REFUSED:
            self._excuse(tasks, error)
            raise error
        if is_failure:
            self.failures += 1
            if self.failures >= _MAX_FAILURES:
                self._excuse(tasks, error)
                raise error
            # It may have failed after it had made the tasks.
            left, _ = self._recover(self._load([review.pk for review, _ in tasks]), project)
            kept = {review.pk for review in left}
            tasks = [pair for pair in tasks if pair[0].pk in kept]
        self._note(0.0)
        if len(tasks) == 1:
            self._refuse(tasks[0][0], str(error))
            return
        middle = len(tasks) // 2
        for half in (tasks[:middle], tasks[middle:]):
            self._finish(half, self.sender.submit(self._send, project.remote_id, half), project)

    def _refuse(self, review: Review, why: str) -> None:
        """Label Studio, or we, do not take this one: tried again, but not for ever."""
        Review.objects.filter(pk=review.pk).update(attempts=F("attempts") + 1, error=why[:2000])
        self.summary.problems.append(f"review {review.pk}: {why[:500]}")

    def _excuse(self, tasks: Sequence[_Task], error: StudioError) -> None:
        """Not these reviews' fault: they are simply tried again."""
        Review.objects.filter(pk__in=[review.pk for review, _ in tasks]).update(error=str(error)[:2000])

    def _note(self, moment: float) -> None:
        """When the import under way was sent, kept in the file of our lock; 0: none is."""
        self.notes.seek(0)
        self.notes.truncate()
        self.notes.write(json.dumps(moment))
        self.notes.flush()

    def _left_over(self) -> float:
        self.notes.seek(0)
        try:
            return float(json.loads(self.notes.read() or "0"))
        except (ValueError, TypeError):
            return time.time()
