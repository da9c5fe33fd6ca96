from __future__ import annotations

from dataclasses import replace
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.scoring.option_bias import OptionBias, OrderedChoice, option_bias
from evaluation.scoring.outcomes import Choice
from pipeline.intervals import wilson_interval

S, RS, REFUSAL = Choice.STATEMENT, Choice.REVERSED, Choice.REFUSAL
PROBABILITY = st.one_of(st.none(), st.floats(0.0, 1.0))
CHOICE = st.one_of(st.none(), st.sampled_from(list(Choice)))
ITEMS = st.lists(
    st.builds(
        OrderedChoice,
        article=st.sampled_from("abcd"),
        statement_first=CHOICE,
        reversed_first=CHOICE,
        probability_statement_first=PROBABILITY,
        probability_reversed_first=PROBABILITY,
    ),
    max_size=30,
)


def test_option_bias_of_a_model_that_always_names_the_first():
    found = option_bias([OrderedChoice(f"a{n}", S, RS) for n in range(10)])
    assert (found.flips.n, found.flips.rate) == (10, 1.0)
    assert (found.first_option.n, found.first_option.rate) == (20, 1.0)
    # Both replies are of one article: as sure as ten, not as twenty.
    assert found.first_option.low == pytest.approx(wilson_interval(1.0, 10)[0], abs=0.01)


def test_option_bias_of_a_model_that_reads_the_content():
    found = option_bias([OrderedChoice("a", S, S), OrderedChoice("b", RS, RS)])
    assert (found.flips.rate, found.first_option.rate) == (0.0, 0.5)


def test_option_bias_leaves_out_replies_that_chose_nothing():
    found = option_bias(
        [OrderedChoice("a", S, REFUSAL), OrderedChoice("b", Choice.INVALID, S), OrderedChoice("c", RS, S)]
    )
    assert (found.items, found.flips.n, found.flips.rate) == (3, 1, 1.0)
    assert (found.first_option.n, found.first_option.rate) == (4, 0.25)


def test_option_bias_of_likelihoods_has_a_margin_only():
    found = option_bias([OrderedChoice("a", probability=0.9), OrderedChoice("b", probability=0.4)])
    assert found == OptionBias(
        items=2,
        flips=None,
        first_option=None,
        with_probability=2,
        margin=pytest.approx(0.5),
        log_odds=pytest.approx((log(9) + log(2 / 3)) / 2),
        position_log_odds=None,
    )


def test_option_bias_tells_position_from_firmness():
    # Sure of whatever stands first: no margin between S and RS, all of it position.
    found = option_bias([OrderedChoice("a", S, RS, 0.9, 0.1)])
    assert (found.margin, found.log_odds) == (pytest.approx(0.0), pytest.approx(0.0))
    assert found.position_log_odds == pytest.approx(log(9))


def test_option_bias_of_nothing():
    assert option_bias([]) == OptionBias(0, None, None, 0, None, None, None)


def test_option_bias_refuses_what_is_no_probability():
    with pytest.raises(ValueError, match=r"probability 1\.5 of an item of article a"):
        option_bias([OrderedChoice("a", probability=1.5)])


@given(ITEMS)
def test_option_bias_rates_are_in_the_unit_interval(items):
    found = option_bias(items)
    for share in (found.flips, found.first_option):
        assert share is None or 0.0 <= share.low <= share.rate <= share.high <= 1.0
    assert found.margin is None or 0.0 <= found.margin <= 1.0


@given(ITEMS)
def test_option_bias_is_the_same_when_s_and_rs_swap(items):
    swap = {S: RS, RS: S}

    def other(value):
        return None if value is None else 1 - value

    # The text that was RS is now S, so what stood first with S first now stands first with RS first.
    mirrored = [
        replace(
            item,
            statement_first=swap.get(item.reversed_first, item.reversed_first),
            reversed_first=swap.get(item.statement_first, item.statement_first),
            probability_statement_first=other(item.probability_reversed_first),
            probability_reversed_first=other(item.probability_statement_first),
        )
        for item in items
    ]
    found, swapped = option_bias(items), option_bias(mirrored)
    assert (swapped.flips, swapped.first_option) == (found.flips, found.first_option)
    if found.margin is not None:
        assert swapped.margin == pytest.approx(found.margin, abs=1e-9)
        assert swapped.log_odds == pytest.approx(-found.log_odds, abs=1e-6)
    if found.position_log_odds is not None:
        assert swapped.position_log_odds == pytest.approx(found.position_log_odds, abs=1e-6)


@given(ITEMS, st.randoms(use_true_random=False))
def test_option_bias_does_not_depend_on_the_order_of_items(items, shuffler):
    shuffled = list(items)
    shuffler.shuffle(shuffled)
    assert option_bias(shuffled) == option_bias(items)
