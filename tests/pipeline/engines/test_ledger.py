"""Budgets: what is spent is counted, and nothing is asked when it is gone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engines.client import ChatReply, ChatRequest
from pipeline.engines.fake import QueueModel
from pipeline.engines.ledger import Budget, BudgetSpentError, Ledger, MeteredModel

ASK = ChatRequest(({"role": "user", "content": "x"},))


def replies(count: int) -> list[ChatReply]:
    return [ChatReply(f"r{number}", tokens_in=70, tokens_out=30) for number in range(count)]


def test_token_budget_ends_the_run_after_what_it_pays_for():
    model, ledger = QueueModel(replies(9)), Ledger(Budget(tokens=250))
    answering = MeteredModel(model, ledger).complete_many([ASK] * 9)

    assert [next(answering)[1].text for _ in range(3)] == ["r0", "r1", "r2"]
    with pytest.raises(BudgetSpentError, match="300 tokens of 250"):
        next(answering)
    assert ledger.as_dict() == {"requests": 3, "cached": 0, "tokens_in": 210, "tokens_out": 90, "cost": 0.0}


def test_money_budget_counts_both_directions():
    ledger = Ledger(Budget(money=0.0002, price_in=1.0, price_out=4.0))
    metered = MeteredModel(QueueModel(replies(5)), ledger)
    metered.complete(ASK)
    metered.complete(ASK)

    with pytest.raises(BudgetSpentError, match="is spent"):
        metered.complete(ASK)

    assert ledger.cost == pytest.approx(2 * (70 + 4 * 30) / 1_000_000)


def test_without_a_budget_everything_is_asked():
    assert len(list(MeteredModel(QueueModel(replies(4)), Ledger()).complete_many([ASK] * 4))) == 4


def test_budgets_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="prices"):
        Budget(money=1.0)
    with pytest.raises(ValueError, match="negative"):
        Budget(tokens=-1)


@given(st.integers(1, 2000), st.integers(0, 30))
def test_a_budget_is_passed_by_one_request_at_most_when_asked_one_by_one(tokens: int, count: int):
    ledger = Ledger(Budget(tokens=tokens))
    try:
        list(MeteredModel(QueueModel(replies(count)), ledger).complete_many([ASK] * count))
    except BudgetSpentError:
        assert ledger.tokens_in + ledger.tokens_out < tokens + 100
    else:
        assert ledger.requests == count
