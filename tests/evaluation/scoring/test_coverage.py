"""How often the 95 % intervals hold the truth, by seeded simulation over grids of settings.

Every setting of a grid has to lie within 93 and 97 %, except those with little to go by: fewer than ten
failures expected, related items counting as fewer, or fewer than ten articles that differ. There one failure
more or less is a step of several per cent, and their spread cannot be seen in a sample that lacks them. What
coverage is then, the last assertion of each test says; ``benchmarks/README.md`` has all of it.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from benchmarks.clustered_samples import article_sizes, clustered_samples, judged_samples, paired_samples
from benchmarks.coverage import as_if_independent, corrected_covered, difference_covered, rate_covered
from benchmarks.intervals import worth
from evaluation.scoring.clusters import bootstrap_interval

REPLICATIONS = 4000  # a simulated coverage of 95 % is exact to 0.35 points
ENOUGH = 10
SIZES = ((1,), (5,), tuple(range(1, 11)), (1, 30, 4, 21, 11, 26, 7, 16, 2, 13))
CORRELATIONS = (0.0, 0.2, 0.6)


def layouts(articles, *, largest):
    for count, sizes, correlation in product(articles, SIZES, CORRELATIONS):
        if (sizes != (1,) or not correlation) and article_sizes(count, sizes).sum() <= largest:
            yield {"articles": count, "sizes": sizes, "correlation": correlation}


def outside(coverages):
    return {str(drawn): value for drawn, value in coverages if not 0.93 <= value <= 0.97}


def test_interval_of_a_rate_covers_in_93_to_97_percent():
    enough, little = [], []
    grid = product(layouts((15, 30, 100, 300), largest=1500), (0.5, 0.7, 0.85, 0.95), (0.0, 0.25))
    for layout, rate, halves in grid:
        drawn = {**layout, "rate": rate, "halves": halves}
        found = clustered_samples(**drawn, replications=REPLICATIONS, seed=11)
        failures = worth(found.sizes.astype(float), layout["correlation"]) * (1 - halves) * (1 - rate)
        (enough if failures >= ENOUGH else little).append((drawn, rate_covered(found).mean()))
    assert len(enough) > 150
    assert outside(enough) == {}
    assert len(outside(little)) < 0.35 * len(little)


def test_interval_of_a_difference_covers_in_93_to_97_percent():
    enough, little = [], []
    grid = product(
        layouts((15, 30, 100), largest=800),
        ((0.7, 0.7), (0.8, 0.65), (0.95, 0.9)),
        (0.2, 0.8),
        (0.0, 0.25),
    )
    for layout, rates, shared, halves in grid:
        drawn = {**layout, "rates": rates, "shared": shared, "halves": halves}
        found = paired_samples(**drawn, replications=REPLICATIONS, seed=12)
        differing = (found.totals != 0).sum(axis=1).mean()
        (enough if differing >= ENOUGH else little).append((drawn, difference_covered(found).mean()))
    assert len(enough) > 200
    assert outside(enough) == {}
    assert min(coverage for _, coverage in little) > 0.88


def test_interval_of_a_corrected_rate_covers_in_93_to_97_percent():
    enough, little = [], []
    grid = product(
        layouts((80, 160), largest=900),
        (0.6, 0.85),
        ((0.9, 0.6), (0.95, 0.95)),
        (0.2, 0.5),
        (True, False),
    )
    for layout, rate, right, labelled, whole in grid:
        if whole and layout["sizes"] == (1,):
            continue
        drawn = {**layout, "rate": rate, "right": right, "labelled": labelled, "whole_articles": whole}
        found = judged_samples(**drawn, replications=2000, seed=13)
        failures = np.mean([worth(seen, layout["correlation"]) for seen in found.seen[:100]]) * (1 - rate)
        (enough if failures >= ENOUGH else little).append((drawn, corrected_covered(found).mean()))
    assert len(enough) > 60
    assert outside(enough) == {}
    assert min(coverage for _, coverage in little) > 0.85


def test_interval_of_items_as_if_independent_would_not_cover():
    # What the interval of a rate is for: the same samples, read as so many independent items.
    found = clustered_samples(
        articles=20, sizes=(10,), rate=0.7, correlation=0.3, halves=0.0, replications=REPLICATIONS, seed=11
    )
    assert as_if_independent(found).mean() < 0.8
    assert 0.93 <= rate_covered(found).mean() <= 0.97


@pytest.mark.parametrize(
    ("articles", "sizes", "rate", "correlation"),
    [(15, (5,), 0.7, 0.3), (40, (1, 2, 3, 4), 0.8, 0.2), (100, (1, 5, 10), 0.6, 0.5)],
)
def test_bootstrap_interval_covers_in_93_to_97_percent(articles, sizes, rate, correlation):
    found = clustered_samples(
        articles=articles,
        sizes=sizes,
        rate=rate,
        correlation=correlation,
        halves=0.1,
        replications=800,
        seed=14,
    )
    names = [str(at) for at, size in enumerate(found.sizes) for _ in range(size)]
    held = 0
    for sample in found.each():
        credits = [t / s for t, s in zip(sample.totals, sample.sizes, strict=True) for _ in range(s)]
        low, high = bootstrap_interval(credits, names, seed=1, resamples=999)
        held += low <= found.truth <= high
    assert 0.93 <= held / 800 <= 0.97
