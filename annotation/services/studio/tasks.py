"""Tasks in Label Studio that are not as we left them: foreign, double, changed, gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from annotation.label_studio.client import RemoteTask, StudioClient
from annotation.label_studio.errors import StudioError, StudioFailingError, StudioUnavailableError
from annotation.label_studio.tasks import to_task
from annotation.models import IncidentKind, Review, ReviewStatus, SetAside, StudioProject, Vote
from annotation.services.reviews.drafts import RELATED, task_drafts
from annotation.services.studio.incidents import report
from annotation.services.studio.losses import forget_tasks
from annotation.services.studio.seals import is_genuine, sealed, unsealed
from annotation.services.votes.recording import VoteSummary, record_tasks, voters

_SHOWN = 20  # ids named in an incident
_FEW = 50  # tasks looked for one by one


def task_of(review: Review) -> dict[str, Any]:
    """The task of a review as it would be sent now, sealed; load it with ``select_related(*RELATED)``."""
    return sealed(to_task(task_drafts([review])[0]))


def really_changed(
    pairs: Sequence[tuple[Review, RemoteTask]], client: StudioClient
) -> list[tuple[Review, RemoteTask]]:
    """Those whose question is not as we would send it. Where only the seal is not ours (our secret key was
    changed), the task is sealed anew."""
    suspect = [(r, task) for r, task in pairs if task.data is not None and not is_genuine(task.data)]
    rows = Review.objects.filter(pk__in=[r.pk for r, _ in suspect]).select_related(*RELATED).in_bulk()
    changed = []
    for review, task in suspect:
        ours = task_of(rows[review.pk])["data"]
        if unsealed(task.data or {}) == unsealed(ours):
            client.change_task(task.id, data=ours)
        else:
            changed.append((review, task))
    return changed


def restore_data(
    project: StudioProject,
    client: StudioClient,
    changed: Sequence[tuple[Review, RemoteTask]],
) -> None:
    """Tasks whose question was changed get their own back. Call when votes on them were written down."""
    ids = [review.pk for review, _ in changed]
    rows = Review.objects.filter(pk__in=ids).select_related(*RELATED).in_bulk()
    for review, task in changed:
        refusal = ""
        try:
            client.change_task(task.id, data=task_of(rows[review.pk])["data"])
        except (StudioUnavailableError, StudioFailingError):
            raise
        except StudioError as error:
            refusal = f" It could not be changed back: {error}"
        waits = refusal or Vote.objects.filter(review=review, set_aside=SetAside.CHANGED).exists()
        report(
            project.server,
            IncidentKind.TASK_CHANGED,
            f"task {task.id} of {project.title}",
            f"The question of review {review.pk} was changed in Label Studio. Votes given on it "
            f"meanwhile are set aside.{refusal}",
            nation_id=project.nation_id,
            resolution="" if waits else "Changed back; nobody had voted on it meanwhile.",
        )


def settle_strangers(
    project: StudioProject, client: StudioClient, tasks: Sequence[RemoteTask], summary: VoteSummary
) -> list[int]:
    """Tasks that are no review's: a second task of a review of ours ends, others are told of.

    Returns the tasks that votes on ended ones have to be put on.
    """
    moved: list[int] = []
    by_key = {str(r.key): r for r in Review.objects.filter(project=project, key__in=_keys(tasks))}
    foreign: list[RemoteTask] = []
    for task in tasks:
        review = by_key.get(task.key)
        if review is None:
            foreign.append(task)
        elif review.remote_task_id != task.id:
            moved += _end_twin(project, client, review, task, summary)
    if foreign:
        named = ", ".join(str(task.id) for task in foreign[:_SHOWN])
        summary.problems.extend(
            f"task {task.id} of {project.title} is none of ours; its votes are ignored"
            for task in foreign
            if task.annotations
        )
        report(
            project.server,
            IncidentKind.TASK_FOREIGN,
            f"project {project.title}",
            f"{len(foreign)} tasks are none of ours and are ignored: {named}. Delete them in Label Studio.",
            nation_id=project.nation_id,
        )
    return moved


def missing_tasks(
    project: StudioProject, client: StudioClient, unmet: Mapping[int, int], *, is_older: bool
) -> int:
    """Task ids by review, of tasks that were not met: reviews whose task is really gone are queued again;
    returns how many.

    A task that is gone under its id but there under its key is found by the next push.
    """
    gone = dict(unmet)
    if len(gone) <= _FEW:
        keys = {str(row.pk): str(row.key) for row in Review.objects.filter(pk__in=gone)}
        found = {pk: client.task(project.remote_id, task_id) for pk, task_id in gone.items()}
        gone = {pk: gone[pk] for pk, task in found.items() if task is None or task.key != keys.get(str(pk))}
    if not gone:
        return 0
    again = forget_tasks(Review.objects.filter(project=project, remote_task_id__in=gone.values()))
    if not is_older and again:
        named = ", ".join(str(number) for number in sorted(gone.values())[:_SHOWN])
        report(
            project.server,
            IncidentKind.TASK_GONE,
            f"project {project.title}",
            f"{len(gone)} tasks were deleted in Label Studio: {named}.",
            nation_id=project.nation_id,
            resolution="The next push makes those still open anew, with the votes given on them.",
        )
    return again


def _end_twin(
    project: StudioProject,
    client: StudioClient,
    review: Review,
    twin: RemoteTask,
    summary: VoteSummary,
) -> list[int]:
    """A review's second task, of an import that came through late: votes on it are written down as the
    review's, then it ends; returns the task they have to be put on."""
    if review.status == ReviewStatus.QUEUED or review.remote_task_id is None:
        return []  # its task is not known yet: the next push decides which stays
    if twin.annotations:
        record_tasks([(review, twin)], voters(project.server), summary, None)
        ids = [annotation.get("id") for annotation in twin.annotations]
        review.votes.filter(remote_annotation_id__in=ids).update(
            remote_annotation_id=None, remote_created_at=None
        )
    client.delete_task(twin.id)
    return [int(review.remote_task_id)] if twin.annotations else []


def _keys(tasks: Sequence[RemoteTask]) -> list[str]:
    keys = []
    for task in tasks:
        try:
            keys.append(str(UUID(task.key)))
        except ValueError:
            continue
    return keys
