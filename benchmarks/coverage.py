"""Whether the intervals of many samples hold the truth: the definitions of the reported ones on arrays.

The tests compare each with the function it stands for. Every function returns booleans over samples.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from benchmarks.clustered_samples import Floats, JudgedSamples, Samples
from evaluation.scoring.binomial import LARGEST_EXACT, mid_p_interval
from evaluation.scoring.clusters import degrees_of_freedom
from pipeline.intervals import Z95

Bools = NDArray[np.bool_]
_EXACT = 1e-9


def rate_covered(samples: Samples) -> Bools:
    """By :func:`evaluation.scoring.clusters.rate_interval`."""
    n = int(samples.sizes.sum())
    exact = np.zeros(len(samples.totals), dtype=bool)
    held = _score_holds(samples.truth, samples.sizes, samples.totals, samples.squares)
    if n == len(samples.sizes) <= LARGEST_EXACT:
        sums = samples.totals.sum(axis=1)
        exact = samples.squares == sums
        ends = np.array([mid_p_interval(count, n) for count in range(n + 1)])[sums.astype(int)]
        within = (ends[:, 0] <= samples.truth + _EXACT) & (ends[:, 1] >= samples.truth - _EXACT)
        held = np.where(exact, within, held)
    return held


def _score_holds(
    rate: float,
    given: Floats | NDArray[np.int64],
    totals: Floats,
    squares: Floats,
    estimate: Floats | None = None,
    ratio: Floats | float = 1.0,
) -> Bools:
    sizes = np.broadcast_to(given, totals.shape).astype(float)
    n, square_sizes = sizes.sum(axis=1), (sizes * sizes).sum(axis=1)
    mean = totals.sum(axis=1) / n
    off = totals - mean[:, None] * sizes
    between, crossed, cubes = (off * off).sum(axis=1), (off * sizes).sum(axis=1), (off**3).sum(axis=1)
    spread = np.maximum(squares - n * mean * mean, 0.0)
    ends = mean * mean + (1 - mean) ** 2
    coin = np.minimum(1.0, (spread + ends) / (n * mean * (1 - mean) + ends))
    away = mean - rate
    items = spread + n * away * away
    articles = between + 2 * away * crossed + away * away * square_sizes
    effect = np.where(items > 0, np.maximum(0.25, articles / np.where(items > 0, items, 1.0)), 1.0)
    known = (between > _EXACT) & (mean > 0) & (mean < 1)
    safe, odds = np.where(known, between, 1.0), np.where(known, mean * (1 - mean), 1.0)
    skew = np.where(known, n * cubes / safe**2 - (1 - 2 * mean) / odds - crossed / safe, 0.0)
    worth, alone = n * n / square_sizes, n / square_sizes
    student = stdtrit(worth, 0.975) ** 2
    reach = alone * Z95**2 + (1 - alone) * student * (worth + 1) / (worth + student)
    variance = reach * coin * ratio * effect * np.clip(0.7 - away * skew, 1.0, 2.0) * rate * (1 - rate) / n
    held: Bools = ((mean if estimate is None else estimate) - rate) ** 2 <= variance + _EXACT**2
    return held


def on_effective_size(samples: Samples) -> Bools:
    """By Wilson's interval on the items divided by the design effect (Korn and Graubard 1998)."""
    sizes = samples.sizes
    n = sizes.sum()
    mean = samples.totals.sum(axis=1) / n
    off = samples.totals - mean[:, None] * sizes
    square_error = (off * off / (1 - sizes / n)).sum(axis=1) / n**2
    seen = (square_error > 0) & (mean > 0) & (mean < 1)
    worth = np.where(
        seen, mean * (1 - mean) / np.where(seen, square_error, 1.0), n * n / (sizes * sizes).sum()
    )
    return _wilson_holds(samples.truth, mean, np.minimum(n, worth))


def as_if_independent(samples: Samples) -> Bools:
    """By Wilson's interval on the items, whatever their articles."""
    n = float(samples.sizes.sum())
    return _wilson_holds(samples.truth, samples.totals.sum(axis=1) / n, n)


def _wilson_holds(rate: float, mean: Floats, n: Floats | float) -> Bools:
    held: Bools = (mean - rate) ** 2 <= Z95**2 * rate * (1 - rate) / n + _EXACT**2
    return held


def difference_covered(samples: Samples) -> Bools:
    """By :func:`evaluation.scoring.paired.compare_totals`."""
    sizes, truth = samples.sizes, samples.truth
    n = sizes.sum()
    mean = samples.totals.sum(axis=1) / n
    off = samples.totals - mean[:, None] * sizes
    error = np.sqrt((off * off / (1 - sizes / n)).sum(axis=1)) / n
    seen = error >= 1e-12
    reach = stdtrit(degrees_of_freedom(sizes.tolist()), 0.975) * error
    size = (samples.squares + 1) / ((samples.differing + 2 * samples.squares) / 3 + 1)
    square_error = np.where(seen, error * error, 1.0)
    worth = np.where(
        seen,
        np.clip((samples.squares / n - mean * mean) / square_error, 1.0, n),
        n * n / (sizes * sizes).sum(),
    )
    least = Z95**2 / worth * (size * abs(truth) - truth * truth)
    same = (mean * truth > 0) | (np.abs(mean) < 1e-12)
    student = seen & (np.abs(mean - truth) <= reach + _EXACT)
    held: Bools = student | same & ((mean - truth) ** 2 <= least + _EXACT**2)
    return held


def corrected_covered(samples: JudgedSamples) -> Bools:
    """By :func:`evaluation.scoring.judge_validity.corrected_rate`; of four labelled articles or more."""

    def part(sums: Floats, sizes: Floats) -> tuple[Floats, Floats]:
        count = np.maximum(sizes.sum(axis=1), 1.0)
        mean = sums.sum(axis=1) / count
        return mean, (sums - mean[:, None] * sizes) / count[:, None]

    articles = (samples.seen > 0).sum(axis=1)
    people_rate, own = part(samples.people, samples.seen)
    judged_rate, ours = part(samples.judge, samples.seen)
    rest_rate, theirs = part(samples.told, samples.others)
    lead = theirs - ours
    squared = (lead * lead).sum(axis=1)
    weight = np.clip(-(own * lead).sum(axis=1) / np.maximum(squared, 1e-18), 0.0, 1.0)
    weight = np.where((weight < 1e-9) | (articles < 4), 0.0, weight)
    joined = own + weight[:, None] * lead
    alone = np.maximum((own * own).sum(axis=1), 1e-18)
    chosen = (articles - 1) / np.maximum(articles - 3, 1)
    ratio = np.where(weight > 0, chosen * (joined * joined).sum(axis=1) / alone, 1.0)
    estimate = np.clip(people_rate + weight * (rest_rate - judged_rate), 0.0, 1.0)
    squares = samples.people.sum(axis=1)
    return _score_holds(samples.truth, samples.seen, samples.people, squares, estimate, ratio)
