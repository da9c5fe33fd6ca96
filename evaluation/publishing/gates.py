"""Source-balance gates: what a release measures, what it must satisfy, and which rows stand in the way."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from math import ceil
from typing import Any, NamedTuple, Protocol

from evaluation.publishing.content import Slice
from evaluation.publishing.dates import year_of
from evaluation.publishing.recipe import Gates


class Measured(Protocol):
    """What gates read of an item; a ``ReleaseRow`` is one."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def nation(self) -> str: ...  # noqa: D102
    @property
    def source_type(self) -> str: ...  # noqa: D102
    @property
    def outlet(self) -> str: ...  # noqa: D102
    @property
    def published(self) -> str: ...  # noqa: D102


MAX_OUTLET_SHARE, MAX_YEAR_SHARE = "max_outlet_share", "max_year_share"
MIN_ITEMS, MIN_ALPHA, ALL_QUALIFIED = "min_items", "min_alpha", "all_qualified"
SHARES: Mapping[str, Callable[[Measured], str]] = {
    MAX_OUTLET_SHARE: lambda row: row.outlet,
    MAX_YEAR_SHARE: lambda row: year_of(row.published),
}
DIGITS = 6  # of a share or alpha in a report


class Alpha(NamedTuple):
    """Krippendorff's alpha of a nation's people over ``items`` units, with its interval; ``None`` where the
    votes give none."""

    value: float | None
    low: float | None
    high: float | None
    items: int


@dataclass(frozen=True, slots=True)
class GateResult:
    """What a gate found in a slice (``cn/quoted``; ``cn`` for alpha, which is of a nation).

    ``limit`` is ``None`` where the recipe does not ask: then it has passed. ``value`` is ``None`` where
    nothing could be measured. ``rows`` are ids to put right; ``detail`` says in words what was found.
    """

    name: str
    slice: str
    limit: float | None
    value: float | None
    passed: bool
    rows: tuple[str, ...] = ()
    detail: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain values, fields in order."""
        return {**asdict(self), "rows": list(self.rows)}


def check_gates(
    rows: Iterable[Measured],
    gates: Gates,
    *,
    alpha: Mapping[str, Alpha],
    unqualified_ids: Collection[str],
    expected: Iterable[Slice] = (),
) -> list[GateResult]:
    """Every balance of every slice of ``rows``, and alpha of every nation that has rows, by gate and slice.
    ``expected`` slices are counted where they have no row, too.

    Rows without outlet or date count as one outlet or year: nobody can show that they are several. For a
    share that is too large, ``rows`` are as many of that outlet's, the last by id, as must go. A nation
    whose alpha is not known fails a gate that asks for it.
    """
    slices: dict[str, list[Measured]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.id):
        slices[Slice(row.nation, row.source_type).path].append(row)
    found = [
        _share(name, where, ours, getattr(gates, name)) for name in SHARES for where, ours in slices.items()
    ]
    sized = {**{where.path: [] for where in expected}, **slices}
    found += [_size(where, ours, gates.min_items) for where, ours in sized.items()]
    nations = {row.nation for ours in slices.values() for row in ours}
    found += [_agreement(nation, alpha.get(nation), gates.min_alpha) for nation in nations]
    unqualified = frozenset(unqualified_ids)
    found += [_qualified(where, ours, unqualified, gates.all_qualified) for where, ours in slices.items()]
    order = [*SHARES, MIN_ITEMS, MIN_ALPHA, ALL_QUALIFIED]
    return sorted(found, key=lambda result: (order.index(result.name), result.slice))


def _share(name: str, where: str, rows: list[Measured], limit: float | None) -> GateResult:
    name_of, n = SHARES[name], len(rows)
    counts = Counter(map(name_of, rows))
    largest = min(counts, key=lambda found: (-counts[found], found))
    over = {} if limit is None else {key: count for key, count in counts.items() if count > limit * n + 1e-9}
    ids: list[str] = []
    for key, count in over.items():
        ours = [row.id for row in rows if name_of(row) == key]
        ids += ours[len(ours) - _beyond(count, n, limit or 0.0) :]
    shown = ", ".join(f"{key or 'unknown'} has {counts[key]}" for key in sorted(over) or [largest])
    return GateResult(
        name,
        where,
        limit,
        round(counts[largest] / n, DIGITS),
        not over,
        tuple(sorted(ids)),
        f"{shown} of {n} items",
    )


def _beyond(count: int, n: int, limit: float) -> int:
    """The fewest of ``count`` that must go for the others to be at most ``limit`` of what is left."""
    return count if limit >= 1 else min(count, ceil((count - limit * n) / (1 - limit) - 1e-9))


def _size(where: str, rows: list[Measured], limit: int | None) -> GateResult:
    n = len(rows)
    missing = max(0, (limit or 0) - n)
    detail = f"{missing} of {limit} items are missing" if missing else f"{n} items"
    return GateResult(MIN_ITEMS, where, limit, n, not missing, (), detail)


def _agreement(nation: str, alpha: Alpha | None, limit: float | None) -> GateResult:
    if alpha is None or alpha.value is None:
        number = alpha.items if alpha else 0
        return GateResult(
            MIN_ALPHA, nation.lower(), limit, None, limit is None, (), f"not known from {number} units"
        )
    value = round(alpha.value, DIGITS)
    known = alpha.low is not None and alpha.high is not None
    interval = f"95 % interval {alpha.low:.3f} to {alpha.high:.3f}, " if known else ""
    return GateResult(
        MIN_ALPHA,
        nation.lower(),
        limit,
        value,
        limit is None or value >= limit,
        (),
        f"{interval}{alpha.items} units",
    )


def _qualified(where: str, rows: list[Measured], unqualified: frozenset[str], is_asked: bool) -> GateResult:
    ids = tuple(row.id for row in rows if row.id in unqualified)
    detail = f"{len(ids)} of {len(rows)} items were not judged by qualified people"
    return GateResult(
        ALL_QUALIFIED, where, 0 if is_asked else None, len(ids), not (is_asked and ids), ids, detail
    )
