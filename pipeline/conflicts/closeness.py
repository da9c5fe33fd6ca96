"""Social and geographic closeness of two statements, where the data says so; otherwise no opinion."""

from __future__ import annotations

from pipeline.records import ConflictItem

SOCIAL_SHARES = (("speaker", 0.5), ("party", 0.3), ("outlet", 0.2))
REACH = 0.1  # closeness may move the weight of an edge by a tenth, never decide it


def social_closeness(first: ConflictItem, second: ConflictItem) -> float | None:
    """Share in [0, 1] of speaker, party and outlet the two have in common, over what both record; ``None``
    where they record nothing in common."""
    agreed = recorded = 0.0
    for field, share in SOCIAL_SHARES:
        one, other = _clean(getattr(first, field)), _clean(getattr(second, field))
        if one and other:
            recorded += share
            agreed += share if one == other else 0.0
    return agreed / recorded if recorded else None


def geographic_closeness(first: ConflictItem, second: ConflictItem) -> float | None:
    """1 for the same country, 0 for another, ``None`` where one of the two records none."""
    one, other = _clean(first.country), _clean(second.country)
    return float(one == other) if one and other else None


def weight_modifier(first: ConflictItem, second: ConflictItem, sign: int) -> float:
    """Factor in [0.9, 1.1] for the weight of an edge: who is close agrees a little sooner and contradicts a
    little later. 1 where neither scorer has an opinion."""
    known = [
        score
        for score in (social_closeness(first, second), geographic_closeness(first, second))
        if score is not None
    ]
    if not known:
        return 1.0
    return 1.0 + REACH * sign * (2.0 * sum(known) / len(known) - 1.0)


def _clean(name: str) -> str:
    return " ".join(name.casefold().split())
