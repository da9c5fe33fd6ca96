"""The time axis of a conflict group as shapes for SVG, in CSS pixels. Pure and deterministic."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from annotation.services.conflicts.bench import Bench, Claim


@dataclass(frozen=True)
class Dot:
    """A statement on the time axis."""

    claim: Claim
    x: int
    y: int


@dataclass(frozen=True)
class TimeAxis:
    """Dates against sides; what has no date stands apart, right of ``undated_x``."""

    width: int
    height: int
    dots: Sequence[Dot]
    ticks: Sequence[tuple[int, str]]
    axis_y: int
    end_x: int
    undated_x: int | None


_AXIS = (70, 780)  # from and to, for dates
_STEP = 19  # between dots above one another
_DOT = 18  # dots nearer than this are stacked


def draw_times(bench: Bench) -> TimeAxis:
    """Side A above the axis, side B below; statements of the same time are stacked away from it."""
    dated = [claim for claim in bench.claims if claim.statement.as_of]
    undated = [claim for claim in bench.claims if not claim.statement.as_of]
    first = min((claim.statement.as_of for claim in dated), default=None)
    last = max((claim.statement.as_of for claim in dated), default=None)
    stacks: defaultdict[tuple[int, int], list[Claim]] = defaultdict(list)
    for claim in dated:
        stacks[claim.side, _slot(claim.statement.as_of, first, last)].append(claim)
    for place, claim in enumerate(undated):
        # Four abreast, so that a crowd without dates does not tower over the others.
        stacks[claim.side, _AXIS[1] + 70 + place % 4 * _DOT].append(claim)
    above = max((len(found) for (side, _), found in stacks.items() if side > 0), default=1)
    below = max((len(found) for (side, _), found in stacks.items() if side < 0), default=1)
    axis_y = 24 + above * _STEP
    dots = [
        Dot(claim, x, axis_y - side * (20 + place * _STEP) + (14 if side < 0 else 0))
        for (side, x), found in sorted(stacks.items(), key=lambda item: (-item[0][0], item[0][1]))
        for place, claim in enumerate(found)
    ]
    return TimeAxis(
        width=_AXIS[1] + (160 if undated else 30),
        height=axis_y + 44 + below * _STEP,
        dots=dots,
        ticks=_ticks(first, last),
        axis_y=axis_y,
        end_x=_AXIS[1],
        undated_x=_AXIS[1] + 44 if undated else None,
    )


def _slot(day: date, first: date, last: date) -> int:
    """Where a day stands, rounded so that near days share a stack."""
    share = (day - first).days / max(1, (last - first).days)
    middle = _AXIS[0] + 10 + share * (_AXIS[1] - _AXIS[0] - 20)
    return round(middle / _DOT) * _DOT


def _ticks(first: date | None, last: date | None) -> list[tuple[int, str]]:
    """At most six dates along the axis: years where it spans several, else months or days."""
    if first is None or last is None:
        return []
    days = (last - first).days
    count = min(6, days + 1)
    pattern = "%Y" if days > 6 * 366 else ("%Y-%m" if days > 180 else "%Y-%m-%d")
    found: dict[str, int] = {}
    for number in range(count):
        day = first + timedelta(days=round(days * number / max(1, count - 1)))
        found.setdefault(day.strftime(pattern), _slot(day, first, last))
    return [(x, label) for label, x in found.items()]
