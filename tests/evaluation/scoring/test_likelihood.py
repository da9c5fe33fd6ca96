from __future__ import annotations

import pytest

from evaluation.scoring.likelihood import NOISE, OptionScore, beyond_noise, option_lead, option_value
from evaluation.scoring.protocol_kind import LIKELIHOODS, ProtocolKind

SUM, TOKEN, CHARACTER, PMI = LIKELIHOODS


@pytest.mark.parametrize(("kind", "value"), [(SUM, -12.0), (TOKEN, -4.0), (CHARACTER, -1.2), (PMI, 3.0)])
def test_an_option_is_compared_by_its_variant(kind, value):
    assert option_value(kind, OptionScore(-12.0, 3, 10, -15.0)) == pytest.approx(value)


def test_what_cannot_be_compared_is_an_error():
    with pytest.raises(ValueError, match="no token"):
        option_value(SUM, OptionScore(0.0, 0, 0))
    with pytest.raises(ValueError, match="cannot be read"):
        option_value(PMI, OptionScore(-1.0, 1, 1))
    with pytest.raises(ValueError, match="cannot be read"):
        option_value(ProtocolKind.LETTERS, OptionScore(-1.0, 1, 1))


@pytest.mark.parametrize("kind", LIKELIHOODS)
def test_rounding_of_single_precision_does_not_decide(kind):
    given = OptionScore(-120.0, 30, 100, -130.0)
    moved = OptionScore(-120.0 * (1 + 2**-23), 30, 100, -130.0)
    assert option_lead(kind, given, moved) == option_lead(kind, moved, given) == 0.0


@pytest.mark.parametrize("kind", LIKELIHOODS)
def test_a_thousandth_of_a_nat_per_hundred_decides(kind):
    first, second = OptionScore(-100.0, 30, 100, -99.0), OptionScore(-100.001, 30, 100, -99.0)
    assert option_lead(kind, first, second) > 0
    assert option_lead(kind, second, first) < 0


def test_pmi_is_measured_by_what_it_is_the_difference_of():
    """Values of some hundredths, from sums of some hundreds: what is between these is lost in those."""
    first, second = OptionScore(-300.0, 60, 200, -300.02), OptionScore(-280.0, 60, 200, -280.02 - 1e-4)
    assert option_lead(PMI, first, second) == 0.0
    assert beyond_noise(1e-4, 0.02, 0.0201) == 1e-4


def test_noise_is_relative():
    assert beyond_noise(0.5 * NOISE, 1.0, -0.1) == 0.0
    assert beyond_noise(0.5 * NOISE, 0.1, -0.1) == 0.5 * NOISE
    assert beyond_noise(0.0, 0.0, 0.0) == 0.0
