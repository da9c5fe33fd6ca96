"""Bootstrap intervals over units: percentiles of 1000 seeded resamples. Pure.

Units with the same counts of labels are interchangeable, so a resample of n units is a multinomial draw over
the distinct rows of counts. That is the ordinary bootstrap over units, at a cost that grows with the few
distinct rows and not with the units, which ``scipy.stats.bootstrap`` cannot do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

RESAMPLES = 1000
LEVEL = 0.95
_SEED = 20240501
_MOST_CELLS = 5_000_000  # of one draw; more distinct rows than fit get fewer resamples
_FEWEST = 200


def interval(counts: Any, statistic: Callable[[Any, Any], Any]) -> tuple[float | None, float | None]:
    """Percentile interval (Efron 1979) of ``statistic`` when the rows of ``counts`` (units x cells) are
    drawn anew.

    ``statistic(weights, rows)`` takes resamples x distinct rows and distinct rows x cells, and gives one
    value per resample, NaN where it has none. ``(None, None)`` for fewer than two units, or when fewer than
    half of the resamples have a value.
    """
    import numpy as np

    if len(counts) < 2:
        return None, None
    return interval_of_rows(*np.unique(counts, axis=0, return_counts=True), statistic)


def interval_of_rows(
    rows: Any, times: Any, statistic: Callable[[Any, Any], Any], *, resamples: int = RESAMPLES
) -> tuple[float | None, float | None]:
    """As :func:`interval`, of distinct ``rows`` and how many units have each."""
    import numpy as np

    n_units = times.sum()
    if n_units < 2:
        return None, None
    resamples = max(_FEWEST, min(resamples, _MOST_CELLS // len(rows)))
    weights = np.random.default_rng(_SEED).multinomial(n_units, times / n_units, size=resamples)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = statistic(weights.astype(float), rows.astype(float))
    values = values[np.isfinite(values)]
    if 2 * len(values) < resamples:
        return None, None
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
