"""How often 95 % intervals hold the truth, by simulation: of a rate, of a paired difference, of a rate by a
judge that people correct.

python -m benchmarks.intervals [--samples N] [--only rate|difference|corrected]

Draws samples of items in articles over the grids below and prints one JSON object: for each kind, by how much
a setting has to go by, the share of settings with a coverage of 93 to 97 %, those below, the least and the
greatest; and every setting outside that has five or more to go by. That is, for a rate, the failures expected
if related items count as fewer; for a difference, the articles that differ on average; for a corrected rate,
the failures expected among the items people saw. Intervals are those NaVAB reports, and of a rate also
Wilson's on the effective size and on items as if independent.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any

import numpy as np

from benchmarks.clustered_samples import (
    Floats,
    article_sizes,
    clustered_samples,
    judged_samples,
    paired_samples,
)
from benchmarks.coverage import (
    as_if_independent,
    corrected_covered,
    difference_covered,
    on_effective_size,
    rate_covered,
)

ARTICLES = (10, 20, 30, 50, 100, 300, 1000)
SIZES = ((1,), (2,), (5,), (20,), tuple(range(1, 11)), (1, 30, 4, 21, 11, 26, 7, 16, 2, 13))
CORRELATIONS = (0.0, 0.1, 0.3, 0.5, 0.9)
HALVES = (0.0, 0.3)
RATES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.97)
PAIRS = ((0.5, 0.5), (0.7, 0.7), (0.7, 0.6), (0.8, 0.6), (0.9, 0.9), (0.9, 0.85), (0.95, 0.93))
SHARED = (0.0, 0.5, 0.8)
JUDGES = ((0.9, 0.6), (0.95, 0.95))  # right on credits of 1, of 0
LABELLED = (0.2, 0.5)
LARGEST = {"rate": 10_500, "difference": 2_500, "corrected": 3_100}  # items
CLASSES = (0, 2, 5, 10, np.inf)


@dataclass(frozen=True, slots=True)
class Setting:
    """What was drawn, how much it has to go by, and the coverage by method."""

    drawn: dict[str, Any]
    evidence: float
    coverage: dict[str, float]


def worth(sizes: Floats, correlation: float) -> float:
    """How many independent items those of such articles count as."""
    items = float(sizes.sum())
    return items / (1 + correlation * (float((sizes * sizes).sum()) / items - 1))


def _layouts(kind: str) -> Iterator[dict[str, Any]]:
    for articles, sizes, correlation in product(ARTICLES, SIZES, CORRELATIONS):
        if sizes == (1,) and correlation:
            continue
        if article_sizes(articles, sizes).sum() <= LARGEST[kind]:
            yield {"articles": articles, "sizes": sizes, "correlation": correlation}


def rates(samples: int) -> Iterator[Setting]:
    """Of a rate."""
    for layout, rate, halves in product(_layouts("rate"), RATES, HALVES):
        drawn = {**layout, "rate": rate, "halves": halves}
        found = clustered_samples(**drawn, replications=samples, seed=1)
        counts = worth(found.sizes.astype(float), layout["correlation"])
        yield Setting(
            drawn,
            counts * (1 - halves) * min(rate, 1 - rate),
            {
                "reported": float(rate_covered(found).mean()),
                "wilson on the effective size": float(on_effective_size(found).mean()),
                "wilson as if independent": float(as_if_independent(found).mean()),
            },
        )


def differences(samples: int) -> Iterator[Setting]:
    """Of a paired difference."""
    for layout, pair, shared, halves in product(_layouts("difference"), PAIRS, SHARED, HALVES):
        drawn = {**layout, "rates": pair, "shared": shared, "halves": halves}
        found = paired_samples(**drawn, replications=samples, seed=1)
        differing = float((found.totals != 0).sum(axis=1).mean())
        yield Setting(drawn, differing, {"reported": float(difference_covered(found).mean())})


def corrected(samples: int) -> Iterator[Setting]:
    """Of a corrected rate, with ten labelled articles on average or more."""
    for layout, rate, right, labelled, whole in product(
        _layouts("corrected"), RATES[::2], JUDGES, LABELLED, (True, False)
    ):
        if layout["articles"] < 50 or (whole and layout["sizes"] == (1,)):
            continue
        drawn = {**layout, "rate": rate, "right": right, "labelled": labelled, "whole_articles": whole}
        found = judged_samples(**drawn, replications=samples, seed=1)
        if (found.seen > 0).sum(axis=1).mean() < 10:
            continue
        counts = np.mean([worth(seen, layout["correlation"]) for seen in found.seen[:200]])
        yield Setting(
            drawn,
            float(counts * min(rate, 1 - rate)),
            {"reported": float(corrected_covered(found).mean())},
        )


KINDS: dict[str, Callable[[int], Iterator[Setting]]] = {
    "rate": rates,
    "difference": differences,
    "corrected": corrected,
}


def report(found: list[Setting]) -> dict[str, Any]:
    """Shares by method and evidence, and what of the reported interval is outside with five or more."""
    return {
        "settings": len(found),
        "methods": {
            method: {
                "all": _shares([one.coverage[method] for one in found]),
                **{
                    f"{low:g} to {high:g}": _shares(values)
                    for low, high in pairwise(CLASSES)
                    if (values := [one.coverage[method] for one in found if low <= one.evidence < high])
                },
            }
            for method in found[0].coverage
        },
        "reported_outside": [
            f"{one.drawn}, {one.evidence:.1f} to go by: {one.coverage['reported']:.3f}"
            for one in found
            if one.evidence >= 5 and not 0.93 <= one.coverage["reported"] <= 0.97
        ],
    }


def _shares(values: list[float]) -> dict[str, float]:
    return {
        "settings": len(values),
        "within_93_to_97": round(sum(0.93 <= value <= 0.97 for value in values) / len(values), 3),
        "below_93": round(sum(value < 0.93 for value in values) / len(values), 3),
        "least": round(min(values), 3),
        "greatest": round(max(values), 3),
    }


def main() -> None:
    """Run the grids."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--samples", type=int, default=4000, help="per setting")
    parser.add_argument("--only", choices=list(KINDS))
    arguments = parser.parse_args()
    kinds = [arguments.only] if arguments.only else list(KINDS)
    print(json.dumps({kind: report(list(KINDS[kind](arguments.samples))) for kind in kinds}, indent=1))


if __name__ == "__main__":
    main()
