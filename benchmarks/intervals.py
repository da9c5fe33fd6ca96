"""How often 95 % intervals of a rate hold the true one, by simulation.

python -m benchmarks.intervals [--samples N]

Draws samples of items in articles over a grid of sizes, rates, intra-class correlations and shares of
halves, and prints one JSON object: for the interval NaVAB reports, and for Wilson's on the effective size
(clustered variance) and on items as if independent, the share of settings with a coverage of 93 to 97 %, the
least and the greatest coverage. Settings of fewer than ten articles are left out.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

from benchmarks.clustered_samples import article_sizes, clustered_samples
from evaluation.scoring.clusters import ArticleTotals, rate_interval, standard_error
from pipeline.intervals import wilson_interval

ITEMS = (50, 100, 200, 400, 1000)
RATES = (0.5, 0.6, 0.7, 0.8, 0.9)
SIZES = ((1,), (4,), tuple(range(1, 11)), (1, 1, 1, 1, 1, 10))
CORRELATIONS = (0.0, 0.1, 0.2, 0.3, 0.5)
HALVES = (0.0, 0.2, 0.5)
_EXACT = 1e-9

Setting = tuple[int, float, tuple[int, ...], float, float]


def on_effective_size(totals: ArticleTotals) -> tuple[float, float]:
    """Wilson's interval on the items divided by the design effect (Korn and Graubard 1998)."""
    error, mean, n = standard_error(totals), totals.mean, totals.items
    if not error or mean in (0.0, 1.0):
        return wilson_interval(mean, n * n / sum(size * size for size in totals.sizes))
    return wilson_interval(mean, min(n, mean * (1 - mean) / error**2))


def as_if_independent(totals: ArticleTotals) -> tuple[float, float]:
    """Wilson's interval on the items, whatever their articles."""
    return wilson_interval(totals.mean, totals.items)


METHODS: dict[str, Callable[[ArticleTotals], tuple[float, float]]] = {
    "reported": rate_interval,
    "wilson on the effective size": on_effective_size,
    "wilson as if independent": as_if_independent,
}


def settings() -> Iterator[Setting]:
    """The grid; articles of one item have no correlation."""
    for items, rate, sizes, correlation, halves in product(ITEMS, RATES, SIZES, CORRELATIONS, HALVES):
        if (correlation == 0.0 or sizes != (1,)) and len(article_sizes(items, sizes)) >= 10:
            yield items, rate, sizes, correlation, halves


def coverages(setting: Setting, samples: int) -> dict[str, float]:
    """Share of samples whose interval holds the true rate, by method."""
    items, rate, sizes, correlation, halves = setting
    truth, drawn = clustered_samples(
        items=items,
        rate=rate,
        sizes=sizes,
        correlation=correlation,
        halves=halves,
        replications=samples,
        seed=1,
    )
    held = dict.fromkeys(METHODS, 0)
    for sample in drawn:
        for name, interval in METHODS.items():
            low, high = interval(sample)
            held[name] += low - _EXACT <= truth <= high + _EXACT
    return {name: count / samples for name, count in held.items()}


def main() -> None:
    """Run the grid."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--samples", type=int, default=1000, help="per setting")
    arguments = parser.parse_args()
    found = [(setting, coverages(setting, arguments.samples)) for setting in settings()]
    print(json.dumps(report(found, arguments.samples), indent=1))


def report(found: list[tuple[Setting, dict[str, float]]], samples: int) -> dict[str, Any]:
    """Coverage by method, and every setting in which the reported interval leaves the band."""
    methods = {}
    for name in METHODS:
        values = [coverage[name] for _, coverage in found]
        methods[name] = {
            "share_in_93_to_97": round(sum(map(_in_band, values)) / len(values), 3),
            "least": min(values),
            "greatest": max(values),
        }
    outside = [
        f"{items} items, rate {rate}, articles of {sizes}, correlation {correlation}, halves {halves}: {held}"
        for (items, rate, sizes, correlation, halves), coverage in found
        if not _in_band(held := coverage["reported"])
    ]
    return {"settings": len(found), "samples": samples, "methods": methods, "reported_outside": outside}


def _in_band(coverage: float) -> bool:
    return 0.93 <= coverage <= 0.97


if __name__ == "__main__":
    main()
