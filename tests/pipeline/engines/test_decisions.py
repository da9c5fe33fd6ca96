"""Typed decisions against a real server, and what is refused of a reply."""

from __future__ import annotations

import pytest

from pipeline.engines.decisions import DecisionReply, DecisionRequest
from pipeline.engines.openai import OpenAIModel
from tests.openai_server import Answer, error, openai_server

REQUEST = DecisionRequest("What is right?", "Choose.", (("A", "Peace."), ("B", "War.")), label="x")


def decide(answer: Answer) -> DecisionReply:
    with openai_server(lambda asked: answer) as server:
        return dict(OpenAIModel(server.base_url, "", "tiny", max_retries=0).decide_many([REQUEST]))[0]


def test_decide_many_sends_a_named_choice_and_reads_probabilities() -> None:
    with openai_server([Answer(probabilities={"A": 0.75, "B": 0.25})]) as server:
        replies = dict(OpenAIModel(server.base_url, "", "tiny").decide_many([REQUEST]))

    assert (replies[0].probabilities, replies[0].tokens_out) == ({"A": 0.75, "B": 0.25}, 1)
    assert server.requests[0].path == "/v1/decisions"
    assert server.requests[0].body == {
        "model": "tiny",
        "input": "What is right?",
        "questions": [
            {
                "type": "choice",
                "name": "position",
                "instructions": "Choose.",
                "choices": [{"value": "A", "description": "Peace."}, {"value": "B", "description": "War."}],
            }
        ],
    }


def test_decide_many_tells_a_refusal() -> None:
    assert decide(Answer(refusal="no")).is_refusal


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(probabilities={"A": 0.5, "B": 0.2}), "the probabilities sum to 0.7, not to 1"),
        (Answer(probabilities={"A": 1.5, "B": -0.5}), "not between 0 and 1"),
        (Answer(probabilities={"A": 0.5, "C": 0.5}), "probabilities of A, C instead of A, B"),
        (Answer(probabilities={"A": 1.0}), "probabilities of A instead of A, B"),
        (Answer(probabilities={}), "without probabilities"),
        (Answer(body=b"{}"), "not a decision"),
        (error(404, "no such page"), "HTTP 404: no such page"),
    ],
)
def test_decide_many_refuses_what_is_no_decision(answer: Answer, said: str) -> None:
    reply = decide(answer)

    assert reply.probabilities == {}
    assert said in reply.error
