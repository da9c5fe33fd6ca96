"""How much there is of what: counts per nation and step, and what waits for people."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from annotation.lifecycle import DecisionStatus, StatementStatus
from annotation.models import (
    Conflict,
    Decision,
    Document,
    ProjectKind,
    Review,
    ReviewStatus,
    Statement,
    Topic,
    Triple,
    Vote,
)
from pipeline.records import Relation

_KEEP = 30  # seconds a front page may lag behind


def steps_by_nation() -> dict[str, dict[str, int]]:
    """Step to nation code to number of rows, at most half a minute old."""
    return cache.get_or_set("overview", _count_steps, _KEEP)


def open_reviews(user: Any) -> list[dict[str, Any]]:
    """Per nation and kind of project of a person: reviews with people, those still without this person's
    vote, and those waiting to be sent; in the order of the flow."""
    own = Vote.objects.standing().filter(review=OuterRef("pk"), annotator=user)
    pushed = Q(status=ReviewStatus.PUSHED)
    rows = (
        Review.objects.for_user(user)
        .filter(status__in=[ReviewStatus.QUEUED, ReviewStatus.PUSHED])
        .annotate(is_answered=Exists(own))
        .order_by()
        .values("nation", "nation__name", "kind")
        .annotate(
            pushed=Count("pk", filter=pushed),
            mine=Count("pk", filter=pushed & Q(is_answered=False)),
            queued=Count("pk", filter=Q(status=ReviewStatus.QUEUED)),
        )
    )
    order = list(ProjectKind)
    return sorted(rows, key=lambda row: (row["nation"], order.index(row["kind"])))


def _count_steps() -> dict[str, dict[str, int]]:
    gone = [StatementStatus.REJECTED, StatementStatus.SUPERSEDED]
    waiting = [DecisionStatus.OPEN, DecisionStatus.ASKED, DecisionStatus.DISPUTED]
    rows: dict[str, QuerySet[Any]] = {
        "documents": Document.objects.originals(),
        "topics": Topic.objects.current(),
        "statements": Statement.objects.exclude(status__in=gone),
        "conflicts": Conflict.objects.filter(relation=Relation.CONTRADICTION),
        "triples": Triple.objects.filter(revised_by=None),
        "gold": Statement.objects.filter(status=StatementStatus.APPROVED),
        "waiting": Decision.objects.filter(status__in=waiting),
    }
    return {
        step: dict(found.order_by().values_list("nation").annotate(number=Count("pk")))
        for step, found in rows.items()
    }
