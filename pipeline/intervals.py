"""Intervals of rates."""

from __future__ import annotations

from math import sqrt

Z95 = 1.959963984540054  # two-sided 95 % point of the normal distribution


def wilson_interval(rate: float, n: float) -> tuple[float, float]:
    """95 % score interval (Wilson 1927) of ``rate`` in [0, 1] from ``n`` > 0 effective observations."""
    if not 0.0 <= rate <= 1.0 or n <= 0:
        raise ValueError(f"rate {rate!r} must be in [0, 1] and n {n!r} above 0")
    shrink = 1 + Z95**2 / n
    centre = (rate + Z95**2 / (2 * n)) / shrink
    half = Z95 / shrink * sqrt(rate * (1 - rate) / n + Z95**2 / (4 * n * n))
    return max(0.0, min(rate, centre - half)), min(1.0, max(rate, centre + half))
