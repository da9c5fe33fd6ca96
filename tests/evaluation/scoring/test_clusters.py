from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.clustered_samples import clustered_samples
from evaluation.scoring.clusters import (
    ArticleTotals,
    article_totals,
    bootstrap_interval,
    degrees_of_freedom,
    rate_interval,
    standard_error,
)
from pipeline.intervals import wilson_interval

CREDITS = st.lists(
    st.tuples(st.sampled_from([0.0, 0.5, 1.0]), st.sampled_from("abcdefgh")), min_size=1, max_size=40
)


def totals(pairs: list[tuple[float, str]]) -> ArticleTotals:
    return article_totals([credit for credit, _ in pairs], [article for _, article in pairs])


def test_wilson_interval_equals_the_published_value():
    # Newcombe 1998, table I, method 3: 81 of 263 gives 0.2553 to 0.3662.
    low, high = wilson_interval(81 / 263, 263)
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)


@pytest.mark.parametrize(("rate", "n"), [(-0.1, 5), (1.1, 5), (0.5, 0)])
def test_wilson_interval_refuses_nonsense(rate, n):
    with pytest.raises(ValueError, match="must be in"):
        wilson_interval(rate, n)


@given(st.lists(st.sampled_from([0.0, 1.0]), min_size=1, max_size=60))
def test_rate_interval_of_one_item_per_article_is_wilsons(credits):
    found = rate_interval(article_totals(credits, [str(n) for n in range(len(credits))]))
    assert found == pytest.approx(wilson_interval(sum(credits) / len(credits), len(credits)), abs=1e-9)


@pytest.mark.parametrize("copies", [2, 5])
def test_rate_interval_of_copies_is_that_of_their_articles(copies):
    articles = [1.0] * 14 + [0.0] * 6
    found = rate_interval(
        article_totals(
            [c for c in articles for _ in range(copies)], [str(n) for n in range(20) for _ in range(copies)]
        )
    )
    assert found == pytest.approx(wilson_interval(0.7, 20), abs=1e-9)


def test_rate_interval_of_halves_alone_is_narrower_than_of_coins_but_no_point():
    articles = [str(n) for n in range(20)]
    halves = rate_interval(article_totals([0.5] * 20, articles))
    coins = rate_interval(article_totals([0.0, 1.0] * 10, articles))
    assert coins[0] < halves[0] < 0.45
    assert 0.55 < halves[1] < coins[1]


@given(CREDITS)
def test_rate_interval_ends_where_its_definition_says(pairs):
    credits = np.array([credit for credit, _ in pairs])
    articles = np.array([article for _, article in pairs])
    n, mean = len(pairs), credits.mean()
    with_ends = np.array([*credits, 0.0, 1.0])
    ends = mean**2 + (1 - mean) ** 2
    coin = ((with_ends - mean) ** 2).sum() / (n * mean * (1 - mean) + ends)
    for end in rate_interval(totals(pairs)):
        away = credits - end
        between = sum(away[articles == article].sum() ** 2 for article in set(articles))
        if 0.0 < end < 1.0 and end != mean:
            effect = max(0.25, between / (away**2).sum())
            edge = 1.959964 * sqrt(coin * effect * end * (1 - end) / n)
            assert abs(mean - end) == pytest.approx(edge, abs=1e-5)


@given(CREDITS)
def test_rate_interval_holds_the_rate_and_stays_in_the_unit_interval(pairs):
    found = totals(pairs)
    low, high = rate_interval(found)
    assert 0.0 <= low <= found.mean <= high <= 1.0
    assert low < high


@given(CREDITS)
def test_rate_interval_is_mirrored_when_s_and_rs_swap(pairs):
    low, high = rate_interval(totals(pairs))
    mirrored = rate_interval(totals([(1 - credit, article) for credit, article in pairs]))
    assert mirrored == pytest.approx((1 - high, 1 - low), abs=1e-6)


@given(CREDITS, st.randoms(use_true_random=False))
def test_figures_of_articles_do_not_depend_on_the_order_of_items(pairs, shuffler):
    shuffled = list(pairs)
    shuffler.shuffle(shuffled)
    assert totals(shuffled) == totals(pairs)


@given(CREDITS)
def test_standard_error_equals_the_sandwich_of_statsmodels_for_articles_of_one_size(pairs):
    doubled = [(credit, f"{n}") for n, (credit, _) in enumerate(pairs)] + [
        (credit / 2, f"{n}") for n, (credit, _) in enumerate(pairs)
    ]
    found = standard_error(totals(doubled))
    if len(pairs) < 2:
        assert found is None
        return
    fitted = sm.OLS([credit for credit, _ in doubled], np.ones(len(doubled))).fit(
        cov_type="cluster",
        cov_kwds={"groups": np.array([int(a) for _, a in doubled]), "use_correction": False},
    )
    articles = len(pairs)
    assert found == pytest.approx(fitted.bse[0] * sqrt(articles / (articles - 1)), abs=1e-12)


@given(st.integers(2, 40), st.integers(1, 9))
def test_degrees_of_freedom_of_articles_of_one_size_are_one_less_than_articles(articles, size):
    assert degrees_of_freedom([size] * articles) == pytest.approx(articles - 1)


@given(st.lists(st.integers(1, 10), min_size=2, max_size=12))
def test_degrees_of_freedom_equal_the_matrix_definition(sizes):
    n = sum(sizes)
    residual = np.diag(sizes) - np.outer(sizes, sizes) / n
    product = np.diag([1 / (1 - size / n) for size in sizes]) @ residual
    expected = np.trace(product) ** 2 / np.trace(product @ product)
    assert degrees_of_freedom(sizes) == pytest.approx(expected)
    assert expected <= len(sizes) - 1 + 1e-9


SETTINGS = [
    # items, rate, sizes of articles in turn, intra-class correlation, share of halves
    (50, 0.5, [4], 0.1, 0.0),
    (50, 0.7, [1, 2, 3], 0.3, 0.2),
    (60, 0.9, [1], 0.0, 0.1),
    (100, 0.9, [1, 2, 3, 4, 5], 0.1, 0.0),
    (200, 0.5, list(range(1, 11)), 0.3, 0.0),
    (200, 0.6, [1, 1, 1, 1, 1, 10], 0.2, 0.1),
    (200, 0.8, [10], 0.2, 0.0),
    (400, 0.9, list(range(1, 11)), 0.2, 0.3),
    (1000, 0.7, list(range(1, 11)), 0.3, 0.0),
    (1000, 0.9, [4], 0.5, 0.1),
]


@pytest.mark.parametrize(("items", "rate", "sizes", "correlation", "halves"), SETTINGS)
def test_rate_interval_covers_the_true_rate_in_93_to_97_percent(items, rate, sizes, correlation, halves):
    true_rate, samples = clustered_samples(
        items=items,
        rate=rate,
        sizes=sizes,
        correlation=correlation,
        halves=halves,
        replications=2500,
        seed=11,
    )
    covered = 0
    for sample in samples:
        low, high = rate_interval(sample)
        covered += low <= true_rate <= high
    assert 0.93 <= covered / 2500 <= 0.97


def test_wilson_on_items_as_if_independent_would_not_cover():
    # What the interval above is for: the same samples, read as so many independent items.
    true_rate, samples = clustered_samples(
        items=200, rate=0.7, sizes=[10], correlation=0.3, halves=0.0, replications=500, seed=11
    )
    intervals = [wilson_interval(sample.mean, sample.items) for sample in samples]
    assert sum(low <= true_rate <= high for low, high in intervals) / 500 < 0.8


def test_bootstrap_interval_is_the_same_for_the_same_seed_in_any_order():
    credits, articles = [1.0, 0.0, 1.0, 0.5, 1.0] * 20, [str(n % 37) for n in range(100)]
    first = bootstrap_interval(credits, articles, seed=3)
    assert bootstrap_interval(credits[::-1], articles[::-1], seed=3) == first
    assert bootstrap_interval(credits, articles, seed=4) != first


@settings(max_examples=30, deadline=None)
@given(CREDITS)
def test_bootstrap_interval_stays_in_the_unit_interval(pairs):
    found = bootstrap_interval([c for c, _ in pairs], [a for _, a in pairs], seed=1, resamples=200)
    if len({article for _, article in pairs}) < 2:
        assert found is None
    else:
        assert 0.0 <= found[0] <= found[1] <= 1.0


def test_bootstrap_interval_nears_the_score_interval_with_many_articles():
    _, samples = clustered_samples(
        items=2000, rate=0.6, sizes=[4], correlation=0.3, halves=0.1, replications=1, seed=2
    )
    sample = next(samples)
    # Articles with the same total: any items that add up to it give the same mean of the resample.
    credits = [
        total / size for total, size in zip(sample.totals, sample.sizes, strict=True) for _ in range(size)
    ]
    articles = [str(n) for n, size in enumerate(sample.sizes) for _ in range(size)]
    assert bootstrap_interval(credits, articles, seed=1) == pytest.approx(rate_interval(sample), abs=0.01)


def test_bootstrap_interval_covers_the_true_rate():
    true_rate, samples = clustered_samples(
        items=200, rate=0.7, sizes=[1, 2, 3, 4], correlation=0.3, halves=0.1, replications=600, seed=5
    )
    covered = 0
    for sample in samples:
        credits = [t / s for t, s in zip(sample.totals, sample.sizes, strict=True) for _ in range(s)]
        articles = [str(n) for n, size in enumerate(sample.sizes) for _ in range(size)]
        low, high = bootstrap_interval(credits, articles, seed=1, resamples=999)
        covered += low <= true_rate <= high
    assert 0.92 <= covered / 600 <= 0.97
