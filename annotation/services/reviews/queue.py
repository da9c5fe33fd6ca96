"""Reviews: which decisions people are asked about, and when asking is over."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from annotation.lifecycle import DecisionStatus, StatementStatus
from annotation.models import (
    Decision,
    DecisionKind,
    Event,
    ProjectKind,
    Review,
    ReviewPurpose,
    ReviewStatus,
    StudioProject,
)
from annotation.models.decision import PEOPLE, DecisionQuerySet
from annotation.models.review import PROJECT_OF
from annotation.services.decisions.recording import mark_asked
from annotation.services.decisions.routing import policy_for, routing_policies
from annotation.services.reviews.priorities import priorities

_SERVICE = "reviews"
_BATCH = 500
# What moving a decision and the statement of its triple takes of them.
_MOVED = (
    "decision__status",
    "decision__nation",
    "decision__triple__statement__status",
    "decision__triple__statement__nation",
)
_S = StatementStatus
# Statements that a question may still be about. A contested or set-aside one is no candidate for gold, and
# screening may itself be what rejected the statement: that is the very thing an audit looks at.
_ASKABLE = {
    DecisionKind.STATEMENT_SCREENING: ("statement", [*(set(_S) - {_S.SUPERSEDED})]),
    DecisionKind.ATTRIBUTION: (
        "statement",
        [_S.EXTRACTED, _S.CANDIDATE, _S.CONTESTED, _S.IN_REVIEW, _S.APPROVED],
    ),
    DecisionKind.TRIPLE: ("triple__statement", [_S.CANDIDATE, _S.IN_REVIEW, _S.APPROVED]),
}


def _askable() -> dict[DecisionKind, tuple[str, list[StatementStatus]]]:
    """With the ablation, triples of what is contested or was set aside are asked about, too."""
    if not settings.NAVAB_ABLATION:
        return _ASKABLE
    path, statuses = _ASKABLE[DecisionKind.TRIPLE]
    return {**_ASKABLE, DecisionKind.TRIPLE: (path, [*statuses, _S.CONTESTED, _S.SET_ASIDE])}


def waiting_decisions(*, nation: str | None = None, kind: str | None = None) -> DecisionQuerySet:
    """Decisions people have to be asked about and have not been: uncertain or audited, about a live row.

    ``kind`` is a kind of project.
    """
    dead = [StatementStatus.REJECTED, StatementStatus.SUPERSEDED]
    about_live = Q(kind=DecisionKind.TOPIC_SCREENING, topic__is_current=True) | (
        Q(kind=DecisionKind.CONFLICT)
        & ~Q(conflict__first__status__in=dead)
        & ~Q(conflict__second__status__in=dead)
    )
    for decision_kind, (path, statuses) in _askable().items():
        about_live |= Q(kind=decision_kind, **{f"{path}__status__in": statuses})
    found = Decision.objects.filter(_is_for_people() & about_live, review=None)
    if nation:
        found = found.filter(nation=nation)
    if kind:
        found = found.filter(kind__in=[name for name, project in PROJECT_OF.items() if project == kind])
    return found


def request_reviews(decisions: Iterable[Decision], *, actor: Any = None, actor_name: str = "") -> int:
    """Queue decisions that are uncertain or audited for people; returns how many were not queued before.

    Others (settled and not audited, or asked already) are left alone. Each gets an event with the actor.
    """
    rows = decisions.iterator(_BATCH) if isinstance(decisions, DecisionQuerySet) else decisions
    made, batch = 0, list[Decision]()
    for decision in rows:
        batch.append(decision)
        if len(batch) == _BATCH:
            made += _request_batch(batch, actor, actor_name)
            batch = []
    return made + _request_batch(batch, actor, actor_name)


@transaction.atomic
def tie_to_tasks(
    sent: Iterable[tuple[Review, int]],
    project: StudioProject,
    *,
    actor_name: str,
    overlap: int | None = None,
) -> None:
    """Reviews without a task have one in Label Studio now; decisions of queued ones are with people.

    ``overlap``: how many votes Label Studio collects on each, where known.
    """
    task_of = {review.pk: task_id for review, task_id in sent}
    without = Q(status=ReviewStatus.QUEUED) | Q(status=ReviewStatus.DISPUTED, remote_task_id=None)
    reviews = list(
        Review.objects.filter(without, pk__in=task_of)
        .select_related("decision__triple__statement")
        .only("status", *_MOVED)
        .select_for_update(of=("self", "decision"))
    )
    # No two tasks of a server share an id: who held one of these before has lost that task, and is asked
    # again. It may be another project's, when the server was restored from a backup.
    losers = Review.objects.filter(project__server=project.server_id, remote_task_id__in=task_of.values())
    losers = losers.exclude(pk__in=task_of)
    losers.filter(status=ReviewStatus.PUSHED).update(status=ReviewStatus.QUEUED, remote_task_id=None)
    losers.update(remote_task_id=None)
    with connection.cursor() as cursor:
        # A third of the time of a push went into bulk_update's expressions, one for each row.
        cursor.executemany(
            "UPDATE annotation_review SET remote_task_id = %s WHERE id = %s",
            [(task_of[review.pk], review.pk) for review in reviews],
        )
    tied = Review.objects.filter(pk__in=[review.pk for review in reviews])
    tied.update(project=project, remote_overlap=overlap, error="", attempts=0)
    queued = [review for review in reviews if review.status == ReviewStatus.QUEUED]
    Review.objects.filter(pk__in=[review.pk for review in queued]).update(status=ReviewStatus.PUSHED)
    mark_asked((review.decision for review in queued), actor_name=actor_name)


def close_stale_reviews() -> int:
    """Close reviews whose decision another has superseded; returns how many."""
    return (
        Review.objects.filter(decision__status=DecisionStatus.SUPERSEDED)
        .exclude(status=ReviewStatus.CLOSED)
        .update(status=ReviewStatus.CLOSED)
    )


def votes_needed(nation_id: str, kind: ProjectKind) -> int:
    """Most votes any decision of a project may need: what Label Studio collects for each task."""
    policies = routing_policies()
    return max(
        policy_for(policies, nation_id, decision_kind).votes_required
        for decision_kind, project in PROJECT_OF.items()
        if project == kind
    )


def _is_for_people() -> Q:
    audited = Q(status=DecisionStatus.SETTLED, is_audit=True) & ~Q(judge_type__in=list(PEOPLE))
    return Q(status=DecisionStatus.OPEN) | audited


@transaction.atomic
def _request_batch(batch: list[Decision], actor: Any, actor_name: str) -> int:
    ids = [decision.pk for decision in batch]
    fresh = list(
        Decision.objects.filter(_is_for_people(), pk__in=ids, review=None).select_related(
            "statement", "triple__statement", "conflict"
        )
    )
    policies = routing_policies()
    worth = priorities(fresh)
    reviews = [
        Review(
            decision=decision,
            nation_id=decision.nation_id,
            kind=PROJECT_OF[DecisionKind(decision.kind)],
            key=uuid4(),
            votes_required=policy_for(policies, decision.nation_id, decision.kind).votes_required,
            priority=worth[decision.pk],
            purpose=ReviewPurpose.AUDIT if decision.is_audit else ReviewPurpose.QUESTION,
        )
        for decision in fresh
    ]
    Review.objects.bulk_create(reviews)
    Event.objects.bulk_create(
        Event(
            nation_id=review.nation_id,
            decision=review.decision,
            old=review.decision.status,
            new=review.decision.status,
            actor=actor,
            actor_name=actor_name or (str(actor) if actor is not None else _SERVICE),
            note="queued for people",
        )
        for review in reviews
    )
    return len(reviews)
