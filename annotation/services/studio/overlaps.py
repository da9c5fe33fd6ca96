"""How many votes Label Studio collects on each task: more after disagreement, no more after the verdict."""

from __future__ import annotations

from django.db.models import Count, F, Q

from annotation.label_studio.client import StudioClient
from annotation.models import Review, ReviewStatus, StudioServer

_NOT_CANCELLED = Q(votes__is_withdrawn=False) & ~Q(votes__is_skipped=True, votes__reason="")


def sync_overlaps(server: StudioServer, client: StudioClient) -> int:
    """Tell Label Studio where the votes wanted differ from what it was last told; returns on how many tasks.

    Written down task by task, so that it may be stopped. Raises :class:`StudioError` when one is refused.
    """
    rows = (
        Review.objects.filter(project__server=server, remote_task_id__isnull=False)
        .annotate(given=Count("votes", filter=_NOT_CANCELLED))
        .values_list(
            "pk", "remote_task_id", "remote_overlap", "status", "votes_required", "votes_wanted", "given"
        )
    )
    told = 0
    for pk, task_id, overlap, status, required, asked, given in list(rows.filter(_may_differ())):
        wanted = max(1, given) if status == ReviewStatus.CLOSED else asked or required
        if wanted != overlap:
            # Label Studio looks at this mark before it counts, and does not set it when the number changes.
            client.change_task(task_id, overlap=wanted, is_labeled=given >= wanted)
            Review.objects.filter(pk=pk).update(remote_overlap=wanted)
            told += 1
    return told


def _may_differ() -> Q:
    return (
        Q(remote_overlap=None)
        | Q(status=ReviewStatus.CLOSED)
        | (Q(votes_wanted=0) & ~Q(remote_overlap=F("votes_required")))
        | (Q(votes_wanted__gt=0) & ~Q(remote_overlap=F("votes_wanted")))
    )
