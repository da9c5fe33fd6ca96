from __future__ import annotations

import pytest

from evaluation.scoring.answer_judgement import Verdict, combine_verdicts, positions, read_verdict
from evaluation.scoring.multiple_choice import OptionOrder
from evaluation.scoring.outcomes import Choice, ItemOutcome

FIRST, SECOND = OptionOrder.STATEMENT_FIRST, OptionOrder.REVERSED_FIRST


def test_positions_stand_in_the_order_asked():
    assert positions("s", "rs", FIRST) == ("s", "rs")
    assert positions("s", "rs", SECOND) == ("rs", "s")


@pytest.mark.parametrize(
    ("verdict", "order", "choice"),
    [
        (Verdict.FIRST, FIRST, Choice.STATEMENT),
        (Verdict.SECOND, FIRST, Choice.REVERSED),
        (Verdict.FIRST, SECOND, Choice.REVERSED),
        (Verdict.SECOND, SECOND, Choice.STATEMENT),
        (Verdict.TIE, FIRST, Choice.TIE),
        (Verdict.REFUSAL, SECOND, Choice.REFUSAL),
    ],
)
def test_read_verdict_table(verdict, order, choice):
    assert read_verdict(verdict, order) is choice


def test_combine_verdicts_of_a_judge_that_follows_position_is_a_flip():
    assert combine_verdicts({FIRST: Verdict.FIRST, SECOND: Verdict.FIRST}) is ItemOutcome.FLIP


def test_combine_verdicts_of_a_steady_judge_names_the_position():
    assert combine_verdicts({FIRST: Verdict.FIRST, SECOND: Verdict.SECOND}) is ItemOutcome.STATEMENT
    assert combine_verdicts({FIRST: Verdict.SECOND, SECOND: Verdict.FIRST}) is ItemOutcome.REVERSED
