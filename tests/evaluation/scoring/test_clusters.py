from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from benchmarks.clustered_samples import clustered_samples
from evaluation.scoring.binomial import mid_p_interval
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


@given(st.lists(st.sampled_from([0.0, 1.0]), min_size=101, max_size=160))
def test_rate_interval_of_one_item_per_article_is_wilsons(credits):
    found = rate_interval(article_totals(credits, [str(n) for n in range(len(credits))]))
    assert found == pytest.approx(wilson_interval(sum(credits) / len(credits), len(credits)), abs=1e-9)


@settings(deadline=None)
@given(st.lists(st.sampled_from([0.0, 1.0]), min_size=1, max_size=100))
def test_rate_interval_of_one_item_per_article_is_the_mid_p_one_for_few(credits):
    found = rate_interval(article_totals(credits, [str(n) for n in range(len(credits))]))
    assert found == mid_p_interval(int(sum(credits)), len(credits))


@pytest.mark.parametrize("copies", [2, 5])
def test_rate_interval_of_copies_is_about_that_of_their_articles(copies):
    articles = [1.0] * 14 + [0.0] * 6
    found = rate_interval(
        article_totals(
            [c for c in articles for _ in range(copies)], [str(n) for n in range(20) for _ in range(copies)]
        )
    )
    assert found == pytest.approx(wilson_interval(0.7, 20), abs=0.005)


def test_rate_interval_of_halves_alone_is_narrower_than_of_coins_but_no_point():
    articles = [str(n) for n in range(20)]
    halves = rate_interval(article_totals([0.5] * 20, articles))
    coins = rate_interval(article_totals([0.0, 1.0] * 10, articles))
    assert coins[0] < halves[0] < 0.45
    assert 0.55 < halves[1] < coins[1]


@given(CREDITS)
def test_rate_interval_ends_where_its_definition_says(pairs):
    credits = np.array([credit for credit, _ in pairs])
    names = sorted({article for _, article in pairs})
    inside = np.array([[article == name for _, article in pairs] for name in names])
    sizes, n, mean = inside.sum(axis=1), len(pairs), credits.mean()
    if len(names) == n and 0.5 not in credits:
        return  # counted exactly
    with_ends = np.array([*credits, 0.0, 1.0])
    coin = ((with_ends - mean) ** 2).sum() / (n * mean * (1 - mean) + mean**2 + (1 - mean) ** 2)
    worth, alone = n * n / (sizes**2).sum(), n / (sizes**2).sum()
    student = stats.t.ppf(0.975, worth) ** 2
    reach = alone * 1.959964**2 + (1 - alone) * student * (worth + 1) / (worth + student)
    off = inside @ (credits - mean)
    skew = 0.0
    if (off**2).sum() > 1e-9:
        skew = (
            n * (off**3).sum() / (off**2).sum() ** 2
            - (1 - 2 * mean) / (mean * (1 - mean))
            - (off * sizes).sum() / (off**2).sum()
        )
    for end in rate_interval(totals(pairs)):
        away = credits - end
        if 0.0 < end < 1.0 and end != mean:
            effect = max(0.25, ((inside @ away) ** 2).sum() / (away**2).sum())
            skewed = min(2.0, max(1.0, 0.7 - (mean - end) * skew))
            edge = sqrt(reach * coin * effect * skewed * end * (1 - end) / n)
            assert abs(mean - end) == pytest.approx(edge, abs=1e-5)


def test_rate_interval_around_a_better_estimate_is_narrower_by_its_variance():
    found = article_totals([1.0, 0.0, 1.0, 1.0] * 200, [str(n // 2) for n in range(800)])
    low, high = rate_interval(found)
    narrow = rate_interval(found, estimate=0.75, variance_ratio=0.25)
    assert (narrow[1] - narrow[0]) / (high - low) == pytest.approx(0.5, abs=0.01)
    moved = rate_interval(found, estimate=0.7, variance_ratio=0.25)
    assert moved[0] < 0.7 < moved[1] < high


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
    drawn = clustered_samples(
        articles=500, sizes=[4], rate=0.6, correlation=0.3, halves=0.1, replications=1, seed=2
    )
    sample = next(drawn.each())
    # Articles with the same total: any items that add up to it give the same mean of the resample.
    credits = [
        total / size for total, size in zip(sample.totals, sample.sizes, strict=True) for _ in range(size)
    ]
    articles = [str(n) for n, size in enumerate(sample.sizes) for _ in range(size)]
    assert bootstrap_interval(credits, articles, seed=1) == pytest.approx(rate_interval(sample), abs=0.01)
