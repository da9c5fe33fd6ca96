"""Kept replies: the same question is asked once, a failed one again."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engines.ask import converse
from pipeline.engines.cache import CachedModel
from pipeline.engines.client import ChatReply, ChatRequest, TokenLogprob
from pipeline.engines.confidence import ask_label
from pipeline.engines.fake import QueueModel
from pipeline.engines.ledger import Ledger
from pipeline.engines.openai import OpenAIModel
from pipeline.engines.replies import Reply
from tests.openai_server import Answer, error, openai_server
from tests.pipeline.engines.stores import Replies


class Verdict(Reply):
    label: Literal["yes", "no"]


class Other(Reply):
    label: Literal["yes", "perhaps"]


YES = '{"label": "yes"}'
ASKED = ChatRequest(({"role": "user", "content": "Is it so?"},), Verdict, "verdict", seed=1)


def say(text: str) -> ChatRequest:
    return ChatRequest(({"role": "user", "content": text},))


def test_second_identical_run_makes_no_request() -> None:
    store = Replies()
    requests = [say(str(n)) for n in range(40)]
    with openai_server(lambda asked: f"re {asked.prompt}") as server:
        model = CachedModel(OpenAIModel(server.base_url, "", "tiny"), store, "here", Ledger())
        runs = [dict(model.complete_many(requests)) for _ in range(2)]

    assert [[run[n].text for n in range(40)] for run in runs] == [[f"re {n}" for n in range(40)]] * 2
    assert len(server.requests) == 40


def test_kept_reply_is_the_reply_that_was_given() -> None:
    reply = ChatReply(
        text=YES,
        parsed=Verdict(label="yes"),
        logprobs=(TokenLogprob("yes", -0.5, {"yes": -0.5, "no": -1.5}), TokenLogprob("\0", -math.inf)),
        tokens_in=3,
        tokens_out=2,
        model="tiny",
        earlier=("broken",),
    )
    ledger = Ledger()
    model = CachedModel(QueueModel([reply]), Replies(), "here", ledger)

    found = [model.complete(ASKED), model.complete(ASKED)]

    # It has cost nothing the second time.
    assert found == [reply, replace(reply, tokens_in=0, tokens_out=0)]
    assert ledger.cached == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"messages": ({"role": "user", "content": "Is it so ?"},)},
        {"messages": ({"role": "system", "content": "Is it so?"},)},
        {"schema": Other},
        {"max_tokens": 5},
        {"temperature": 0.5},
        {"seed": 2},
        {"want_logprobs": True},
        {"top_logprobs": 3},
    ],
)
def test_whatever_a_reply_depends_on_makes_another_question(changed: dict[str, object]) -> None:
    queue = QueueModel([YES, YES])
    model = CachedModel(queue, Replies(), "here", Ledger())

    model.complete(ASKED)
    model.complete(replace(ASKED, **changed))  # type: ignore[arg-type]

    assert len(queue.requests) == 2


def test_model_and_endpoint_are_part_of_the_question() -> None:
    store = Replies()
    queues = [QueueModel([YES], name) for name in ("a", "b", "a")]
    for queue, endpoint in zip(queues, ("here", "here", "there"), strict=True):
        CachedModel(queue, store, endpoint, Ledger()).complete(ASKED)

    assert [len(queue.requests) for queue in queues] == [1, 1, 1]


@pytest.mark.parametrize(
    "failure", [error(400, "no"), Answer(""), Answer(refusal="I will not"), "neither", Answer(body=b"{")]
)
def test_failed_reply_is_asked_for_again(failure: Answer | str) -> None:
    store = Replies()
    with openai_server(lambda asked: failure) as server:
        failed = CachedModel(OpenAIModel(server.base_url, "", "tiny"), store, "here", Ledger()).complete(
            ASKED
        )
    with openai_server([YES]) as server:
        good = CachedModel(OpenAIModel(server.base_url, "", "tiny"), store, "here", Ledger()).complete(ASKED)

    assert (bool(failed.error), good.error, len(server.requests)) == (True, "", 1)


def test_kept_reply_that_no_longer_fits_its_schema_is_asked_for_again() -> None:
    store = Replies()
    queue = QueueModel([YES, '{"label": "no"}'])
    model = CachedModel(queue, store, "here", Ledger())
    model.complete(ASKED)
    [key] = store
    store[key] = store[key].replace("yes", "maybe")

    assert model.complete(ASKED).parsed == Verdict(label="no")


def test_follow_up_questions_are_kept_too() -> None:
    store = Replies()
    with openai_server(lambda asked: YES, logprobs=False) as server:
        runs = []
        for _ in range(2):
            model = CachedModel(OpenAIModel(server.base_url, "", "tiny"), store, "here", Ledger(), 2)
            talks = (ask_label(replace(ASKED, seed=seed)) for seed in range(5, 15))
            runs.append([found.label for found in converse(model, talks)])

    assert runs == [["yes"] * 10] * 2
    # Samples have seeds of their own, so the ten share three.
    assert len(store) == len({str(asked.body) for asked in server.requests}) == 13
    assert len(server.requests) <= 10 + 30


@given(st.lists(st.integers(0, 9)), st.sets(st.integers(0, 9)), st.integers(1, 4))
def test_every_position_gets_its_reply_whatever_is_known(
    asked: list[int], known: set[int], ready: int
) -> None:
    class Echo(QueueModel):
        def complete(self, request: ChatRequest) -> ChatReply:
            self.requests.append(request)
            return ChatReply(text=request.messages[0]["content"])

    queue = Echo()
    model = CachedModel(queue, Replies(), "here", Ledger(), ready)
    for n in known:
        model.complete(say(str(n)))
    queue.requests.clear()

    replies = dict(model.complete_many(say(str(n)) for n in asked))

    assert {place: reply.text for place, reply in replies.items()} == {
        place: str(n) for place, n in enumerate(asked)
    }
    assert [r.messages[0]["content"] for r in queue.requests] == [
        str(n) for n in dict.fromkeys(asked) if n not in known
    ]


def test_kept_replies_do_not_wait_for_all_requests_to_be_read() -> None:
    model = CachedModel(QueueModel(["one"]), Replies(), "here", Ledger(), 5)
    model.complete(say("a"))
    read = 0

    def requests():
        nonlocal read
        while True:
            read += 1
            yield say("a")

    assert next(model.complete_many(requests()))[1].text == "one"
    assert read == 5


def test_conversations_of_many_turns_run_from_the_cache_alone() -> None:
    def talk(name: str):
        [one] = yield [say(name)]
        [two] = yield [say(f"{name} {one.text}")]
        return two.text

    store, names = Replies(), [f"n{number}" for number in range(1200)]
    answers = QueueModel([str(number) for number in range(2 * len(names))])
    asleep = QueueModel()

    first, again = (
        sorted(converse(CachedModel(queue, store, "here", Ledger()), (talk(name) for name in names)))
        for queue in (answers, asleep)
    )

    assert (again, asleep.requests) == (first, [])
