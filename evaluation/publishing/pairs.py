"""Preference pairs whose length and negation do not tell the chosen from the rejected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from evaluation.publishing.draws import draw
from evaluation.publishing.formats.negation import is_negated
from evaluation.publishing.rows import ReleaseRow
from pipeline.text.profile import LANGUAGES

TOLERANCE = 0.05  # of a share, within which two sides count as even
ALL = "all"


@dataclass(frozen=True, slots=True)
class PairBalance:
    """Chosen (S) against rejected (RS) over ``items`` pairs.

    Lengths are mean characters, ``length_ratio`` their quotient, ``chosen_longer`` the share of pairs whose
    chosen text is longer (equal lengths count half). Negation shares are of the ``judged`` pairs, whose
    language has a list of negation words. Everything is ``None`` where there is nothing to count.
    """

    items: int
    chosen_length: float | None
    rejected_length: float | None
    length_ratio: float | None
    chosen_longer: float | None
    judged: int
    chosen_negated: float | None
    rejected_negated: float | None

    @property
    def is_even(self) -> bool:
        """Whether neither length nor negation tells the sides apart by more than ``TOLERANCE``."""
        longer, chosen, rejected = self.chosen_longer, self.chosen_negated, self.rejected_negated
        return (longer is None or abs(longer - 0.5) <= TOLERANCE + 1e-9) and (
            chosen is None or rejected is None or abs(chosen - rejected) <= TOLERANCE + 1e-9
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain values, with ``is_even``."""
        return {**asdict(self), "is_even": self.is_even}


@dataclass(frozen=True, slots=True)
class BalancedPairs:
    """Pairs kept by id, ids left out, and the balance before and after by language and over all."""

    rows: tuple[ReleaseRow, ...]
    left_out: tuple[str, ...]
    before: Mapping[str, PairBalance]
    after: Mapping[str, PairBalance]


def preference_balance(rows: Iterable[ReleaseRow]) -> dict[str, PairBalance]:
    """Balance by language, and over ``all``."""
    rows = list(rows)
    by_language = _by_language(rows)
    return {ALL: _balance(rows), **{name: _balance(ours) for name, ours in by_language.items()}}


def balanced_pairs(rows: Iterable[ReleaseRow], seed: int) -> BalancedPairs:
    """The most pairs of each language that are even in length and negation, drawn by ``seed``.

    Where all pairs lean one way none can stay: ``left_out`` then has them all. The order of rows does not
    matter.
    """
    rows = sorted(rows, key=lambda row: row.id)
    kept: set[str] = set()
    for ours in _by_language(rows).values():
        cells: dict[tuple[int, int], list[str]] = defaultdict(list)
        for row in ours:
            cells[_leaning(row)].append(row.id)
        leanings = sorted(cells)
        for leaning, number in zip(
            leanings, _most(leanings, [len(cells[at]) for at in leanings]), strict=True
        ):
            kept.update(sorted(cells[leaning], key=lambda id: draw(seed, id))[:number])
    taken = [row for row in rows if row.id in kept]
    return BalancedPairs(
        tuple(taken),
        tuple(row.id for row in rows if row.id not in kept),
        preference_balance(rows),
        preference_balance(taken),
    )


def _by_language(rows: Sequence[ReleaseRow]) -> dict[str, list[ReleaseRow]]:
    found: dict[str, list[ReleaseRow]] = defaultdict(list)
    for row in rows:
        found[row.language].append(row)
    return dict(sorted(found.items()))


def _leaning(row: ReleaseRow) -> tuple[int, int]:
    """Which side is longer, and which negated: 1 the chosen, -1 the rejected, 0 both or neither."""
    difference = len(row.statement) - len(row.reversed_statement)
    chosen = is_negated(row.statement, row.language) or False
    rejected = is_negated(row.reversed_statement, row.language) or False
    return (difference > 0) - (difference < 0), chosen - rejected


def _most(leanings: Sequence[tuple[int, int]], counts: Sequence[int]) -> list[int]:
    """How many pairs of each leaning to keep: the most that are even together, an integer programme."""
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp

    length, negation = np.array(leanings, float).T
    # share longer = 1/2 + sum(length) / 2n, so |sum(length)| <= 2 * TOLERANCE * n
    slack = np.array(
        [2 * TOLERANCE - length, 2 * TOLERANCE + length, TOLERANCE - negation, TOLERANCE + negation]
    )
    found = milp(
        -np.ones(len(counts)),
        constraints=LinearConstraint(slack, lb=0),
        integrality=np.ones(len(counts)),
        bounds=Bounds(0, np.array(counts, float)),
    )
    return [round(value) for value in found.x]


def _balance(rows: Sequence[ReleaseRow]) -> PairBalance:
    n = len(rows)
    chosen = sum(len(row.statement) for row in rows)
    rejected = sum(len(row.reversed_statement) for row in rows)
    longer = sum(1 + _leaning(row)[0] for row in rows) / 2
    judged = [row for row in rows if row.language in LANGUAGES]
    chosen_negated = sum(bool(is_negated(row.statement, row.language)) for row in judged)
    rejected_negated = sum(bool(is_negated(row.reversed_statement, row.language)) for row in judged)
    return PairBalance(
        items=n,
        chosen_length=_share(chosen, n),
        rejected_length=_share(rejected, n),
        length_ratio=_share(chosen, rejected),
        chosen_longer=_share(longer, n),
        judged=len(judged),
        chosen_negated=_share(chosen_negated, len(judged)),
        rejected_negated=_share(rejected_negated, len(judged)),
    )


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, 6) if whole else None
