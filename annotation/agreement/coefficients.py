"""Coefficients of agreement, each with its interval, or with the reason why it has no value. Pure.

Values come from the libraries ``krippendorff`` and ``statsmodels``; intervals from :mod:`bootstrap`, by the
same formulas over many resamples at once.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from annotation.agreement.bootstrap import interval, interval_of_rows
from annotation.agreement.ratings import Ratings

PAIR_RESAMPLES = 400  # fewer, since there may be very many pairs
NO_RATINGS = "nobody has answered yet"
NO_PAIRS = "no item has two answers"
ONE_LABEL = "all answers are the same label, so agreement beyond chance cannot be told"
ONE_RATER = "fewer than two people have answered"


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A value with its 95 % interval, or ``None`` and in plain words why there is none.

    ``n_units`` and ``n_ratings`` are those the value rests on; ``note`` says where these are not all.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    n_units: int = 0
    n_ratings: int = 0
    why_undefined: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two raters on the units both rated."""

    first: Hashable
    second: Hashable
    n_units: int
    raw: Coefficient
    cohen: Coefficient


def alpha(ratings: Ratings, *, ordered: bool = False) -> Coefficient:
    """Krippendorff's alpha (2011, "Computing Krippendorff's alpha-reliability"), nominal, or ordinal by the
    order of ``ratings.labels``. Units with one rating do not count."""
    import krippendorff

    counts = _pairable(ratings)
    if why := _why_undefined(ratings, counts):
        return Coefficient(None, why_undefined=why)
    level = "ordinal" if ordered else "nominal"
    value = float(krippendorff.alpha(value_counts=counts, level_of_measurement=level))
    low, high = interval(counts, lambda weights, rows: _alphas(weights, rows, ordered))
    return _coefficient(value, low, high, counts)


def fleiss(ratings: Ratings) -> Coefficient:
    """Fleiss' kappa (1971). It is defined for one number of ratings per unit: where units differ, it is that
    of the units with the most common number from two on (the larger one on a tie), and ``note`` says so."""
    import numpy as np
    from statsmodels.stats.inter_rater import fleiss_kappa

    paired = _pairable(ratings)
    if why := _why_undefined(ratings, paired):
        return Coefficient(None, why_undefined=why)
    sizes, times = np.unique(paired.sum(axis=1), return_counts=True)
    size = int(sizes[times == times.max()].max())
    counts = paired[paired.sum(axis=1) == size]
    note = ""
    if len(counts) < len(ratings.units):
        note = f"on the {len(counts)} of {len(ratings.units)} items with {size} answers each"
    if _has_one_label(counts):
        return Coefficient(None, why_undefined=f"{ONE_LABEL} ({note})" if note else ONE_LABEL)
    low, high = interval(counts, _kappas)
    return _coefficient(float(fleiss_kappa(counts)), low, high, counts, note)


def raw_agreement(ratings: Ratings) -> Coefficient:
    """Share of the pairs of ratings of one unit that have the same label."""
    import numpy as np

    counts = _pairable(ratings)
    if why := _why_undefined(ratings, counts, needs_two_labels=False):
        return Coefficient(None, why_undefined=why)
    value = float(_shares(np.ones((1, len(counts))), counts)[0])
    low, high = interval(counts, _shares)
    return _coefficient(value, low, high, counts)


def prevalence(ratings: Ratings) -> dict[str, Coefficient]:
    """Each label's share of all ratings, in the order of ``ratings.labels``."""
    counts = ratings.counts
    total = int(counts.sum())
    if not total:
        return {label: Coefficient(None, why_undefined=NO_RATINGS) for label in ratings.labels}
    found = {}
    for place, label in enumerate(ratings.labels):
        low, high = interval(
            counts, lambda weights, rows, k=place: (weights @ rows[:, k]) / (weights @ rows.sum(axis=1))
        )
        found[label] = _coefficient(float(counts[:, place].sum() / total), low, high, counts)
    return found


def cohen_pairs(ratings: Ratings) -> list[Pair]:
    """Cohen's kappa (1960) and raw agreement of every two raters with a unit in common, by their order."""
    import numpy as np

    n_labels, n_raters = len(ratings.labels), len(ratings.raters)
    if not len(ratings.pairs):
        return []
    first, second, label, other = ratings.pairs.T
    keys, place = np.unique(first * n_raters + second, return_inverse=True)
    cells = (place * n_labels + label) * n_labels + other
    tables = np.bincount(cells, minlength=len(keys) * n_labels**2).reshape(len(keys), n_labels, n_labels)
    return [
        _pair(ratings.raters[key // n_raters], ratings.raters[key % n_raters], table)
        for key, table in zip(keys.tolist(), tables, strict=True)
    ]


def cohen_mean(pairs: list[Pair]) -> Coefficient:
    """Plain mean of Cohen's kappa over the pairs that have one. It has no interval: pairs share units."""
    values = [pair.cohen.value for pair in pairs if pair.cohen.value is not None]
    if not values:
        return Coefficient(None, why_undefined=ONE_LABEL if pairs else NO_PAIRS)
    n_units = sum(pair.n_units for pair in pairs if pair.cohen.value is not None)
    note = f"mean over {len(values)} of {len(pairs)} pairs"
    return Coefficient(sum(values) / len(values), n_units=n_units, n_ratings=2 * n_units, note=note)


def _pair(first: Hashable, second: Hashable, table: Any) -> Pair:
    """``table`` is labels x labels, the first rater's label down."""
    import numpy as np
    from statsmodels.stats.inter_rater import cohens_kappa

    n_units, n_labels = int(table.sum()), len(table)
    times = table.ravel()
    cells, times = np.eye(n_labels**2)[times > 0], times[times > 0]
    same = np.eye(n_labels).ravel()

    def of(value: float, statistic: Any) -> Coefficient:
        low, high = interval_of_rows(cells, times, statistic, resamples=PAIR_RESAMPLES)
        return Coefficient(value, low, high, n_units, 2 * n_units)

    raw = of(
        float(np.trace(table) / n_units),
        lambda weights, rows: weights @ (rows @ same) / weights.sum(axis=1),
    )
    if np.count_nonzero(table.sum(axis=0) + table.sum(axis=1)) < 2:
        return Pair(first, second, n_units, raw, Coefficient(None, why_undefined=ONE_LABEL))
    cohen = of(
        float(cohens_kappa(table, return_results=False)),
        lambda weights, rows: _cohens(weights @ rows, n_labels),
    )
    return Pair(first, second, n_units, raw, cohen)


def _alphas(weights: Any, rows: Any, ordered: bool) -> Any:
    """Alpha of each resample: 1 - observed over expected disagreement, from coincidence matrices."""
    import numpy as np

    n_labels = rows.shape[1]
    own = np.eye(n_labels) * rows[:, None, :]
    per_row = (rows[:, :, None] * rows[:, None, :] - own) / (rows.sum(axis=1) - 1)[:, None, None]
    observed = (weights @ per_row.reshape(len(rows), -1)).reshape(-1, n_labels, n_labels)
    totals = observed.sum(axis=2)
    if ordered:
        # Ranks between two labels, each of the two counted half: the distance of their mid-ranks.
        middle = totals.cumsum(axis=1) - totals / 2
        distance = (middle[:, :, None] - middle[:, None, :]) ** 2
    else:
        distance = 1 - np.eye(n_labels)
    expected = totals[:, :, None] * totals[:, None, :]  # distance is 0 where a label meets itself
    n = totals.sum(axis=1)
    return 1 - (n - 1) * (observed * distance).sum(axis=(1, 2)) / (expected * distance).sum(axis=(1, 2))


def _kappas(weights: Any, rows: Any) -> Any:
    """Fleiss' kappa of each resample; all rows have the same sum."""
    shares = weights @ rows
    shares /= shares.sum(axis=1, keepdims=True)
    by_chance = (shares**2).sum(axis=1)
    return (_shares(weights, rows) - by_chance) / (1 - by_chance)


def _shares(weights: Any, rows: Any) -> Any:
    """Raw agreement of each resample."""
    sizes = rows.sum(axis=1)
    return (weights @ (rows * (rows - 1)).sum(axis=1)) / (weights @ (sizes * (sizes - 1)))


def _cohens(tables: Any, n_labels: int) -> Any:
    """Cohen's kappa of each resample's table of labels x labels."""
    shares = tables.reshape(-1, n_labels, n_labels) / tables.sum(axis=1)[:, None, None]
    by_chance = (shares.sum(axis=1) * shares.sum(axis=2)).sum(axis=1)
    return (shares.trace(axis1=1, axis2=2) - by_chance) / (1 - by_chance)


def _pairable(ratings: Ratings) -> Any:
    """Counts of the units with two ratings or more."""
    counts = ratings.counts
    return counts[counts.sum(axis=1) >= 2]


def _why_undefined(ratings: Ratings, counts: Any, *, needs_two_labels: bool = True) -> str:
    if not ratings.units:
        return NO_RATINGS
    if len(ratings.raters) < 2:
        return ONE_RATER
    if not len(counts):
        return NO_PAIRS
    return ONE_LABEL if needs_two_labels and _has_one_label(counts) else ""


def _has_one_label(counts: Any) -> bool:
    return int((counts.sum(axis=0) > 0).sum()) < 2


def _coefficient(
    value: float, low: float | None, high: float | None, counts: Any, note: str = ""
) -> Coefficient:
    return Coefficient(value, low, high, len(counts), int(counts.sum()), note=note)
