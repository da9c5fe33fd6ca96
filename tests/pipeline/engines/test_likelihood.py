"""Echo scoring against a real server, and what is refused of a reply."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engines.likelihood import NO_CONTEXT, ScoreRequest, echo_body, read_echo
from pipeline.engines.openai import OpenAIModel
from tests.openai_server import Answer, Recorded, error, openai_server, token_logprob

REQUEST = ScoreRequest("What is right?", " Peace is.")


def echo(text: str, values: list[float | None], offsets: list[int]) -> bytes:
    logprobs = {"token_logprobs": values, "text_offset": offsets}
    return json.dumps({"choices": [{"text": text, "logprobs": logprobs}]}).encode()


def test_score_many_gives_the_continuations_tokens_only() -> None:
    with openai_server() as server:
        replies = dict(OpenAIModel(server.base_url, "", "tiny").score_many([REQUEST]))

    assert replies[0].logprobs == tuple(map(token_logprob, [" Peace", " is", "."]))
    assert replies[0].total == pytest.approx(sum(map(token_logprob, ["Peace", "is", "."])))
    assert server.requests[0].body == echo_body("tiny", REQUEST, 0)


def test_score_many_without_context_stands_after_a_line_end() -> None:
    with openai_server() as server:
        [(_, reply)] = OpenAIModel(server.base_url, "", "tiny").score_many([ScoreRequest("", "Peace is.")])

    assert server.requests[0].body["prompt"] == NO_CONTEXT + "Peace is."
    assert reply.error == ""


def test_score_many_writes_one_token_where_none_is_refused() -> None:
    def reply(asked: Recorded) -> Answer | None:
        return error(400, "max_tokens must be at least 1") if asked.body["max_tokens"] == 0 else None

    with openai_server(reply) as server:
        model = OpenAIModel(server.base_url, "", "tiny")
        replies = [dict(model.score_many([REQUEST]))[0] for _ in range(2)]

    # The token it wrote is not among those scored.
    assert [len(reply.logprobs) for reply in replies] == [3, 3]
    assert [asked.body["max_tokens"] for asked in server.requests] == [0, 1, 1]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{}", "not a completion"),
        (json.dumps({"choices": [{"text": "x"}]}).encode(), "answered 200 without logprobs"),
        (echo("Of course.", [-0.1, -0.2], [0, 3]), "did not echo the prompt"),
        # Only tokens that were written have values: what llama.cpp does.
        (echo("What is right? Peace is. Yes", [-0.1], [24]), "other tokens than those of the prompt"),
        (echo("What is right? Peace is.", [-0.1, -0.2], [0]), "2 log-probabilities, 1 text offsets"),
        (echo("What is right? Peace is.", [-1.0, None, -1.0], [0, 14, 20]), "no log-probability for 1 of 2"),
    ],
)
def test_read_echo_refuses_what_is_no_score(body: bytes, said: str) -> None:
    reply = read_echo(body, REQUEST)

    assert reply.logprobs == ()
    assert said in reply.error


def test_read_echo_counts_a_token_that_straddles_and_spaces_of_the_context() -> None:
    reply = read_echo(echo("So: Peace", [None, -1.0, -2.0], [0, 1, 3]), ScoreRequest("So: ", "Peace"))

    assert reply.logprobs == (-2.0,)


def test_read_echo_leaves_out_a_start_token_of_the_server() -> None:
    text = "<s>What is right? Peace is."
    reply = read_echo(echo(text, [None, -9.0, -1.0, -2.0], [0, 3, 17, 23]), REQUEST)

    assert reply.logprobs == (-1.0, -2.0)


@given(st.lists(st.integers(1, 6), min_size=1, max_size=12), st.integers(1, 40))
def test_read_echo_takes_exactly_the_tokens_that_reach_into_the_continuation(
    lengths: list[int], boundary: int
) -> None:
    text = "".join(chr(97 + place % 26) for place in range(sum(lengths)))
    boundary = min(boundary, len(text) - 1)
    if boundary < 1:
        return
    offsets = [sum(lengths[:place]) for place in range(len(lengths))]
    values = [-float(place + 1) for place in range(len(lengths))]
    reply = read_echo(echo(text, list(values), offsets), ScoreRequest(text[:boundary], text[boundary:]))

    expected = [
        value
        for value, offset, length in zip(values, offsets, lengths, strict=True)
        if offset + length > boundary
    ]
    assert list(reply.logprobs) == expected
    assert math.isfinite(reply.total)
