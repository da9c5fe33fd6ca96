from __future__ import annotations

from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from evaluation.scoring.binomial import LARGEST_EXACT, mid_p_interval

COUNTS = st.integers(1, LARGEST_EXACT).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def mid_p(successes, n, rate):
    chances = [comb(n, k) * rate**k * (1 - rate) ** (n - k) for k in range(n + 1)]
    seen = chances[successes]
    return sum(one * (1.0 if one < seen * (1 - 1e-9) else 0.5) for one in chances if one <= seen * (1 + 1e-9))


@settings(deadline=None)
@given(COUNTS)
def test_mid_p_interval_ends_where_its_value_falls_below_5_percent(counts):
    successes, n = counts
    low, high = mid_p_interval(successes, n)
    for end, out in ((low, -1e-6), (high, 1e-6)):
        if 0.0 < end < 1.0:
            assert mid_p(successes, n, end - out) > 0.05
            assert mid_p(successes, n, end + out) <= 0.05


@settings(deadline=None)
@given(COUNTS)
def test_mid_p_interval_holds_the_rate_and_is_mirrored_when_s_and_rs_swap(counts):
    successes, n = counts
    low, high = mid_p_interval(successes, n)
    assert 0.0 <= low <= successes / n <= high <= 1.0
    assert low < high
    assert mid_p_interval(n - successes, n) == pytest.approx((1 - high, 1 - low), abs=1e-12)


@pytest.mark.parametrize("n", [7, 20, 64])
def test_mid_p_interval_rises_with_the_count(n):
    found = [mid_p_interval(successes, n) for successes in range(n + 1)]
    assert found == sorted(found)
    assert [high for _, high in found] == sorted(high for _, high in found)


@pytest.mark.parametrize(("successes", "n"), [(-1, 5), (6, 5), (0, 0), (0, LARGEST_EXACT + 1)])
def test_mid_p_interval_refuses_counts_out_of_bounds(successes, n):
    with pytest.raises(ValueError, match="n must be 1 to 100"):
        mid_p_interval(successes, n)


def test_mid_p_interval_covers_as_well_as_so_few_counts_allow():
    """Exactly, over rates of 0.50 to 0.97. Below 30 items one more count is several per cent."""
    within = {}
    for sizes in ((10, 12, 15, 20, 25, 30), (40, 50, 75, 100)):
        coverages = []
        for n in sizes:
            intervals = [mid_p_interval(count, n) for count in range(n + 1)]
            for step in range(50, 98):
                chances = stats.binom.pmf(range(n + 1), n, step / 100)
                coverages.append(
                    sum(
                        chance
                        for chance, (low, high) in zip(chances, intervals, strict=True)
                        if low <= step / 100 <= high
                    )
                )
        assert min(coverages) > 0.88
        within[sizes] = sum(0.93 <= coverage <= 0.97 for coverage in coverages) / len(coverages)
    assert list(within.values()) > [0.8, 0.95]
