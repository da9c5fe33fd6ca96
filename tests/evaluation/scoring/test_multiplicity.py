from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from evaluation.scoring.multiplicity import benjamini_hochberg, holm

P_VALUES = st.lists(st.floats(0.0, 1.0, allow_subnormal=False), max_size=12)


@given(P_VALUES)
def test_holm_equals_its_definition(p_values):
    # Every p-value no larger than its own, times how many are at least as large as that one.
    found = holm(p_values)
    for at, value in enumerate(p_values):
        smaller = [other for other in p_values if other <= value]
        expected = max(p * sum(other >= p for other in p_values) for p in smaller)
        assert found[at] == pytest.approx(min(1.0, expected))


@given(P_VALUES)
def test_benjamini_hochberg_equals_its_definition(p_values):
    # The least level at which the step-up procedure rejects: over ranks from its own upwards.
    found = benjamini_hochberg(p_values)
    for at, value in enumerate(p_values):
        expected = min(
            len(p_values) / sum(other <= bound for other in p_values) * bound
            for bound in [*p_values, 1.0]
            if bound >= value
        )
        assert found[at] == pytest.approx(expected)


@pytest.mark.parametrize(("adjust", "method"), [(holm, "holm"), (benjamini_hochberg, "fdr_bh")])
def test_adjusted_values_equal_those_of_statsmodels(adjust, method):
    p_values = [0.04, 0.001, 0.2, 0.001, 0.03, 1.0, 0.0, 0.5]
    assert adjust(p_values) == pytest.approx(multipletests(p_values, method=method)[1].tolist())


@given(P_VALUES)
def test_adjusted_values_are_no_smaller_and_holm_is_the_stricter(p_values):
    for plain, discovery, family in zip(p_values, benjamini_hochberg(p_values), holm(p_values), strict=True):
        assert plain - 1e-12 <= discovery <= family + 1e-12 <= 1.0 + 1e-12


def test_adjusted_values_of_nothing_are_nothing():
    assert (holm([]), benjamini_hochberg([])) == ([], [])


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_adjusting_refuses_what_is_no_p_value(value):
    with pytest.raises(ValueError, match="leave out tests that could not be made"):
        holm([0.5, value])
