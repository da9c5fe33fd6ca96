"""P-values adjusted for having asked many questions at once.

Written out, and tested against statsmodels: its function collects garbage on every call, which costs a live
process a tenth of a second a slice.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values, in the order given: rejecting those below alpha errs at all with chance alpha.

    Holm 1979; valid however the tests hang together. Raises ``ValueError`` for a value outside [0, 1].
    """
    ranks = _ranks(p_values)
    stepped = [min(1.0, (len(ranks) - rank) * p_values[at]) for rank, at in enumerate(ranks)]
    return _placed(ranks, list(accumulate(stepped, max)))


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values, in the order given: of those below alpha, a share of alpha is wrong on average.

    Benjamini and Hochberg 1995; for tests that are independent or positively dependent. Raises
    ``ValueError`` for a value outside [0, 1].
    """
    ranks = _ranks(p_values)
    stepped = [min(1.0, len(ranks) / rank * p_values[at]) for rank, at in enumerate(ranks, start=1)]
    return _placed(ranks, list(accumulate(reversed(stepped), min))[::-1])


def _ranks(p_values: Sequence[float]) -> list[int]:
    for value in p_values:
        if not 0.0 <= value <= 1.0:
            raise ValueError(f"p-value {value!r} is not in [0, 1]; leave out tests that could not be made")
    return sorted(range(len(p_values)), key=lambda at: p_values[at])


def _placed(ranks: Sequence[int], values: Sequence[float]) -> list[float]:
    placed = dict(zip(ranks, values, strict=True))
    return [placed[at] for at in range(len(ranks))]
