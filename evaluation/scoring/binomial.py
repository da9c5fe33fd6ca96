"""The rate of few independent items that are each 0 or 1, counted exactly."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LARGEST_EXACT = 100
_STEPS, _PASSES = 100, 5  # down to a hundred-millionth
_TIED = 1e-9  # counts as likely as each other, rounding apart


def mid_p_interval(successes: int, n: int) -> tuple[float, float]:
    """95 % interval of a rate from ``successes`` among ``n`` independent items, n of 1 to 100.

    The rates around the observed one at which the mid-P value is above 5 %: the chance of all counts less
    likely than the one seen and half that of those as likely (Hirji 2006, Exact Analysis of Discrete Data,
    the probability-based mid-P). Exchanging successes and failures mirrors it exactly. Raises ``ValueError``
    outside these bounds.
    """
    if not 0 <= successes <= n or not 1 <= n <= LARGEST_EXACT:
        raise ValueError(f"{successes} successes among {n} items; n must be 1 to {LARGEST_EXACT}")
    return _lowest(successes, n), 1.0 - _lowest(n - successes, n)


@cache
def _lowest(successes: int, n: int) -> float:
    import numpy as np
    from scipy.special import gammaln

    if successes == 0:
        return 0.0
    counts = np.arange(n + 1)
    ways = gammaln(n + 1) - gammaln(counts + 1) - gammaln(n - counts + 1)

    def holds(rates: NDArray[np.float64]) -> NDArray[np.bool_]:
        rate = rates[:, None]
        chances = np.exp(ways + counts * np.log(rate) + (n - counts) * np.log1p(-rate))
        seen = chances[:, [successes]]
        less = np.where(chances < seen * (1 - _TIED), chances, 0.0).sum(axis=1)
        tied = np.where(np.abs(chances - seen) <= seen * _TIED, chances, 0.0).sum(axis=1)
        above: NDArray[np.bool_] = less + tied / 2 > 0.05
        return above

    inside, outside = successes / n, 0.0
    for _ in range(_PASSES):
        steps = np.linspace(inside, outside, _STEPS + 2, dtype=np.float64)[1:-1]
        beyond = int(np.append(holds(steps), False).argmin())
        outside = float(np.append(steps, outside)[beyond])
        inside = float(steps[beyond - 1]) if beyond else inside
    return inside
