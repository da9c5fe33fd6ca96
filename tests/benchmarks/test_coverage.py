"""The definitions of intervals on arrays hold the truth where the intervals that are reported do."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.clustered_samples import clustered_samples, judged_samples, paired_samples
from benchmarks.coverage import corrected_covered, difference_covered, rate_covered
from benchmarks.intervals import rates as rate_settings
from benchmarks.intervals import report
from evaluation.scoring.clusters import rate_interval
from evaluation.scoring.judge_validity import corrected_rate
from evaluation.scoring.paired import compare_totals

REPLICATIONS = 300
NEAR = 1e-9


@pytest.mark.parametrize(
    ("articles", "sizes", "rate", "correlation", "halves"),
    [
        (12, (1,), 0.8, 0.0, 0.0),
        (12, (1,), 0.8, 0.0, 0.3),
        (120, (1,), 0.6, 0.0, 0.0),
        (20, (5,), 0.9, 0.5, 0.0),
        (15, (1, 30, 4), 0.95, 0.2, 0.2),
    ],
)
def test_rate_covered_is_what_the_interval_says(articles, sizes, rate, correlation, halves):
    found = clustered_samples(
        articles=articles,
        sizes=sizes,
        rate=rate,
        correlation=correlation,
        halves=halves,
        replications=REPLICATIONS,
        seed=1,
    )
    expected = [low - NEAR <= found.truth <= high + NEAR for low, high in map(rate_interval, found.each())]
    # Of few unlike articles the rates that are not too far can have a gap, and the interval goes over it.
    assert np.count_nonzero(rate_covered(found) != np.array(expected)) <= 1
    assert 0.85 < np.mean(expected) < 1.0


@pytest.mark.parametrize(
    ("articles", "sizes", "rates", "halves"),
    [
        (12, (1,), (0.95, 0.85), 0.0),
        (12, (1,), (0.97, 0.97), 0.0),
        (15, (1, 5), (0.6, 0.8), 0.3),
        (30, (3,), (0.7, 0.7), 0.0),
    ],
)
def test_difference_covered_is_what_the_interval_says(articles, sizes, rates, halves):
    found = paired_samples(
        articles=articles,
        sizes=sizes,
        rates=rates,
        correlation=0.0 if sizes == (1,) else 0.3,
        shared=0.6,
        halves=halves,
        replications=REPLICATIONS,
        seed=2,
    )
    compared = [
        compare_totals(sample, first=0.0, second=0.0, higher=int(differing), lower=0)
        for sample, differing in zip(found.each(), found.differing, strict=True)
    ]
    expected = [one.low - NEAR <= found.truth <= one.high + NEAR for one in compared]
    assert difference_covered(found).tolist() == expected
    assert np.mean(found.totals.sum(axis=1) / found.sizes.sum()) == pytest.approx(found.truth, abs=0.02)


@pytest.mark.parametrize("whole_articles", [True, False])
def test_corrected_covered_is_what_the_interval_says(whole_articles):
    found = judged_samples(
        articles=30,
        sizes=(1, 4),
        rate=0.8,
        correlation=0.2,
        right=(0.9, 0.7),
        labelled=0.4,
        whole_articles=whole_articles,
        replications=REPLICATIONS,
        seed=3,
    )
    expected = []
    for at in range(REPLICATIONS):
        judge, people = {}, {}
        for article in range(30):
            # Which of an article's items are which is no matter: only its sums are.
            for item in range(int(found.seen[at, article])):
                key = f"{article:02} seen {item}"
                judge[key] = (float(item < found.judge[at, article]), f"a{article:02}")
                people[key] = float(item < found.people[at, article])
            for item in range(int(found.others[at, article])):
                judge[f"{article:02} other {item}"] = (
                    float(item < found.told[at, article]),
                    f"a{article:02}",
                )
        interval = corrected_rate(judge, people)
        expected.append(interval.low - NEAR <= found.truth <= interval.high + NEAR)
    assert corrected_covered(found).tolist() == expected


def test_report_counts_settings_by_what_they_have_to_go_by(monkeypatch):
    monkeypatch.setattr("benchmarks.intervals.ARTICLES", (10, 50))
    monkeypatch.setattr("benchmarks.intervals.RATES", (0.6, 0.95))
    found = report(list(rate_settings(200)))
    methods = found["methods"]
    assert found["settings"] == methods["reported"]["all"]["settings"] == 2 * (1 + 5 * 5) * 2 * 2
    parts = [part["settings"] for name, part in methods["reported"].items() if name != "all"]
    assert sum(parts) == found["settings"]
    least = {name: method["all"]["least"] for name, method in methods.items()}
    assert least["wilson as if independent"] < 0.5 < least["reported"]
