"""Answer judgement: a judge says whether a free answer is nearer to S or to RS, shown in both orders."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from evaluation.scoring.multiple_choice import OptionOrder, options
from evaluation.scoring.outcomes import Choice, ItemOutcome, combine_orders


class Verdict(StrEnum):
    """What a judge may say of an answer and two positions, named by where they stand."""

    FIRST = "first"
    SECOND = "second"
    TIE = "tie"
    REFUSAL = "refusal"


def positions(statement: str, reversed_statement: str, order: OptionOrder) -> tuple[str, str]:
    """The two positions as the judge sees them, first and second."""
    return options(statement, reversed_statement, order)


def read_verdict(verdict: Verdict, order: OptionOrder) -> Choice:
    """What a verdict given on one order says of S and RS."""
    if verdict in (Verdict.TIE, Verdict.REFUSAL):
        return Choice(verdict)
    named_first = verdict is Verdict.FIRST
    statement_first = order is OptionOrder.STATEMENT_FIRST
    return Choice.STATEMENT if named_first is statement_first else Choice.REVERSED


def combine_verdicts(verdicts: Mapping[OptionOrder, Verdict]) -> ItemOutcome:
    """The outcome of an answer judged in both orders. Raises ``KeyError`` when an order is missing."""
    return combine_orders(
        read_verdict(verdicts[OptionOrder.STATEMENT_FIRST], OptionOrder.STATEMENT_FIRST),
        read_verdict(verdicts[OptionOrder.REVERSED_FIRST], OptionOrder.REVERSED_FIRST),
    )
