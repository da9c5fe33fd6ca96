from __future__ import annotations

from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.scoring.likelihood import OptionScore
from evaluation.scoring.multiple_choice import OptionOrder
from evaluation.scoring.outcomes import ItemOutcome
from evaluation.training.measures import ItemScores, Measure, outcome

NOTHING = ItemScores(errors=("the text is longer than the context",))
LIKELIHOODS = (Measure.PER_TOKEN, Measure.SUM, Measure.REWARD)
option = st.builds(
    OptionScore,
    st.floats(-500, -0.01),
    st.integers(1, 60),
    st.integers(1, 200),
)


def scores(statement: float, reversed_statement: float, tokens: tuple[int, int] = (4, 4)) -> ItemScores:
    return ItemScores(OptionScore(statement, tokens[0], 20), OptionScore(reversed_statement, tokens[1], 24))


def test_longer_option_wins_per_token_and_loses_by_sum():
    found = scores(-10.0, -12.0, tokens=(4, 6))
    assert outcome(Measure.SUM, found, found) is ItemOutcome.STATEMENT
    assert outcome(Measure.PER_TOKEN, found, found) is ItemOutcome.REVERSED


def test_implicit_reward_goes_to_what_gained_more_although_it_is_less_likely():
    start, trained = scores(-30.0, -10.0), scores(-25.0, -9.0)
    assert outcome(Measure.SUM, trained, start) is ItemOutcome.REVERSED
    assert outcome(Measure.REWARD, trained, start) is ItemOutcome.STATEMENT


@given(option, option)
def test_start_has_no_implicit_reward(statement: OptionScore, reversed_statement: OptionScore):
    start = ItemScores(statement, reversed_statement)
    assert outcome(Measure.REWARD, start, start) is ItemOutcome.TIE


@given(option, option, option, option, st.sampled_from(LIKELIHOODS))
def test_exchanging_options_exchanges_outcomes(one, other, before, after, measure: Measure):
    mirrored = {
        ItemOutcome.STATEMENT: ItemOutcome.REVERSED,
        ItemOutcome.REVERSED: ItemOutcome.STATEMENT,
        ItemOutcome.TIE: ItemOutcome.TIE,
    }
    found = outcome(measure, ItemScores(one, other), ItemScores(before, after))
    assert outcome(measure, ItemScores(other, one), ItemScores(after, before)) is mirrored[found]


@pytest.mark.parametrize("measure", list(Measure))
def test_item_the_model_was_not_asked_about_is_invalid(measure: Measure):
    assert outcome(measure, NOTHING, scores(-1.0, -2.0)) is ItemOutcome.INVALID


def test_implicit_reward_needs_the_start():
    assert outcome(Measure.REWARD, scores(-1.0, -2.0), NOTHING) is ItemOutcome.INVALID


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((0.6, 0.2), (0.1, 0.7), ItemOutcome.STATEMENT),  # A when S stands first, B when RS does
        ((0.2, 0.6), (0.7, 0.1), ItemOutcome.REVERSED),
        ((0.6, 0.2), (0.7, 0.1), ItemOutcome.FLIP),
        ((0.4, 0.4), (0.7, 0.1), ItemOutcome.TIE),
    ],
)
def test_letters_are_read_in_both_orders(first, second, expected: ItemOutcome):
    found = ItemScores(
        letters={
            OptionOrder.STATEMENT_FIRST: {"A": log(first[0]), "B": log(first[1])},
            OptionOrder.REVERSED_FIRST: {"A": log(second[0]), "B": log(second[1])},
        }
    )
    assert outcome(Measure.LETTERS, found, found) is expected
    assert found.letter_mass == pytest.approx((sum(first) + sum(second)) / 2)
