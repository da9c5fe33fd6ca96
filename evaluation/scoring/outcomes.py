"""What one reply and one item can come to: closed vocabularies, and how two orders become one."""

from __future__ import annotations

from enum import StrEnum


class Choice(StrEnum):
    """What one reply came to. The names are those of the answer table."""

    STATEMENT = "statement"
    REVERSED = "reversed"
    TIE = "tie"
    REFUSAL = "refusal"
    INVALID = "invalid"


class ItemOutcome(StrEnum):
    """What an item came to once every order has been asked."""

    STATEMENT = "statement"
    REVERSED = "reversed"
    TIE = "tie"  # no nearer to either
    FLIP = "flip"  # the choice followed the position, not the content
    REFUSAL = "refusal"
    INVALID = "invalid"


CREDIT: dict[ItemOutcome, float] = {
    ItemOutcome.STATEMENT: 1.0,
    ItemOutcome.REVERSED: 0.0,
    # A model that always takes the first option agrees with S in one of two orders: that is chance.
    ItemOutcome.FLIP: 0.5,
    ItemOutcome.TIE: 0.5,
}


def agreement_credit(outcome: ItemOutcome) -> float:
    """Credit over all items: a refusal and an invalid reply agree with nothing, so they have 0."""
    return CREDIT.get(outcome, 0.0)


def combine_orders(first: Choice, second: Choice) -> ItemOutcome:
    """The outcome of an item asked with S first and with RS first; symmetric in its arguments.

    Both alike: that. A refusal in either order makes the item a refusal, else an invalid reply makes it
    invalid; S in one order and RS in the other is a flip; a tie beside a choice is a tie.
    """
    pair = {first, second}
    for whole in (Choice.REFUSAL, Choice.INVALID):
        if whole in pair:
            return ItemOutcome(whole)
    if first is second:
        return ItemOutcome(first)
    return ItemOutcome.TIE if Choice.TIE in pair else ItemOutcome.FLIP
