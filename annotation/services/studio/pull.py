"""Pull: what changed in Label Studio becomes votes. Enough alone; hooks only hasten it.

What is missing or changed there behind our back is put back. Absence alone never takes a vote away.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from annotation.label_studio.client import RemoteTask, StudioClient
from annotation.label_studio.errors import StudioError, StudioFailingError, StudioUnavailableError
from annotation.models import (
    IncidentKind,
    Person,
    Review,
    ReviewStatus,
    StudioAccount,
    StudioProject,
    StudioServer,
    Vote,
)
from annotation.services.decisions.guarantees import solve_guarantees
from annotation.services.locks import one_at_a_time
from annotation.services.reviews.queue import close_stale_reviews, tie_to_tasks
from annotation.services.studio.incidents import report
from annotation.services.studio.losses import is_void
from annotation.services.studio.overlaps import sync_overlaps
from annotation.services.studio.projects import inspect_project
from annotation.services.studio.repair import Repairs, repair
from annotation.services.studio.servers import studio_server
from annotation.services.studio.tasks import missing_tasks, really_changed, restore_data, settle_strangers
from annotation.services.studio.watch import check_server, note_trouble, settle_state, watched
from annotation.services.votes.reading import Reading
from annotation.services.votes.recording import VoteSummary, record_tasks, voters

# A change is stamped before it is committed: look back far enough to meet those that were in between.
OVERLAP = timedelta(seconds=30)
FULL_EVERY = timedelta(hours=24)
# Who takes an answer back does so through our gateway, which tells us a moment after Label Studio does.
GRACE = timedelta(seconds=3)
_SERVICE = "pull_reviews"
_PATIENCE = 60.0  # seconds to wait for another pull of the same server

Progress = Callable[[str, int], None]


@dataclass(slots=True)
class PullSummary(VoteSummary):
    """What a pull did, over all projects."""

    tasks: int = 0  # changed tasks read
    closed: int = 0  # reviews no longer needed
    requeued: int = 0  # reviews whose task was deleted in Label Studio
    servers: list[str] = field(default_factory=list, compare=False)  # those that could be read

    def add(self, other: PullSummary) -> None:
        """Count another server's pull in."""
        for part in fields(self):
            setattr(self, part.name, getattr(self, part.name) + getattr(other, part.name))


@dataclass(slots=True)
class _Visit:
    """One pull of one project."""

    project: StudioProject
    client: StudioClient
    people: dict[int, Person]
    repairs: Repairs
    summary: PullSummary
    started: datetime | None = None
    strangers: list[RemoteTask] = field(default_factory=list)  # tasks that are no review's
    fresh: list[int] = field(default_factory=list)  # tasks to look at again in a moment
    met: set[int] = field(default_factory=set)  # reviews whose task is there


def pull_reviews(
    *,
    client: StudioClient,
    server: StudioServer | None = None,
    full: bool = False,
    progress: Progress | None = None,
) -> PullSummary:
    """Read changed tasks of every project of a server, write their votes, settle what has enough of them.

    ``full`` reads all tasks and queues again the reviews whose task is gone; so does a pull once a day. A
    project's watermark moves only when all of it was read, so a pull that was stopped is simply repeated.
    Raises :class:`StudioError` when the server cannot be reached or fails, :class:`BusyError` when another
    pull does not end.
    """
    server = server or studio_server()
    summary = PullSummary(servers=[str(server)])
    with one_at_a_time(f"pull_reviews{server.name}", patience=_PATIENCE):
        health = check_server(server, client)
        last = server.fully_pulled_at
        full = full or health.needs_full or last is None or timezone.now() - last > FULL_EVERY
        with watched(server):
            failed = 0
            for project in server.projects.select_related("server", "nation"):
                if is_void(project):
                    continue
                try:
                    _pull_project(project, client, full, health.is_older, summary, progress)
                except StudioUnavailableError:
                    raise
                except StudioError as error:
                    failed += 1
                    summary.problems.append(f"{project.title} was not read: {error}")
                    if isinstance(error, StudioFailingError):
                        note_trouble(server, error)
            summary.closed = close_stale_reviews()
            _learn(summary)
            _sync_overlaps(server, client, summary)
        if full and not failed:
            server.fully_pulled_at = timezone.now()
            server.save(update_fields=["fully_pulled_at"])
            if health.is_older:
                settle_state(
                    server, IncidentKind.RESTORED, "Everything was read, and what it had lost put back."
                )
    return summary


def pull_tasks(
    task_ids: Iterable[int], *, client: StudioClient, server: StudioServer | None = None
) -> PullSummary:
    """Read the named tasks only; ids that are none of ours are ignored. Leaves the watermarks alone.

    Repairs nothing: news may come before we know ourselves what was done through us.
    """
    server = server or studio_server()
    summary = PullSummary(servers=[str(server)])
    reviews = Review.objects.filter(remote_task_id__in=set(task_ids), project__server=server)
    people = voters(server)
    for review in reviews.select_related("project"):
        task = client.task(review.project.remote_id, review.remote_task_id)
        if task is not None and task.key == str(review.key):
            summary.tasks += 1
            tainted = [one.pk for one, _ in really_changed([(review, task)], client)]
            record_tasks([(review, task)], people, summary, client.user_id, tainted=tainted, always=True)
    _sync_overlaps(server, client, summary)
    return summary


def _learn(summary: PullSummary) -> None:
    """Verdicts say more of the machines: solve their thresholds anew."""
    if summary.settled or summary.disputed:
        solve_guarantees()


def tasks_of_annotations(annotation_ids: Iterable[int], server: StudioServer | None = None) -> list[int]:
    """Tasks on which these annotations were votes: news of a deletion names annotations only."""
    votes = Vote.objects.filter(
        remote_annotation_id__in=set(annotation_ids), review__project__server=server or studio_server()
    )
    return [pk for pk in votes.values_list("review__remote_task_id", flat=True).distinct() if pk is not None]


def _pull_project(
    project: StudioProject,
    client: StudioClient,
    full: bool,
    is_older: bool,
    summary: PullSummary,
    progress: Progress | None,
) -> None:
    there = inspect_project(project, client)
    if there is None:
        return
    visit = _Visit(
        project,
        client,
        voters(project.server),
        Repairs(project.server, client, summary, is_older, _accounts(project.server)),
        summary,
        client.clock(),
    )
    tied = Review.objects.filter(project=project, remote_task_id__isnull=False)
    full = full or project.pulled_until is None or int(there.get("task_number") or 0) < tied.count()
    since = None if full or project.pulled_until is None else project.pulled_until - OVERLAP
    expected = dict(tied.values_list("pk", "remote_task_id")) if full else {}
    done = 0
    for batch in client.changed_tasks(project.remote_id, since):
        _record(batch, visit)
        done += len(batch)
        if progress is not None:
            progress(project.title, done)
    moved = settle_strangers(project, client, visit.strangers, summary)
    _look_again(visit, moved)
    if full:
        gone = {pk: task_id for pk, task_id in expected.items() if pk not in visit.met}
        summary.requeued += missing_tasks(project, client, gone, is_older=is_older)
    StudioProject.objects.filter(pk=project.pk).update(pulled_until=visit.started)


def _record(tasks: Sequence[RemoteTask], visit: _Visit, *, is_last: bool = False) -> None:
    """Write down what the tasks say, and put right what is wrong in them."""
    project, summary = visit.project, visit.summary
    summary.tasks += 0 if is_last else len(tasks)
    _tie_unrecorded(tasks, project)
    found = Review.objects.filter(project=project, remote_task_id__in=[task.id for task in tasks])
    reviews = {int(review.remote_task_id or 0): review for review in found}
    pairs: list[tuple[Review, RemoteTask]] = []
    for task in tasks:
        review = reviews.get(task.id)
        # A task whose key was changed is ours all the same: it stands where ours stood.
        if review is not None and (str(review.key) == task.key or _was_ours(task, review)):
            pairs.append((review, task))
        else:
            visit.strangers.append(task)
    visit.met.update(review.pk for review, _ in pairs)
    changed = really_changed(pairs, visit.client)
    tainted = {review.pk for review, _ in changed}
    wrong = []
    with_votes = _with_votes(pairs)
    results = record_tasks(with_votes, visit.people, summary, visit.client.user_id, tainted=tainted)
    for (review, task), (_, reading) in zip(with_votes, results, strict=True):
        _tell_strangers(review, task, reading.strangers, visit)
        if reading.needs_repair and _repaired(review, task, reading, visit, is_last):
            wrong.append((review, visit.client.task(project.remote_id, task.id) or task))
    if wrong:
        lost = visit.repairs.lost
        record_tasks(wrong, visit.people, summary, visit.client.user_id, tainted=tainted, lost=lost)
    _note_overlaps(pairs)
    if changed:
        restore_data(project, visit.client, changed)


def _with_votes(pairs: Sequence[tuple[Review, RemoteTask]]) -> list[tuple[Review, RemoteTask]]:
    """Those with anything to compare."""
    bare = [review.pk for review, task in pairs if not task.annotations]
    voted = set(Vote.objects.filter(review__in=bare).values_list("review_id", flat=True)) if bare else set()
    return [(review, task) for review, task in pairs if task.annotations or review.pk in voted]


def _repaired(review: Review, task: RemoteTask, reading: Reading, visit: _Visit, is_last: bool) -> bool:
    """Put right what a reading found wrong; whether there was anything to do now."""
    is_fresh = task.updated_at is None or visit.started is None or task.updated_at > visit.started - GRACE
    if reading.missing and is_fresh and not is_last and not visit.repairs.is_older:
        visit.fresh.append(task.id)
        reading.missing = []
    if reading.needs_repair:
        repair(review, task, reading, visit.repairs)
        return True
    return False


def _look_again(visit: _Visit, moved: list[int]) -> None:
    """Votes that went missing a moment ago: taken back through us, as we know by now, or behind our back."""
    if visit.fresh:
        time.sleep(GRACE.total_seconds())
    found = [visit.client.task(visit.project.remote_id, number) for number in {*visit.fresh, *moved}]
    if there := [task for task in found if task is not None]:
        _record(there, visit, is_last=True)


def _tell_strangers(review: Review, task: RemoteTask, annotations: list[int], visit: _Visit) -> None:
    for number in annotations:
        report(
            visit.project.server,
            IncidentKind.TASK_FOREIGN,
            f"annotation {number}",
            f"Annotation {number} on task {task.id} of {visit.project.title} is by nobody of ours.",
            nation_id=review.nation_id,
        )


def _tie_unrecorded(tasks: Sequence[RemoteTask], project: StudioProject) -> None:
    """A push may not have written down its tasks yet when they are met here."""
    task_of = {task.key: task.id for task in reversed(tasks) if _is_uuid(task.key)}
    without = Q(status=ReviewStatus.QUEUED) | Q(status=ReviewStatus.DISPUTED, remote_task_id=None)
    waiting = Review.objects.filter(without, project=project, key__in=task_of)
    if rows := [(review, task_of[str(review.key)]) for review in waiting]:
        tie_to_tasks(rows, project, actor_name=_SERVICE)


def _was_ours(task: RemoteTask, review: Review) -> bool:
    """Whether a task with another key than its review's is that review's, changed: no other has its key."""
    return not _is_uuid(task.key) or not Review.objects.filter(key=task.key).exclude(pk=review.pk).exists()


def _note_overlaps(pairs: Sequence[tuple[Review, RemoteTask]]) -> None:
    """What Label Studio collects, where it is not what it was told."""
    for review, task in pairs:
        if task.overlap is not None and task.overlap != review.remote_overlap:
            Review.objects.filter(pk=review.pk).update(remote_overlap=task.overlap)


def _sync_overlaps(server: StudioServer, client: StudioClient, summary: PullSummary) -> None:
    try:
        sync_overlaps(server, client)
    except StudioUnavailableError:
        raise
    except StudioError as error:
        summary.problems.append(f"how many votes are wanted was not told: {error}")


def _accounts(server: StudioServer) -> dict[int, int]:
    """Ids there of people's newest accounts, by user id."""
    rows = StudioAccount.objects.filter(server=server, installation=server.installation).order_by("pk")
    return dict(rows.values_list("person__user", "remote_id"))


def _is_uuid(key: str) -> bool:
    try:
        return str(UUID(key)) == key
    except ValueError:
        return False
