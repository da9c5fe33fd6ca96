"""Releases in memory that came about in different ways, for tests of what is said of them."""

from __future__ import annotations

from typing import Any

from evaluation.publishing.recipe import Recipe
from evaluation.publishing.rows import ReleaseRow
from tests.evaluation.publishing.content import MemoryContent, content, row

PAPER = "NaVAB paper (arXiv 2504.12911)"
ENGINES = [
    {"stage": stage, "engine": "rules", "version": "3.1", "items": 4}
    for stage in ("screening", "attribution", "conflicts")
]
_BARE: dict[str, Any] = {"holdout": {}, "gates": (), "override": "", "previous": "", "changes": ()}


def voted(**facts: Any) -> MemoryContent:
    """Annotators decided every item by two votes."""
    rows = [row("GB", n) for n in (1, 2, 3)]
    return content(rows, train=[], test=[], recipe=Recipe(), facts=facts, **_BARE)


def mixed(**facts: Any) -> MemoryContent:
    """Annotators decided three items, a curator one."""
    rows = [row("GB", n) for n in range(4)]
    return content(rows, train=[], test=[], recipe=Recipe(), facts=facts, **_BARE)


def curated(**facts: Any) -> MemoryContent:
    """A curator decided every item, nobody voted, and conflict reduction was off."""
    recipe = Recipe(conflict_reduction=False)
    rows = [_unvoted(row("GB", n), "curator") for n in range(4)]
    return content(rows, train=[], test=[], recipe=recipe, facts=facts, **_BARE)


def paper(items: int = 4) -> MemoryContent:
    """Taken in from the paper's files."""
    facts = {"agreement": [], "engines": [], "left_out": {"missing": 1}, "imported_from": PAPER,
             "publisher": "the authors of the NaVAB paper", "annotators": 0}  # fmt: skip
    unknown = {"published": "", "period": "undated", "url": "", "licence": "", "is_contested": False}
    rows = [_unvoted(row("GB", n, **unknown), "paper") for n in range(items)]
    recipe = Recipe(nations=("GB",))
    return content(rows, train=[], test=[], recipe=recipe, facts=facts, as_of="2025-04", **_BARE)


def _unvoted(item: ReleaseRow, decided_by: str) -> ReleaseRow:
    told = {**item.as_dict(), "decided_by": decided_by, "votes": dict.fromkeys(item.votes, 0)}
    return ReleaseRow.from_dict({**told, "annotators": []})
