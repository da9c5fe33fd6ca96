"""Which conflict groups wait for a curator, the least certain first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Case, Count, F, IntegerField, Min, Q, Value, When

from annotation.models import ConflictGroup, ConflictSide, Statement
from annotation.models.base import NationQuerySet
from annotation.services.conflicts.bench import PENDING


def current_groups(rows: NationQuerySet) -> NationQuerySet:
    """The current ones of ``rows`` with ``n_statements`` and ``n_open`` edges, undecided first, the least
    certain split first."""
    ours = Q(sides__statement__conflicts_as_first__second__conflict_sides__group=F("pk"))
    is_open = Q(sides__statement__conflicts_as_first__decisions__status__in=list(PENDING))
    opened = Count("sides__statement__conflicts_as_first__decisions", filter=ours & is_open, distinct=True)
    return (
        rows.filter(is_current=True)
        .select_related("nation")
        .annotate(n_statements=Count("sides", distinct=True), n_open=opened)
        .annotate(rank=Case(When(n_open__gt=0, then=Value(0)), default=Value(1), output_field=IntegerField()))
        .order_by("rank", F("margin") - F("frustration"), "-n_statements", "pk")
    )


def examples(groups: Iterable[ConflictGroup]) -> dict[int, dict[int, Statement]]:
    """The oldest statement of each side, by group and side."""
    rows = ConflictSide.objects.filter(group__in=[group.pk for group in groups]).order_by()
    oldest = {
        (row["group"], row["side"]): row["oldest"]
        for row in rows.values("group", "side").annotate(oldest=Min("statement"))
    }
    statements = Statement.objects.in_bulk(oldest.values())
    found: dict[int, dict[int, Statement]] = defaultdict(dict)
    for (group, side), pk in oldest.items():
        found[group][side] = statements[pk]
    return found
