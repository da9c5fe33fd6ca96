"""The child process that asks, against a real server."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from itertools import islice

import pytest

from pipeline.engines.client import ChatRequest, EndpointUnavailableError
from pipeline.engines.decisions import DecisionRequest
from pipeline.engines.likelihood import ScoreRequest
from pipeline.engines.openai import OpenAIModel
from pipeline.engines.remote import Endpoint, RemoteModel
from tests.openai_server import Recorded, error, openai_server

KEY = "sk-a-very-secret-key"


def plain(text: str) -> ChatRequest:
    return ChatRequest(({"role": "user", "content": text},), max_tokens=5)


def words(number: int) -> Iterator[ChatRequest]:
    return (plain(f"word {n}") for n in range(number))


def echo(asked: Recorded) -> str:
    return asked.prompt.upper()


def remote(server: object, few: int = 3, **options: int) -> RemoteModel:
    return RemoteModel(Endpoint(server.base_url, KEY, "tiny", **options), few)  # type: ignore[attr-defined]


def test_complete_many_gives_what_the_same_model_here_gives() -> None:
    with openai_server(echo) as server:
        far = dict(remote(server).complete_many(words(40)))
        near = dict(OpenAIModel(server.base_url, KEY, "tiny").complete_many(words(40)))

    assert far == near
    assert {request.headers["authorization"] for request in server.requests} == {f"Bearer {KEY}"}


def test_score_many_and_decide_many_come_back_whole() -> None:
    scores = [ScoreRequest("What?", f" Peace {n}.") for n in range(8)]
    decisions = [DecisionRequest("What?", "Choose.", (("A", f"Yes {n}."), ("B", "No."))) for n in range(8)]
    with openai_server() as server:
        far, near = remote(server), OpenAIModel(server.base_url, "", "tiny")
        assert dict(far.score_many(scores)) == dict(near.score_many(scores))
        assert dict(far.decide_many(decisions)) == dict(near.decide_many(decisions))


def test_a_failure_is_an_error_of_its_request_alone() -> None:
    with openai_server(lambda asked: error(403, "no") if asked.prompt == "word 7" else "ok") as server:
        replies = dict(remote(server).complete_many(words(10)))

    assert [place for place, reply in replies.items() if reply.error] == [7]
    assert replies[7].error == "HTTP 403: no"


def test_concurrency_is_kept_and_requests_are_read_only_a_little_ahead() -> None:
    read = 0

    def counted() -> Iterator[ChatRequest]:
        nonlocal read
        for request in words(200):
            read += 1
            yield request

    with openai_server(echo, delay=0.01) as server:
        model = remote(server, concurrency=4, far_ahead=2)
        taken = list(islice(model.complete_many(counted()), 20))

    assert (len(taken), server.most_at_once) == (20, 4)
    assert read <= 20 + 2 * 4


def test_a_list_that_was_given_up_leaves_nothing_behind() -> None:
    with openai_server(echo, delay=0.02) as server:
        model = remote(server, concurrency=2)
        given_up = model.complete_many(words(50))
        next(islice(given_up, 6, None))
        given_up.close()
        replies = dict(model.complete_many(plain(f"other {n}") for n in range(12)))

    assert {place: reply.text for place, reply in replies.items()} == {
        place: f"OTHER {place}" for place in range(12)
    }


def test_a_child_that_was_killed_is_told_of() -> None:
    with openai_server(echo, delay=0.05) as server:
        model = remote(server, concurrency=2)
        replies = model.complete_many(words(100))
        next(islice(replies, 5, None))
        (child,) = children()
        os.kill(child, signal.SIGKILL)
        with pytest.raises(EndpointUnavailableError, match="the process that asks has ended"):
            list(replies)


def children() -> list[int]:
    """Processes of this one that run the module, by the kernel's own list."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat") as stat, open(f"/proc/{entry}/cmdline") as command:
                fields = stat.read().rsplit(")", 1)[1].split()
                is_mine = int(fields[1]) == os.getpid() and fields[0] != "Z"
                if is_mine and "pipeline.engines.remote" in command.read():
                    found.append(int(entry))
        except OSError:
            continue
    return found
