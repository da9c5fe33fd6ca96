"""What an operator has to know of the Label Studios, in plain words, and what an operator may do."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db import transaction
from django.db.models import Count, Q

from annotation.label_studio.errors import StudioError
from annotation.models import (
    IncidentKind,
    Review,
    ReviewStatus,
    ServerState,
    StudioIncident,
    StudioServer,
    Vote,
)
from annotation.services.locks import BusyError
from annotation.services.studio.incidents import close
from annotation.services.studio.pull import pull_reviews
from annotation.services.studio.push import MAX_ATTEMPTS
from annotation.services.studio.servers import server_name, studio_client, studio_servers
from annotation.services.studio.watch import check_server
from annotation.services.votes.recording import accept_vote

_SHOWN = 50
_CHECK, _PULL = 10.0, 30.0  # seconds a call, while a person waits

# State: what is wrong, what happens by itself, what to do.
STATES: dict[str, tuple[str, str, str]] = {
    ServerState.UNKNOWN: ("It was not asked yet.", "The next push or pull asks it.", ""),
    ServerState.WELL: ("Nothing.", "", ""),
    ServerState.SLOW: (
        "It answers, but slowly.",
        "Work goes on; every call takes longer.",
        "See what else runs on its machine, and whether its disk is full.",
    ),
    ServerState.FAILING: (
        "It answers that it has failed.",
        "Nothing is lost: every push and pull tries again.",
        "Read its log; restart it.",
    ),
    ServerState.DOWN: (
        "It cannot be reached, or does not accept our key.",
        "Nothing is lost: every push and pull tries again.",
        "Start it; see that LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY are right.",
    ),
    ServerState.LOST: (
        "It has lost everything, or another Label Studio stands in its place.",
        "All votes still count. Accounts, projects and open tasks are made anew, with votes given on them.",
        "Run push_reviews. If another Label Studio answers by mistake, put the right address back first.",
    ),
    ServerState.RESTORED: (
        "It was restored from an older backup.",
        "Everything is read, and what the backup does not have is put back.",
        "Run pull_reviews, then push_reviews.",
    ),
}

# Kind of incident: what to do about one that is open. What is wrong and was done stands in its detail.
ADVICE: dict[str, str] = {
    IncidentKind.SLOW: "It closes by itself when the server is quick again.",
    IncidentKind.FAILING: "It closes by itself when the server answers again.",
    IncidentKind.DOWN: "It closes by itself when the server answers again.",
    IncidentKind.LOST: "Run push_reviews; it closes when all open tasks are made.",
    IncidentKind.RESTORED: "Run pull_reviews; it closes when everything was read.",
    IncidentKind.PROJECT_GONE: "Run push_reviews, which makes the project anew.",
    IncidentKind.PROJECT_CHANGED: "Ask who changed it: nobody but NaVAB has business there.",
    IncidentKind.TASK_GONE: "Run push_reviews, which makes the tasks anew.",
    IncidentKind.TASK_CHANGED: "Look at the votes set aside below; let those count that fit the question.",
    IncidentKind.TASK_FOREIGN: "Delete it in Label Studio, then mark this as settled.",
    IncidentKind.VOTE_GONE: "The vote could not be put back: pull again, or let it count below.",
    IncidentKind.VOTE_CHANGED: "The vote could not be changed back: pull again.",
    IncidentKind.VOTE_FORGED: "Ask the annotator. Let the vote count if it is genuine; else mark as settled.",
}


def overview(user: Any) -> dict[str, Any]:
    """Servers with their state, queues and incidents, and what waits for an operator."""
    studio_servers()
    queues = _queues(user)
    open_ones, closed = _incidents(user)
    servers = [
        {
            "row": server,
            "words": STATES[server.state],
            "queue": queues.get(server.name, {}),
            "open": open_ones[server.pk],
            "closed": closed[server.pk],
        }
        for server in StudioServer.objects.for_user(user)
    ]
    failing = Review.objects.for_user(user).exclude(error="").exclude(status=ReviewStatus.CLOSED)
    aside = Vote.objects.for_user(user).exclude(set_aside="").filter(is_withdrawn=False)
    return {
        "servers": servers,
        "failing": list(failing.select_related("nation").order_by("-attempts", "pk")[:_SHOWN]),
        "failing_count": failing.count(),
        "most_attempts": MAX_ATTEMPTS,
        "aside": list(aside.select_related("review", "annotator__person").order_by("-pk")[:_SHOWN]),
        "aside_count": aside.count(),
    }


def check_now(server: StudioServer) -> str:
    """See how a server is; what to tell."""
    try:
        health = check_server(server, studio_client(server.name, timeout=_CHECK))
    except StudioError as error:
        return f"{server}: {error}"
    return f"{server}: {health.state}"


def pull_now(server: StudioServer) -> str:
    """Read everything of a server; what to tell."""
    try:
        client = studio_client(server.name, timeout=_PULL)
        found = pull_reviews(client=client, server=server, full=True)
    except (StudioError, BusyError) as error:
        return f"{server}: {error}"
    return (
        f"{server}: {found.tasks} tasks read, {found.created} new votes, {found.updated} changed, "
        f"{found.restored} put back, {found.set_aside} set aside, {found.requeued} to be sent again, "
        f"{len(found.problems)} problems"
    )


def settle_incident(incident: StudioIncident, user: Any) -> str:
    """An operator has seen to an incident."""
    if incident.resolved_at is None:
        close(incident, f"Marked as settled by {user}.")
    return f"{incident}: settled"


@transaction.atomic
def let_count(vote: Vote, user: Any) -> str:
    """An operator lets a vote count that was set aside. Raises ``ValueError`` when it cannot."""
    accept_vote(vote)
    for incident in StudioIncident.objects.filter(subject=f"vote {vote.pk}", resolved_at=None):
        close(incident, f"{user} let the vote count.")
    return f"Vote {vote.pk} counts."


def try_again(review: Review) -> str:
    """Have a task that was refused too often sent once more."""
    Review.objects.filter(pk=review.pk).update(attempts=0, error="")
    return f"Review {review.pk} is sent with the next push."


def _queues(user: Any) -> dict[str, dict[str, int]]:
    """Numbers of reviews by name of server."""
    rows = (
        Review.objects.for_user(user)
        .exclude(status=ReviewStatus.CLOSED)
        .order_by()
        .values("nation")
        .annotate(
            queued=Count("pk", filter=Q(status=ReviewStatus.QUEUED)),
            pushed=Count("pk", filter=Q(status=ReviewStatus.PUSHED)),
            disputed=Count("pk", filter=Q(status=ReviewStatus.DISPUTED)),
            failing=Count("pk", filter=~Q(error="")),
        )
    )
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        queue = found.setdefault(server_name(row.pop("nation")), {})
        for name, count in row.items():
            queue[name] = queue.get(name, 0) + count
    return found


def _incidents(
    user: Any,
) -> tuple[dict[int, list[tuple[StudioIncident, str]]], dict[int, list[StudioIncident]]]:
    """Open ones with advice, and the last that are over, by server."""
    rows = StudioIncident.objects.for_user(user)
    waiting: dict[int, list[tuple[StudioIncident, str]]] = defaultdict(list)
    over: dict[int, list[StudioIncident]] = defaultdict(list)
    for row in rows.filter(resolved_at=None)[: _SHOWN * 4]:
        waiting[row.server_id].append((row, ADVICE[row.kind]))
    for row in rows.exclude(resolved_at=None)[:_SHOWN]:
        over[row.server_id].append(row)
    return waiting, over
