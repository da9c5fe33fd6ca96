"""A conflict group in words: how it may end, and what its figures mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from annotation.services.conflicts.bench import Bench, BenchEdge, Claim
from annotation.services.conflicts.what_if import WhatIf
from annotation.services.curation.resolution import GroupOutcome
from pipeline.conflicts.graph import FRUSTRATION_CEILING, MARGIN_FLOOR
from pipeline.records import ConflictGroup, ConflictOutcome


@dataclass(frozen=True)
class Choice:
    """A way to end a conflict. ``key`` is the number key that chooses it."""

    key: int
    value: str
    words: str
    hint: str


_NO_SIDE = (
    ("plurality", "Genuine plurality", "They contradict each other and the nation holds both: both stand"),
    ("compatible", "Compatible", "One can hold both at once"),
    ("different_time", "Different time", "The position changed: they speak of different moments"),
    ("different_scope", "Different scope", "They concern different people, places, cases or degrees"),
    ("duplicate", "Duplicate", "They say the same"),
)


def edge_outcomes(edge: BenchEdge) -> list[Choice]:
    """How one edge may end, under the names of its claims."""
    first, second = edge.first.name, edge.second.name
    holds = (
        (str(ConflictOutcome.KEEP_FIRST), f"{first} holds", f"Contradiction: {second} is set aside"),
        (str(ConflictOutcome.KEEP_SECOND), f"{second} holds", f"Contradiction: {first} is set aside"),
    )
    return _numbered(holds + _NO_SIDE)


def label_words(edge: BenchEdge, label: str = "") -> str:
    """A label in words, by default that of the edge's decision; empty where there is none."""
    label = label or (edge.decision.label if edge.decision else "")
    return next((choice.words for choice in edge_outcomes(edge) if choice.value == label), "")


def group_outcomes(bench: Bench) -> list[Choice]:
    """How the group may end."""
    size = {summary.name: len(summary.claims) for summary in bench.sides}
    holds = (
        (
            str(GroupOutcome.SIDE_A),
            "Side A holds",
            f"Contradiction: what contradicts A on side B ({size.get('B', 0)}) is set aside",
        ),
        (
            str(GroupOutcome.SIDE_B),
            "Side B holds",
            f"Contradiction: what contradicts B on side A ({size.get('A', 0)}) is set aside",
        ),
    )
    return _numbered(holds + _NO_SIDE)


def margin_words(bench: Bench) -> str:
    """The evidence lead, and what the machine makes of it."""
    if len(bench.sides) < 2:
        return "All statements are on one side, so neither has a lead."
    one, other = bench.sides
    lead = abs(one.weight - other.weight) / (one.weight + other.weight)
    leader = "A" if one.weight >= other.weight else "B"
    enough = (
        "enough for the machine to propose that it holds"
        if lead >= MARGIN_FLOOR
        else "too little for the machine to propose that one side holds, so it proposes to keep both"
    )
    if one.weight == other.weight:
        return (
            f"Both sides carry the same weight of evidence ({one.weight:.1f}): nothing is proposed to fall."
        )
    return (
        f"Side {leader} leads by {lead:.0%} of all the evidence ({one.weight:.1f} for A against "
        f"{other.weight:.1f} for B; {MARGIN_FLOOR:.0%} is asked for): {enough}."
    )


def frustration_words(bench: Bench, parts: Sequence[ConflictGroup]) -> str:
    """How much of the graph no split satisfies, and which edges those are; ``parts`` as they stand today."""
    share = parts[0].frustration if len(parts) == 1 else bench.group.frustration
    contradictions = sum(edge.is_frustrated and edge.is_contradiction for edge in bench.edges)
    agreements = sum(edge.is_frustrated and not edge.is_contradiction for edge in bench.edges)
    if share == 0:
        return "The sides satisfy every edge: all contradictions run between them, all agreements inside."
    verdict = (
        "so little that the split can be trusted"
        if share <= FRUSTRATION_CEILING
        else "so much that the machine proposes to keep both"
    )
    return (
        f"{share:.0%} of the weight of all edges fits no split into two sides "
        f"({counted(contradictions, 'contradiction')} inside a side, "
        f"{counted(agreements, 'agreement')} across); up to {FRUSTRATION_CEILING:.0%} is "
        f"tolerated: {verdict}."
    )


def counted(number: int, noun: str) -> str:
    """The number with its noun."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def was_otherwise(bench: Bench, parts: Sequence[ConflictGroup]) -> bool:
    """Whether the figures the run stored are not those of today's data."""
    today = [(round(part.margin, 3), round(part.frustration, 3)) for part in parts]
    return today != [(round(bench.group.margin, 3), round(bench.group.frustration, 3))]


def prospect_rows(supposed: WhatIf) -> list[tuple[str, str, str]]:
    """The group in figures now and as supposed; several claim groups side by side."""
    return [
        (title, *(words(prospect) for prospect in (supposed.now, supposed.then)))
        for title, words in (
            ("Claim groups", lambda found: str(len(found.parts))),
            ("Statements A / B", lambda found: _each(found.parts, _sizes)),
            ("Margin", lambda found: _each(found.parts, lambda part: f"{part.margin:.0%}")),
            ("Frustration", lambda found: _each(found.parts, lambda part: f"{part.frustration:.0%}")),
            ("Set aside", lambda found: str(len(found.lost))),
        )
    ]


def consequences(supposed: WhatIf) -> list[tuple[str, Sequence[Claim]]]:
    """What would become of which statements."""
    found = [
        ("Would be set aside", supposed.set_aside),
        ("Would come back", supposed.come_back),
        ("Would change sides", supposed.moved),
        ("Would be in no conflict here", supposed.released),
    ]
    return [row for row in found if row[1] or supposed.is_asked]


def _each(parts: Sequence[ConflictGroup], words: Callable[[ConflictGroup], str]) -> str:
    return " · ".join(words(part) for part in parts) or "no conflict"


def _sizes(part: ConflictGroup) -> str:
    ahead = sum(side > 0 for side in part.sides.values())
    return f"{ahead} / {len(part.sides) - ahead}"


def _numbered(rows: tuple[tuple[str, str, str], ...]) -> list[Choice]:
    return [Choice(number, *row) for number, row in enumerate(rows, 1)]
