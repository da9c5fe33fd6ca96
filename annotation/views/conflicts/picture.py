"""The signed graph of a conflict group as shapes for SVG. Pure and deterministic.

All measures are in units of the picture, which are CSS pixels at its natural size.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from annotation.services.conflicts.bench import Bench, BenchEdge, Claim
from pipeline.records import Relation

NAMED = 24  # up to so many statements are shown with the words they begin with; above, by their name only
PER_COLUMN = 20  # names stand below one another
_PILL = (44, 24)  # width and height of a name's plate
_PITCH = (60, 38)  # from one plate to the next, so that none ever touches another
_GAP = 420  # between the two sides: room for the edges
_TEXT = 250  # beside a plate, for the first words
_MARGIN = 26
_DENSE = 0.5  # lines are so much thinner where there are many
_SWEEPS = 6
_WORDS = 34

# Pattern of each relation, so that colour is never all there is to tell them apart by.
DASHES: dict[str, str] = {
    Relation.CONTRADICTION: "",
    Relation.COMPATIBLE: "2 5",
    Relation.DUPLICATE: "12 5",
    Relation.DIFFERENT_TIME: "9 4 2 4",
    Relation.DIFFERENT_SCOPE: "9 4 2 4 2 4",
}


@dataclass(frozen=True)
class Plate:
    """A statement's name at its place; ``x`` and ``y`` are its middle."""

    claim: Claim
    x: int
    y: int
    words: str = ""
    mark: str = ""  # css classes

    @property
    def left(self) -> int:
        """Where the plate begins."""
        return self.x - _PILL[0] // 2

    @property
    def top(self) -> int:
        """Where the plate begins from above."""
        return self.y - _PILL[1] // 2

    @property
    def text_x(self) -> int:
        """Where the words beside it begin or, on side A, end."""
        return self.x - self.claim.side * (_PILL[0] // 2 + 10)


@dataclass(frozen=True)
class Line:
    """An edge as a path. ``width`` grows with the confidence; ``x`` and ``y`` are its middle."""

    edge: BenchEdge
    path: str
    width: str
    dash: str
    x: int
    y: int
    mark: str = ""


@dataclass(frozen=True)
class Picture:
    """The signed graph."""

    width: int
    height: int
    plates: Sequence[Plate]
    lines: Sequence[Line]
    left_x: int
    right_x: int
    relations: Sequence[tuple[str, str, str]]  # those that occur: value, words, dash
    is_dense: bool
    plate: tuple[int, int] = _PILL


def draw_graph(
    bench: Bench, *, dropped: frozenset[int] = frozenset(), moved: frozenset[int] = frozenset()
) -> Picture:
    """Side A left, side B right, in columns; neighbours stand near each other's height, so that few edges
    cross. ``dropped`` edges are drawn faint, ``moved`` statements ringed."""
    columns = _columns(bench)
    is_named = len(bench.claims) <= NAMED
    beside = _TEXT if is_named else 0
    widths = {side: max(1, len(found)) for side, found in columns.items()}
    left_x = _MARGIN + beside + _PITCH[0] * (widths[1] - 1) + _PILL[0] // 2
    right_x = left_x + _GAP
    width = right_x + _PITCH[0] * (widths[-1] - 1) + _PILL[0] // 2 + beside + _MARGIN
    tallest = max(len(column) for found in columns.values() for column in found)
    height = 2 * _MARGIN + _PITCH[1] * (tallest - 1) + _PILL[1]
    plates: dict[int, Plate] = {}
    for side, found in columns.items():
        for number, column in enumerate(found):
            x = (left_x if side > 0 else right_x) - side * number * _PITCH[0]
            # Every second column stands half a step lower, so that edges pass between the plates before it.
            top = (height - _PITCH[1] * (len(column) - 1)) // 2 + (number % 2) * _PITCH[1] // 2
            for row, claim in enumerate(column):
                plates[claim.key] = Plate(
                    claim,
                    x,
                    top + row * _PITCH[1],
                    _beginning(claim.statement.text) if is_named else "",
                    "moved" if claim.key in moved else "",
                )
    if any(len(found) > 1 for found in columns.values()):
        height += _PITCH[1] // 2
    lines = [_line(edge, plates, edge.pk in dropped) for edge in bench.edges]
    occurring = {edge.conflict.relation for edge in bench.edges}
    return Picture(
        width=width,
        height=height,
        plates=sorted(plates.values(), key=lambda plate: (-plate.claim.side, plate.y, plate.x)),
        lines=sorted(lines, key=lambda line: (line.edge.is_contradiction, line.edge.pk)),
        left_x=left_x,
        right_x=right_x,
        is_dense=not is_named,
        relations=[(str(r), str(r).replace("_", " "), dash) for r, dash in DASHES.items() if r in occurring],
    )


def _columns(bench: Bench) -> dict[int, list[list[Claim]]]:
    """Claims of each side in the order they are drawn, in columns from the middle outwards."""
    order = {side: [claim for claim in bench.claims if claim.side == side] for side in (1, -1)}
    neighbours: defaultdict[int, list[int]] = defaultdict(list)
    for edge in bench.edges:
        neighbours[edge.first.key].append(edge.second.key)
        neighbours[edge.second.key].append(edge.first.key)
    for sweep in range(_SWEEPS):
        side = -1 if sweep % 2 == 0 else 1
        height = {
            claim.key: place / max(1, len(found) - 1)
            for found in order.values()
            for place, claim in enumerate(found)
        }
        order[side].sort(key=lambda claim: (_middle(claim, neighbours, height), claim.key))
    return {side: _deal(found) for side, found in order.items()}


def _middle(claim: Claim, neighbours: dict[int, list[int]], height: dict[int, float]) -> float:
    found = [height[key] for key in neighbours[claim.key]]
    return sum(found) / len(found) if found else height[claim.key]


def _deal(claims: list[Claim]) -> list[list[Claim]]:
    """In as few columns as hold them; those of like height stand side by side."""
    count = max(1, -(-len(claims) // PER_COLUMN))
    return [claims[start::count] for start in range(count)]


def _line(edge: BenchEdge, plates: dict[int, Plate], is_dropped: bool) -> Line:
    one, other = plates[edge.first.key], plates[edge.second.key]
    x, y = (one.x + other.x) // 2, (one.y + other.y) // 2
    if edge.crosses:
        path = f"M{one.x} {one.y}L{other.x} {other.y}"
    else:
        # Inside a side: bowed towards the middle of the picture, farther where there is more to pass by.
        bow = edge.first.side * min(220, 90 + abs(one.y - other.y) // 3)
        path = f"M{one.x} {one.y}Q{x + bow} {y} {other.x} {other.y}"
        x += bow // 2
    decided = edge.decision is not None and not edge.is_open
    marks = [edge.conflict.relation, "decided" if decided else "", "dropped" if is_dropped else ""]
    return Line(
        edge=edge,
        path=path,
        width=f"{(1 + 4 * edge.conflict.score) * (1 if one.words else _DENSE):.1f}",
        dash=DASHES[edge.conflict.relation],
        x=x,
        y=y,
        mark=" ".join(mark for mark in marks if mark),
    )


def _beginning(text: str) -> str:
    """The first words; a script of wide characters gets half as many."""
    limit = (
        _WORDS if text.isascii() or sum(ord(char) > 0x2E7F for char in text) < len(text) / 3 else _WORDS // 2
    )
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"
