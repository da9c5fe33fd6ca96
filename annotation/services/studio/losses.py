"""What to forget of a Label Studio that has lost something: ids there. Never a vote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from django.db import transaction
from django.db.models import QuerySet

from annotation.models import Review, ReviewStatus, StudioAccount, StudioProject, StudioServer, Vote

# Ids that no Label Studio gives: of projects that are to be made anew. Unique per server, as ids have to be.
_VOID = 2**62
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many open tasks and votes have no counterpart any more."""

    tasks: int
    votes: int


def is_void(project: StudioProject) -> bool:
    """Whether a project has to be made anew before it can be used."""
    return project.remote_id >= _VOID


@transaction.atomic
def forget_everything(server: StudioServer) -> Forgotten:
    """The server is empty or another one: nothing of what we knew there is there."""
    reviews = Review.objects.filter(project__server=server)
    tasks = reviews.filter(status__in=[ReviewStatus.PUSHED, ReviewStatus.DISPUTED]).count()
    votes = Vote.objects.filter(review__project__server=server, is_withdrawn=False).count()
    for project in server.projects.all():
        void_project(project)
    server.installation, server.beat, server.fully_pulled_at = uuid4(), 0, None
    server.save(update_fields=["installation", "beat", "fully_pulled_at"])
    return Forgotten(tasks, votes)


@transaction.atomic
def void_project(project: StudioProject) -> int:
    """The project is gone there, with all its tasks; returns how many reviews are to be sent again."""
    StudioProject.objects.filter(pk=project.pk).update(
        remote_id=_VOID + project.pk, pulled_until=None, config_digest=""
    )
    project.refresh_from_db()
    return forget_tasks(Review.objects.filter(project=project))


@transaction.atomic
def forget_tasks(reviews: QuerySet[Review]) -> int:
    """The tasks of ``reviews`` are gone there; returns how many of them are to be made anew.

    Votes stay as they are: they are put on the new task. A disputed review stays with its curator.
    """
    ids = list(reviews.values_list("pk", flat=True))
    again = 0
    for start in range(0, len(ids), _BATCH):
        batch = Review.objects.filter(pk__in=ids[start : start + _BATCH])
        Vote.objects.filter(review__in=batch).update(remote_annotation_id=None, remote_created_at=None)
        open_ones = batch.filter(status__in=[ReviewStatus.PUSHED, ReviewStatus.DISPUTED])
        again += open_ones.count()
        batch.filter(status=ReviewStatus.PUSHED).update(status=ReviewStatus.QUEUED, remote_task_id=None)
        batch.update(remote_task_id=None, remote_overlap=None)
    return again


def forget_accounts(server: StudioServer, there: Mapping[int, str]) -> int:
    """Forget accounts that are not there, or whose id is another's; returns how many."""
    rows = StudioAccount.objects.filter(server=server, installation=server.installation)
    gone = [row.pk for row in rows if there.get(row.remote_id, "").casefold() != row.address.casefold()]
    return StudioAccount.objects.filter(pk__in=gone).delete()[0]
