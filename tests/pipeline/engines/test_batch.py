"""The Batch API against a real server: files, second rounds, a stop in the middle, and batches that fail."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Literal

import pytest

from pipeline.engines import batch
from pipeline.engines.ask import converse
from pipeline.engines.batch import BatchModel
from pipeline.engines.cache import CachedModel
from pipeline.engines.client import ChatRequest, EndpointUnavailableError
from pipeline.engines.confidence import ask_label
from pipeline.engines.ledger import Budget, Ledger, MeteredModel
from pipeline.engines.openai import OpenAIModel
from pipeline.engines.replies import Reply
from tests.openai_server import Answer, Recorded, Server, error, openai_server
from tests.pipeline.engines.stores import BatchedRequests, Replies


class Verdict(Reply):
    label: Literal["yes", "no"]


YES = '{"label": "yes"}'


def say(text: str, **fields: Any) -> ChatRequest:
    return ChatRequest(({"role": "user", "content": text},), **fields)


def structured(text: str) -> ChatRequest:
    return say(text, schema=Verdict, task="verdict")


def model_of(server: Server, store: BatchedRequests, **options: int) -> BatchModel:
    return BatchModel(OpenAIModel(server.base_url, "key", "tiny"), store, **options)


def lines_of(server: Server) -> list[int]:
    """How many lines each batch had."""
    files, batches = server.batches.files, server.batches.batches
    return [len(files[one["input_file_id"]].splitlines()) for one in batches.values()]


def test_replies_come_by_position_from_one_file() -> None:
    store = BatchedRequests()
    with openai_server(lambda asked: asked.prompt.upper()) as server:
        replies = dict(model_of(server, store).complete_many(map(say, "abc")))

    assert {place: reply.text for place, reply in replies.items()} == {0: "A", 1: "B", 2: "C"}
    assert (lines_of(server), {asked.batch for asked in server.requests}) == ([3], {"batch-1"})
    assert store == {}


def test_line_is_what_would_have_been_asked_directly() -> None:
    request = replace(structured("Is it so?"), seed=4, top_logprobs=2)
    with openai_server(lambda asked: YES) as server:
        model = OpenAIModel(server.base_url, "", "tiny")
        [(_, batched)] = BatchModel(model, BatchedRequests()).complete_many([request])
        direct = model.complete(request)

    assert batched == direct
    assert server.requests[0].body == server.requests[1].body


def test_requests_are_split_into_files_by_lines_and_by_size() -> None:
    with openai_server(lambda asked: asked.prompt) as server:
        by_lines = dict(model_of(server, BatchedRequests(), most_lines=2).complete_many(map(say, "abcde")))
    with openai_server(lambda asked: asked.prompt) as other:
        by_size = dict(model_of(other, BatchedRequests(), most_bytes=500).complete_many(map(say, "abcde")))

    assert (lines_of(server), lines_of(other)) == ([2, 2, 1], [2, 2, 1])
    assert by_lines == by_size
    assert all(len(content) <= 500 for name, content in other.batches.files.items() if int(name[5:]) <= 3)


def test_same_request_is_sent_once_and_answers_every_position() -> None:
    with openai_server(lambda asked: asked.prompt) as server:
        replies = dict(model_of(server, BatchedRequests()).complete_many(map(say, "aba")))

    assert [replies[place].text for place in range(3)] == ["a", "b", "a"]
    assert lines_of(server) == [2]


def test_follow_up_questions_become_a_second_batch() -> None:
    with openai_server(lambda asked: YES, logprobs=False) as server:
        model = model_of(server, BatchedRequests())
        found = list(converse(model, (ask_label(structured(text)) for text in "abcd")))

    assert [one.label for one in found] == ["yes"] * 4
    assert lines_of(server) == [4, 12]


def test_reply_that_does_not_fit_is_repaired_in_a_second_batch() -> None:
    def reply(asked: Recorded) -> str:
        return YES if "b" in asked.prompt or len(asked.body["messages"]) > 1 else "broken"

    with openai_server(reply) as server:
        replies = dict(model_of(server, BatchedRequests()).complete_many(map(structured, "abc")))

    assert [replies[place].earlier for place in range(3)] == [("broken",), (), ("broken",)]
    assert [replies[place].parsed for place in range(3)] == [Verdict(label="yes")] * 3
    assert lines_of(server) == [3, 2]


def test_parameter_that_is_rejected_is_left_out_in_a_second_batch() -> None:
    def reply(asked: Recorded) -> Answer | str:
        return error(400, "no such thing", param="seed") if "seed" in asked.body else "fine"

    with openai_server(reply) as server:
        model = model_of(server, BatchedRequests())
        replies = dict(model.complete_many(say(text, seed=1) for text in "ab"))
        again = dict(model.complete_many([say("c", seed=1)]))

    assert [one.text for one in (*replies.values(), *again.values())] == ["fine"] * 3
    assert lines_of(server) == [2, 2, 1]


def test_line_that_fails_is_an_error_of_its_own() -> None:
    store = BatchedRequests()
    with openai_server(lambda asked: error(500, "on fire") if asked.prompt == "b" else "ok") as server:
        replies = dict(model_of(server, store).complete_many(map(say, "abc")))

    assert [replies[place].text for place in (0, 2)] == ["ok", "ok"]
    assert replies[1].error.startswith("HTTP 500: ")
    assert "on fire" in replies[1].error
    assert store == {}


def test_text_that_cannot_be_sent_is_an_error_of_its_own() -> None:
    with openai_server(lambda asked: "ok") as server:
        replies = dict(model_of(server, BatchedRequests()).complete_many([say("\ud800"), say("a")]))

    assert (replies[0].error != "", replies[1].text) == (True, "ok")


def test_batch_that_was_running_at_a_stop_is_taken_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    store = BatchedRequests()

    def stopped(seconds: float) -> None:
        raise KeyboardInterrupt

    with openai_server(lambda asked: asked.prompt.upper()) as server:
        server.batches.looks = 1
        monkeypatch.setattr(batch, "sleep", stopped)
        with pytest.raises(KeyboardInterrupt):
            list(model_of(server, store).complete_many(map(say, "abc")))
        server.batches.looks = 0
        replies = dict(model_of(server, store).complete_many(map(say, "abcd")))

    assert [replies[place].text for place in range(4)] == ["A", "B", "C", "D"]
    assert lines_of(server) == [3, 1]
    assert [asked.prompt for asked in server.requests] == ["a", "b", "c", "d"]


class Stopped(BatchedRequests):
    """A store that is stopped before it has kept the id of a batch."""

    def rename(self, old: str, new: str) -> None:
        raise KeyboardInterrupt


def stopped_after_start(server: Server) -> BatchedRequests:
    """What a store holds after a stop between the start of a batch and the keeping of its id."""
    store = Stopped()
    with pytest.raises(KeyboardInterrupt):
        list(model_of(server, store).complete_many(map(say, "abc")))
    return BatchedRequests(store)


@pytest.mark.parametrize("looks", [0, 2])
def test_batch_whose_id_was_not_kept_is_found_at_the_endpoint(
    looks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "FIRST_WAIT", 0.01)
    with openai_server(lambda asked: asked.prompt.upper()) as server:
        store = stopped_after_start(server)
        server.batches.looks = looks
        if not looks:
            server.batches.look("batch-1")  # it has ended meanwhile

        first = dict(model_of(server, store).complete_many(map(say, "a")))
        rest = dict(model_of(server, store).complete_many(map(say, "bc")))

    assert [reply.text for reply in (first[0], rest[0], rest[1])] == ["A", "B", "C"]
    assert lines_of(server) == [3]
    assert store == {}


@pytest.mark.parametrize("status", ["failed", "expired", "cancelled"])
def test_batch_that_failed_at_the_endpoint_is_started_again(status: str) -> None:
    with openai_server(lambda asked: asked.prompt.upper()) as server:
        store = stopped_after_start(server)
        server.batches.batches["batch-1"]["status"] = status

        replies = dict(model_of(server, store).complete_many(map(say, "abc")))

    assert [replies[place].text for place in range(3)] == ["A", "B", "C"]
    assert lines_of(server) == [3, 3]
    assert store == {}


def test_batch_that_was_never_started_or_is_not_listed_is_started_again() -> None:
    with openai_server(lambda asked: asked.prompt.upper()) as server:
        store = stopped_after_start(server)
        server.batches.is_listing = False

        replies = dict(model_of(server, store).complete_many(map(say, "abc")))

    assert [replies[place].text for place in range(3)] == ["A", "B", "C"]
    assert lines_of(server) == [3, 3]


@pytest.mark.parametrize("content", [None, b"{not json\n"])
def test_batch_without_its_replies_is_started_again_by_the_next_run(content: bytes | None) -> None:
    with openai_server(lambda asked: asked.prompt.upper()) as server:
        store = stopped_after_start(server)
        output = server.batches.look("batch-1")["output_file_id"]
        if content is None:
            del server.batches.files[output]
        else:
            server.batches.files[output] = content

        with pytest.raises(EndpointUnavailableError, match="batch-1 ended as completed without 3 of its"):
            list(model_of(server, store).complete_many(map(say, "abc")))
        replies = dict(model_of(server, store).complete_many(map(say, "abc")))

    assert [replies[place].text for place in range(3)] == ["A", "B", "C"]
    assert lines_of(server) == [3, 3]


def test_same_requests_are_asked_anew_once_their_replies_were_used() -> None:
    store = BatchedRequests()
    with openai_server(lambda asked: f"{asked.prompt} in {asked.batch}") as server:
        first = dict(model_of(server, store).complete_many(map(say, "ab")))
        second = dict(model_of(server, store).complete_many(map(say, "ab")))

    assert [first[place].text for place in range(2)] == ["a in batch-1", "b in batch-1"]
    assert [second[place].text for place in range(2)] == ["a in batch-2", "b in batch-2"]


def test_requests_left_out_by_the_second_start_stay_in_their_batch() -> None:
    store = BatchedRequests()
    with openai_server(lambda asked: asked.prompt.upper()) as server:
        next(model_of(server, store).complete_many(map(say, "abc")))
        first = dict(model_of(server, store).complete_many(map(say, "a")))
        rest = dict(model_of(server, store).complete_many(map(say, "bc")))

    assert [reply.text for reply in (*first.values(), *rest.values())] == ["A", "C", "B"]
    assert lines_of(server) == [3]


def test_stop_between_rounds_pays_for_nothing_twice() -> None:
    store, replies = BatchedRequests(), Replies()

    def run(server: Server) -> list[str]:
        ledger = Ledger()
        model = CachedModel(MeteredModel(model_of(server, store), ledger), replies, "here", ledger, 50_000)
        return [found.label for found in converse(model, (ask_label(structured(text)) for text in "abcd"))]

    with openai_server(lambda asked: YES, logprobs=False) as server:
        server.batches.answered = 6  # the first batch has four lines, the second twelve
        with pytest.raises(EndpointUnavailableError, match="batch-2 ended as completed without 6 of its"):
            run(server)
        server.batches.answered = None
        found = run(server)

    assert found == ["yes"] * 4
    assert lines_of(server) == [4, 12, 6]
    assert len(server.requests) == 4 + 12


def test_batch_holds_no_more_than_the_budget_covers() -> None:
    ledger = Ledger(Budget(tokens=1000))
    with openai_server(lambda asked: "ok") as server:
        model = MeteredModel(model_of(server, BatchedRequests()), ledger, is_reserving=True)
        replies = dict(model.complete_many(say(f"{n:02}" * 50, max_tokens=150) for n in range(10)))

    assert sorted(replies) == list(range(10))
    assert lines_of(server) == [5, 4, 1]


@pytest.mark.parametrize(
    ("status", "said"),
    [("failed", "ended as failed without 2 of its replies: the queue is full"), ("expired", "as expired")],
)
def test_batch_that_is_not_done_stops_the_run_and_is_forgotten(status: str, said: str) -> None:
    store = BatchedRequests()
    with openai_server(lambda asked: "ok") as server:
        server.batches.status, server.batches.answered = status, 0
        with pytest.raises(EndpointUnavailableError, match=said):
            list(model_of(server, store).complete_many(map(say, "ab")))
        assert store == {}
        server.batches.status, server.batches.answered = "completed", None
        replies = dict(model_of(server, store).complete_many(map(say, "ab")))

    assert [reply.text for reply in replies.values()] == ["ok", "ok"]


def test_batch_the_endpoint_does_not_know_any_more_is_asked_anew() -> None:
    store = BatchedRequests()
    with openai_server(lambda asked: "ok") as server:
        next(model_of(server, store).complete_many(map(say, "ab")))
        server.batches.batches.clear()
        with pytest.raises(EndpointUnavailableError, match="ended as unknown without 2"):
            list(model_of(server, store).complete_many(map(say, "ab")))
        replies = dict(model_of(server, store).complete_many(map(say, "ab")))

    assert [reply.text for reply in replies.values()] == ["ok", "ok"]


def test_endpoint_without_batches_is_a_clear_error() -> None:
    with openai_server() as server:
        away = server.base_url
    model = BatchModel(OpenAIModel(away, "key", "tiny", max_retries=0), BatchedRequests())

    with pytest.raises(EndpointUnavailableError, match="model tiny takes no batches: APIConnectionError"):
        list(model.complete_many([say("a")]))


def test_single_question_is_asked_directly() -> None:
    with openai_server(["yes"]) as server:
        reply = model_of(server, BatchedRequests()).complete(say("a"))

    assert (reply.text, server.batches.batches) == ("yes", {})


def test_lines_that_say_nothing_are_passed_over() -> None:
    lines = [
        b"{not json",
        b"[]",
        b"{}",
        json.dumps({"custom_id": "a", "response": None, "error": None}).encode(),
    ]

    assert [batch._read_line(line)[:2] for line in lines] == [("", 0), ("", 0), ("", 0), ("a", 500)]
