"""Intervals of the quality bench, against theory, another implementation and by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import bootstrap, norm

from benchmarks.quality import measures
from benchmarks.quality.measures import NothingToMeasureError, interval


@pytest.fixture
def _many_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measures, "RESAMPLES", 4_000)


def mean_of(values: np.ndarray):
    return lambda at: float(values[at].mean())


@pytest.mark.usefixtures("_many_resamples")
def test_interval_is_that_of_a_percentile_bootstrap():
    values = np.random.default_rng(5).exponential(size=80)

    value, low, high = interval(mean_of(values), 80)

    other = bootstrap(
        (values,), np.mean, method="percentile", n_resamples=4_000, rng=np.random.default_rng(2)
    ).confidence_interval
    assert value == values.mean()
    assert (low, high) == pytest.approx((other.low, other.high), abs=0.02)


@pytest.mark.usefixtures("_many_resamples")
def test_interval_of_clusters_is_that_of_their_means():
    means = np.random.default_rng(6).normal(size=40)
    values, clusters = np.repeat(means, 25), np.repeat(np.arange(40), 25)

    together = interval(mean_of(values), 1_000, clusters.tolist())
    alone = interval(mean_of(means), 40)

    assert together == pytest.approx(alone, abs=1e-9)


@pytest.mark.usefixtures("_many_resamples")
def test_interval_of_halves_is_as_wide_as_theory_says():
    values = np.random.default_rng(7).normal(size=400)

    value, low, high = interval(mean_of(values), 400, is_biased=True)

    half = norm.ppf(0.975) * values.std() / math.sqrt(400)
    assert (low, high) == pytest.approx((value - half, value + half), abs=0.01)


def test_interval_of_halves_ends_at_one():
    def leaning(at: np.ndarray) -> float:
        return 0.95 if len(at) == 16 else 1.0 if at[0] < 4 else 0.6

    assert interval(leaning, 16, is_biased=True) == (0.95, pytest.approx(0.95), 1.0)


def test_interval_holds_a_figure_that_resampling_always_misses():
    value, low, high = interval(lambda at: float(len(set(at.tolist()))), 50)

    assert (value, high) == (50.0, 50.0)
    assert low < 40


def test_interval_passes_over_draws_that_give_no_figure():
    def only_with_the_first(at: np.ndarray) -> float:
        return 0.5 if 0 in at else float("nan")

    assert interval(only_with_the_first, 3) == (0.5, 0.5, 0.5)


def test_interval_is_the_figure_where_no_draw_gives_one():
    assert interval(lambda at: 0.25 if at.tolist() == list(range(9)) else float("nan"), 9) == (0.25,) * 3


def test_interval_is_the_same_every_time():
    values = np.random.default_rng(8).normal(size=30)

    assert interval(mean_of(values), 30) == interval(mean_of(values), 30)


@pytest.mark.parametrize(("n", "why"), [(0, "no labelled row"), (4, "not defined on these 4 rows")])
def test_interval_of_no_figure_is_an_error(n: int, why: str):
    with pytest.raises(NothingToMeasureError) as raised:
        interval(lambda at: float("nan"), n)

    assert str(raised.value) == why
