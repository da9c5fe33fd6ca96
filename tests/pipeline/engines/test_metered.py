"""A metered model: what the budget covers is asked, the rest waits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engines.ask import converse
from pipeline.engines.cache import CachedModel
from pipeline.engines.client import ChatReply, ChatRequest, LanguageModel
from pipeline.engines.fake import QueueModel
from pipeline.engines.ledger import Budget, BudgetSpentError, Ledger, MeteredModel
from pipeline.engines.openai import OpenAIModel
from tests.openai_server import openai_server
from tests.pipeline.engines.stores import Replies

COSTS = ChatReply(text="ok", tokens_in=30, tokens_out=10)


def say(text: str = "x" * 80, max_tokens: int = 20) -> ChatRequest:
    """Takes 40 tokens in at most."""
    return ChatRequest(({"role": "user", "content": text},), max_tokens=max_tokens)


def talk(text: str):
    [reply] = yield [say(text)]
    return reply.text


def reserving(model: LanguageModel, ledger: Ledger) -> MeteredModel:
    return MeteredModel(model, ledger, is_reserving=True)


def test_token_budget_stops_before_it_is_exceeded() -> None:
    queue = QueueModel([COSTS] * 9)
    replies = []

    with pytest.raises(
        BudgetSpentError, match="what is left does not cover the most the next request may take"
    ):
        replies.extend(reserving(queue, Ledger(Budget(tokens=150))).complete_many(say() for _ in range(9)))

    assert replies == [(0, COSTS), (1, COSTS), (2, COSTS)]
    assert len(queue.requests) == 3


def test_money_budget_stops_before_it_is_exceeded() -> None:
    ledger = Ledger(Budget(money=0.001, price_in=5.0, price_out=10.0))

    with pytest.raises(BudgetSpentError, match="budget of this run is gone"):
        list(reserving(QueueModel([COSTS] * 9), ledger).complete_many(say() for _ in range(9)))

    assert ledger.cost == pytest.approx(0.00075)


def test_request_waits_for_those_under_way_rather_than_stop_the_run() -> None:
    with openai_server(lambda asked: "ok", delay=0.02) as server:
        ledger = Ledger(Budget(tokens=200))
        model = reserving(OpenAIModel(server.base_url, "", "tiny", concurrency=8), ledger)
        replies = dict(model.complete_many(say() for _ in range(20)))

    assert (sorted(replies), server.most_at_once) == (list(range(20)), 3)


def test_what_is_under_way_is_answered_before_the_stop() -> None:
    with openai_server(lambda asked: "one two three four") as server:
        model = MeteredModel(
            OpenAIModel(server.base_url, "", "tiny", concurrency=4), Ledger(Budget(tokens=100))
        )
        heard: list[str] = []
        with pytest.raises(BudgetSpentError, match=r"\d+ tokens of 100 are spent"):
            heard.extend(converse(model, (talk("w " * 20) for _ in range(50))))

    assert 5 <= len(heard) == len(server.requests) <= 5 + 2 * 4


def test_larger_budget_goes_on_where_the_smaller_stopped() -> None:
    store = Replies()
    requests = [say(letter * 80) for letter in "abcdefgh"]

    def model_with(tokens: int, queue: QueueModel) -> CachedModel:
        ledger = Ledger(Budget(tokens=tokens))
        return CachedModel(MeteredModel(queue, ledger), store, "here", ledger)

    with pytest.raises(BudgetSpentError):
        list(model_with(80, QueueModel([COSTS] * 8)).complete_many(requests))
    queue = QueueModel([COSTS] * 8)
    replies = dict(model_with(1000, queue).complete_many(requests))

    assert (sorted(replies), len(queue.requests)) == (list(range(8)), 6)


def test_reply_without_a_count_counts_by_its_length() -> None:
    ledger = Ledger()
    MeteredModel(QueueModel(["okay"]), ledger).complete(say())

    assert (ledger.tokens_in, ledger.tokens_out) == (40, 2)


def test_requests_given_up_take_nothing_from_the_budget() -> None:
    ledger = Ledger(Budget(tokens=400))
    with openai_server(lambda asked: "ok", delay=0.05) as server:
        model = reserving(OpenAIModel(server.base_url, "", "tiny"), ledger)
        replies = model.complete_many(say() for _ in range(6))
        next(replies)
        replies.close()

    assert ledger.reserve(say(max_tokens=300))


@given(
    st.integers(1, 3000),
    st.lists(st.tuples(st.integers(0, 200), st.integers(1, 200), st.integers(0, 100), st.integers(0, 100))),
)
def test_budget_is_never_exceeded(tokens: int, asked: list[tuple[int, int, int, int]]) -> None:
    ledger = Ledger(Budget(tokens=tokens))
    requests = [say("x" * 2 * size, most) for size, most, _, _ in asked]
    replies = [
        ChatReply(text="ok", tokens_in=size * share_in // 100, tokens_out=max(1, most * share_out // 100))
        for size, most, share_in, share_out in asked
    ]
    taken = 0
    try:
        for _ in reserving(QueueModel(replies), ledger).complete_many(requests):
            taken += 1
    except BudgetSpentError:
        assert not ledger.reserve(requests[taken])
    else:
        assert taken == len(requests)
    assert ledger.tokens_in + ledger.tokens_out <= tokens
