"""Ratings: which rater gave which unit which label, as coefficients take them. Pure.

Kept as triples rather than as a matrix, since with many raters nearly all of a matrix is missing.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any


@dataclass(frozen=True, eq=False)
class Ratings:
    """Ratings as three integer arrays of one length: rating k is that of ``units[unit[k]]`` by
    ``raters[rater[k]]``, with ``labels[label[k]]``. ``labels`` are in their order, where they have one."""

    units: tuple[Hashable, ...]
    raters: tuple[Hashable, ...]
    labels: tuple[str, ...]
    unit: Any
    rater: Any
    label: Any

    @classmethod
    def of_triples(
        cls, triples: Iterable[tuple[Hashable, Hashable, str]], labels: Sequence[str] = ()
    ) -> Ratings:
        """From (unit, rater, label). ``labels`` are all there are, in order; if empty, those found, sorted.

        Raises ``ValueError`` for a second rating of a unit by one rater and for a label not in ``labels``.
        """
        import numpy as np

        rows = list(triples)
        known = tuple(labels) or tuple(sorted({label for _, _, label in rows}))
        units, raters = _places(unit for unit, _, _ in rows), _places(rater for _, rater, _ in rows)
        places = {label: place for place, label in enumerate(known)}
        if unknown := {label for _, _, label in rows} - places.keys():
            raise ValueError(f"unknown labels {sorted(unknown)}; known are {', '.join(known)}")
        unit = np.fromiter((units[row[0]] for row in rows), dtype=np.int64, count=len(rows))
        rater = np.fromiter((raters[row[1]] for row in rows), dtype=np.int64, count=len(rows))
        label = np.fromiter((places[row[2]] for row in rows), dtype=np.int64, count=len(rows))
        _, first, times = np.unique(unit * max(1, len(raters)) + rater, return_index=True, return_counts=True)
        if (times > 1).any():
            twice = rows[first[times.argmax()]]
            raise ValueError(f"rater {twice[1]} rated unit {twice[0]} more than once")
        return cls(tuple(units), tuple(raters), known, unit, rater, label)

    @classmethod
    def of_matrix(cls, rows: Sequence[Sequence[str | None]], labels: Sequence[str] = ()) -> Ratings:
        """From units x raters, ``None`` where a rater gave no rating."""
        return cls.of_triples(
            (
                (unit, rater, label)
                for unit, row in enumerate(rows)
                for rater, label in enumerate(row)
                if label is not None
            ),
            labels,
        )

    @cached_property
    def counts(self) -> Any:
        """Units x labels: how many raters gave the unit the label."""
        import numpy as np

        n_labels = len(self.labels)
        cells = np.bincount(self.unit * n_labels + self.label, minlength=len(self.units) * n_labels)
        return cells.reshape(len(self.units), n_labels)

    @cached_property
    def pairs(self) -> Any:
        """Pairs of ratings of one unit, as rows (rater, other rater, label, other label), rater < other."""
        import numpy as np

        order = np.lexsort((self.rater, self.unit))
        unit, rater, label = self.unit[order], self.rater[order], self.label[order]
        found = [np.empty((0, 4), dtype=np.int64)]
        for distance in range(1, len(unit)):
            together = unit[distance:] == unit[:-distance]
            if not together.any():
                break
            columns = (rater[:-distance], rater[distance:], label[:-distance], label[distance:])
            found.append(np.column_stack([column[together] for column in columns]))
        return np.concatenate(found)


def _places(values: Iterable[Hashable]) -> dict[Hashable, int]:
    """Each value's place in the order of first occurrence."""
    return {value: place for place, value in enumerate(dict.fromkeys(values))}
