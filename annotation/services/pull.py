"""Pull: what changed in Label Studio becomes votes. Enough alone; hooks only hasten it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from annotation.label_studio.client import RemoteTask, StudioClient, StudioError, StudioUnavailableError
from annotation.models import Review, ReviewStatus, StudioProject, Vote
from annotation.services.reviews import close_stale_reviews, tie_to_tasks
from annotation.services.votes import VoteSummary, record_task, voters

# A change is stamped before it is committed: look back far enough to meet those that were in between.
OVERLAP = timedelta(seconds=30)
_SERVICE = "pull_reviews"
_BATCH = 200

Progress = Callable[[str, int], None]


@dataclass(slots=True)
class PullSummary(VoteSummary):
    """What a pull did, over all projects."""

    tasks: int = 0  # changed tasks read
    closed: int = 0  # reviews no longer needed
    requeued: int = 0  # reviews whose task was deleted in Label Studio


def pull_reviews(
    *, client: StudioClient, full: bool = False, progress: Progress | None = None
) -> PullSummary:
    """Read changed tasks of every project of ours, write their votes, settle what has enough of them.

    ``full`` reads all tasks and queues again the reviews whose task is gone. A project's watermark moves only
    when all of it was read, so a pull that was stopped is simply repeated.
    Raises :class:`StudioUnavailableError` when the server cannot be reached.
    """
    summary = PullSummary()
    for project in StudioProject.objects.select_related("server"):
        try:
            _pull_project(project, client, full, summary, progress)
        except StudioUnavailableError:
            raise
        except StudioError as error:
            summary.problems.append(f"{project.title} was not read: {error}")
    summary.closed = close_stale_reviews()
    return summary


def pull_tasks(task_ids: Iterable[int], *, client: StudioClient) -> PullSummary:
    """Read the named tasks only; ids that are none of ours are ignored. Leaves the watermarks alone."""
    summary = PullSummary()
    reviews = Review.objects.filter(remote_task_id__in=set(task_ids), project__isnull=False)
    for review in reviews.select_related("project__server"):
        task = client.task(review.project.remote_id, review.remote_task_id)
        if task is not None:
            _record([task], review.project, summary)
    return summary


def tasks_of_annotations(annotation_ids: Iterable[int]) -> list[int]:
    """Tasks on which these annotations were votes: news of a deletion names annotations only."""
    votes = Vote.objects.filter(remote_annotation_id__in=set(annotation_ids))
    return [pk for pk in votes.values_list("review__remote_task_id", flat=True).distinct() if pk is not None]


def _pull_project(
    project: StudioProject,
    client: StudioClient,
    full: bool,
    summary: PullSummary,
    progress: Progress | None,
) -> None:
    started = client.clock()
    since = None if full or project.pulled_until is None else project.pulled_until - OVERLAP
    pushed = Review.objects.filter(project=project, status=ReviewStatus.PUSHED)
    expected = dict(pushed.values_list("remote_task_id", "pk")) if full else {}
    done = 0
    for batch in _batches(client.changed_tasks(project.remote_id, since)):
        _record(batch, project, summary)
        for task in batch:
            expected.pop(task.id, None)
        done += len(batch)
        if progress is not None:
            progress(project.title, done)
    summary.requeued += _requeue(list(expected.values()))
    StudioProject.objects.filter(pk=project.pk).update(pulled_until=started)


def _record(tasks: list[RemoteTask], project: StudioProject, summary: PullSummary) -> None:
    people = voters(project.server)
    summary.tasks += len(tasks)
    _tie_unrecorded(tasks, project)
    ids = [task.id for task in tasks]
    reviews = {
        int(review.remote_task_id or 0): review
        for review in Review.objects.filter(project=project, remote_task_id__in=ids).prefetch_related("votes")
    }
    for task in tasks:
        review = reviews.get(task.id)
        if review is None or str(review.key) != task.key:
            if task.annotations:
                summary.problems.append(
                    f"task {task.id} of {project.title} is none of ours; its votes are ignored"
                )
        elif task.annotations or review.votes.all():
            record_task(review, task, people, summary)


def _tie_unrecorded(tasks: list[RemoteTask], project: StudioProject) -> None:
    """A push may not have written down its tasks yet when the first votes on them arrive."""
    task_of = {task.key: task.id for task in reversed(tasks) if task.annotations and _is_uuid(task.key)}
    waiting = Review.objects.filter(project=project, status=ReviewStatus.QUEUED, key__in=task_of)
    tie_to_tasks([(review, task_of[str(review.key)]) for review in waiting], project, actor_name=_SERVICE)


def _is_uuid(key: str) -> bool:
    try:
        return str(UUID(key)) == key
    except ValueError:
        return False


def _requeue(review_ids: list[int]) -> int:
    """Queue again reviews whose task no longer exists; the next push looks for it before it makes another."""
    return sum(
        Review.objects.filter(pk__in=review_ids[start : start + _BATCH], status=ReviewStatus.PUSHED).update(
            status=ReviewStatus.QUEUED, remote_task_id=None
        )
        for start in range(0, len(review_ids), _BATCH)
    )


def _batches(tasks: Iterable[RemoteTask]) -> Iterable[list[RemoteTask]]:
    batch: list[RemoteTask] = []
    for task in tasks:
        batch.append(task)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
