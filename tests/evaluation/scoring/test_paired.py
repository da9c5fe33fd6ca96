from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from evaluation.scoring.clusters import article_totals
from evaluation.scoring.paired import (
    article_variance,
    compare_runs,
    minimum_detectable_effect,
    paired_detectable_effect,
    sign_flip_p,
    unpaired_detectable_effect,
)
from pipeline.intervals import wilson_interval

CREDIT = st.sampled_from([0.0, 0.5, 1.0])
PAIRS = st.lists(st.tuples(CREDIT, CREDIT, st.sampled_from("abcdefg")), min_size=1, max_size=30)


def runs(pairs):
    """Two runs that answered the same items."""
    first = {f"i{n:03}": (one, article) for n, (one, _, article) in enumerate(pairs)}
    second = {f"i{n:03}": (other, article) for n, (_, other, article) in enumerate(pairs)}
    return first, second


def test_compare_runs_of_one_item_per_article_is_the_paired_t_test():
    draw = np.random.default_rng(1)
    one, other = draw.choice([0.0, 0.5, 1.0], 40), draw.choice([0.0, 0.5, 1.0], 40, p=[0.5, 0.3, 0.2])
    found = compare_runs(*runs([(a, b, f"a{n}") for n, (a, b) in enumerate(zip(one, other, strict=True))]))
    expected = stats.ttest_rel(one, other)
    interval = expected.confidence_interval(0.95)
    assert (found.items, found.articles) == (40, 40)
    assert found.p_value == pytest.approx(expected.pvalue)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    assert found.difference == pytest.approx(one.mean() - other.mean())
    assert found.leader == "first"


def test_compare_runs_of_copies_is_the_test_on_their_articles():
    pairs = [(1.0, 0.0, "a"), (1.0, 0.0, "b"), (0.0, 1.0, "c"), (1.0, 0.5, "d"), (1.0, 1.0, "e")]
    once, thrice = compare_runs(*runs(pairs)), compare_runs(*runs(pairs * 3))
    assert (thrice.items, thrice.articles) == (15, 5)
    assert thrice.p_value == pytest.approx(once.p_value)
    assert thrice.permutation_p == once.permutation_p


def test_compare_runs_takes_only_items_both_answered():
    first = {"1": (1.0, "a"), "2": (1.0, "a"), "3": (0.0, "b")}
    second = {"2": (0.0, "a"), "3": (0.0, "b"), "4": (1.0, "c")}
    found = compare_runs(first, second)
    assert (found.items, found.articles, found.first_rate, found.second_rate) == (2, 2, 0.5, 0.0)
    assert (found.first_higher, found.equal, found.second_higher) == (1, 1, 0)


def test_compare_runs_without_common_items_says_nothing():
    found = compare_runs({"1": (1.0, "a")}, {"2": (1.0, "a")})
    assert (found.items, found.difference, found.p_value, found.permutation_p) == (0, None, None, None)
    assert found.leader == ""


def test_compare_runs_refuses_an_item_of_two_articles():
    with pytest.raises(ValueError, match="item 1 is of article a in one run and of b in the other"):
        compare_runs({"1": (1.0, "a")}, {"1": (1.0, "b")})


def test_compare_runs_without_spread_has_no_standard_error():
    alike = compare_runs(*runs([(1.0, 1.0, "a"), (0.5, 0.5, "b")]))
    assert (alike.difference, alike.standard_error, alike.p_value) == (0.0, None, 1.0)
    opposed = compare_runs(*runs([(1.0, 0.0, article) for article in "abcde"]))
    assert (opposed.difference, opposed.standard_error, opposed.p_value) == (1.0, None, 2 / 32)
    assert opposed.permutation_p == 2 / 32
    alone = compare_runs(*runs([(1.0, 0.0, "a"), (1.0, 1.0, "a")]))
    assert (alone.difference, alone.standard_error, alone.low, alone.p_value, alone.permutation_p) == (
        0.5,
        None,
        None,
        None,
        1.0,
    )


def test_compare_runs_without_a_differing_item_still_allows_for_some():
    # Tango 1998 for no discordant pair among n: 1.96^2 / (n + 1.96^2) to each side.
    found = compare_runs(*runs([(1.0, 1.0, f"a{n}") for n in range(50)]))
    assert (found.low, found.high) == pytest.approx((-3.8415 / 53.8415, 3.8415 / 53.8415), abs=1e-6)
    # Copies of articles are worth no more than these.
    copied = compare_runs(*runs([(1.0, 1.0, f"a{n}") for n in range(50) for _ in range(4)]))
    assert (copied.low, copied.high) == pytest.approx((found.low, found.high))


def test_compare_runs_of_which_every_item_differs_the_same_way_ends_as_wilsons():
    found = compare_runs(*runs([(1.0, 0.0, f"a{n}") for n in range(30)]))
    assert (found.low, found.high) == pytest.approx(wilson_interval(1.0, 30))


@settings(deadline=None)
@given(PAIRS)
def test_compare_runs_interval_leaves_out_no_difference_exactly_when_the_test_does(pairs):
    found = compare_runs(*runs(pairs), resamples=0)
    if found.standard_error is not None and abs(found.p_value - 0.05) > 1e-9:
        assert (found.p_value < 0.05) == (not found.low <= 0.0 <= found.high)


@settings(deadline=None)
@given(PAIRS)
def test_compare_runs_changes_signs_only_when_the_runs_are_exchanged(pairs):
    first, second = runs(pairs)
    found, exchanged = (
        compare_runs(first, second, resamples=99),
        compare_runs(second, first, resamples=99),
    )
    assert exchanged == replace(
        found,
        first_rate=found.second_rate,
        second_rate=found.first_rate,
        difference=-found.difference,
        low=None if found.high is None else -found.high,
        high=None if found.low is None else -found.low,
        first_higher=found.second_higher,
        second_higher=found.first_higher,
    )


@settings(deadline=None)
@given(PAIRS, st.randoms(use_true_random=False))
def test_compare_runs_does_not_depend_on_the_order_of_items(pairs, shuffler):
    first, second = runs(pairs)
    keys = list(second)
    shuffler.shuffle(keys)
    assert compare_runs(first, {key: second[key] for key in keys}, resamples=99) == compare_runs(
        first, second, resamples=99
    )


@settings(deadline=None)
@given(PAIRS)
def test_compare_runs_stays_in_its_bounds(pairs):
    found = compare_runs(*runs(pairs), resamples=99)
    assert found.first_higher + found.equal + found.second_higher == found.items == len(pairs)
    assert 0.0 < found.permutation_p <= 1.0
    assert found.p_value is None or 0.0 <= found.p_value <= 1.0
    if found.low is not None:
        assert -1.0 <= found.low <= found.difference <= found.high <= 1.0


def test_sign_flip_p_is_exact_for_few_articles():
    # Counted over all 2^4 flips.
    values = [1.0, 2.0, 3.0, -0.5]
    flips = np.array(np.meshgrid(*[[-1, 1]] * 4)).reshape(4, -1).T
    expected = np.mean(np.abs(flips @ values) >= abs(sum(values)))
    assert sign_flip_p(values, seed=0, resamples=999) == expected


def test_sign_flip_p_is_seeded_and_near_the_t_test_for_many():
    draw = np.random.default_rng(3)
    values = draw.normal(0.15, 1, 200).tolist()
    found = sign_flip_p(values, seed=1, resamples=9999)
    assert found == sign_flip_p(values, seed=1, resamples=9999)
    assert found == pytest.approx(stats.ttest_1samp(values, 0).pvalue, abs=0.02)


def paired_samples(*, articles, sizes, effect, replications, seed):
    """Items of an article share a difficulty; the first run has ``effect`` more chance on each."""
    draw = np.random.default_rng(seed)
    counts = [sizes[n % len(sizes)] for n in range(articles)]
    names = [f"a{n}" for n, size in enumerate(counts) for _ in range(size)]
    for _ in range(replications):
        base = np.repeat(draw.uniform(0.1, 0.9 - effect, len(counts)), counts)
        # Which of the two an article suits is a property of the article: differences are clustered too.
        suits = np.repeat(draw.choice([-0.1, 0.1], len(counts)), counts)
        one = (draw.random(len(names)) < base + effect + suits).astype(float)
        other = (draw.random(len(names)) < base - suits).astype(float)
        yield runs(list(zip(one.tolist(), other.tolist(), names, strict=True)))


@pytest.mark.parametrize(("articles", "sizes"), [(30, [4]), (60, [1, 2, 3]), (40, list(range(1, 11)))])
def test_compare_runs_errs_in_5_percent_when_runs_are_equal(articles, sizes):
    found = [
        compare_runs(one, other, resamples=0)
        for one, other in paired_samples(
            articles=articles, sizes=sizes, effect=0.0, replications=1500, seed=7
        )
    ]
    assert 0.03 <= sum(one.p_value < 0.05 for one in found) / 1500 <= 0.07
    assert 0.93 <= sum(one.low <= 0.0 <= one.high for one in found) / 1500 <= 0.97


def test_minimum_detectable_effect_is_found_with_its_power():
    (first, second), *_ = paired_samples(articles=400, sizes=[3], effect=0.0, replications=1, seed=1)
    differences = [first[key][0] - second[key][0] for key in first]
    variance = article_variance(article_totals(differences, [article for _, article in first.values()]))
    effect = minimum_detectable_effect(variance=variance, articles=60, paired=True)
    found = [
        compare_runs(one, other, resamples=0).p_value < 0.05
        for one, other in paired_samples(articles=60, sizes=[3], effect=effect, replications=800, seed=2)
    ]
    assert 0.74 <= sum(found) / 800 <= 0.86


def test_minimum_detectable_effect_shrinks_with_articles_and_by_pairing():
    at = {n: minimum_detectable_effect(variance=0.2, articles=n, paired=True) for n in (50, 200)}
    assert at[200] / at[50] == pytest.approx(0.5, abs=0.02)
    assert minimum_detectable_effect(variance=0.2, articles=200, paired=False) == pytest.approx(
        at[200] * 2**0.5, rel=0.01
    )
    with pytest.raises(ValueError, match="at least two"):
        minimum_detectable_effect(variance=0.2, articles=1, paired=True)


def test_detectable_effects_of_two_runs_equal_the_planned_ones():
    draw = np.random.default_rng(4)
    pairs = [(float(a), float(b), f"a{n}") for n, (a, b) in enumerate(draw.integers(0, 2, (80, 2)))]
    first, second = runs(pairs)
    variance = article_variance(article_totals([a - b for a, b, _ in pairs], [c for *_, c in pairs]))
    assert paired_detectable_effect(first, second) == pytest.approx(
        minimum_detectable_effect(variance=variance, articles=80, paired=True)
    )
    alike = article_variance(article_totals([a for a, _, _ in pairs], [c for *_, c in pairs]))
    assert unpaired_detectable_effect(first, first) == pytest.approx(
        minimum_detectable_effect(variance=alike, articles=80, paired=False)
    )
    assert paired_detectable_effect(first, {}) is None
    assert unpaired_detectable_effect(first, {}) is None
