"""Confidence of a label: measured by tokens, else by samples, else said to be unmeasured."""

from __future__ import annotations

import json
import math
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engines.ask import converse
from pipeline.engines.client import ChatReply, ChatRequest, TokenLogprob
from pipeline.engines.confidence import Labelled, ask_label, label_probability, mean_token_probability
from pipeline.engines.fake import QueueModel
from pipeline.engines.openai import OpenAIModel
from pipeline.engines.replies import Reply
from tests.openai_server import Recorded, openai_server


class Verdict(Reply):
    label: Literal["yes", "no"]
    rationale: str


REQUEST = ChatRequest(({"role": "user", "content": "Is it so?"},), Verdict, "verdict")
YES = '{"label": "yes", "rationale": "r"}'
NO = '{"label": "no", "rationale": "r"}'


def asked(model: object, samples: int = 3) -> Labelled:
    [found] = converse(model, [ask_label(REQUEST, samples=samples)])  # type: ignore[arg-type]
    return found


def tokens(*pairs: tuple[str, float]) -> tuple[TokenLogprob, ...]:
    return tuple(TokenLogprob(token, logprob) for token, logprob in pairs)


def test_label_probability_is_that_of_the_tokens_of_the_label() -> None:
    spelled = tokens(('{"', -1), ("label", -2), ('":', -3), (' "', -4), ("ye", -0.1), ("s", -0.2), ('",', -5))

    probability = label_probability(ChatReply(logprobs=spelled), "label", "yes")

    assert probability == pytest.approx(math.exp(-0.3))


def test_label_probability_counts_tokens_that_share_the_label_with_a_mark() -> None:
    spelled = tokens(('{"label":', -1), (' "yes', -0.5), ('","rationale":"r"}', -2))

    assert label_probability(ChatReply(logprobs=spelled), "label", "yes") == pytest.approx(math.exp(-0.5))


def test_label_probability_is_not_taken_from_the_rationale() -> None:
    text = json.dumps({"rationale": 'it says "label": "yes"', "label": "no"})
    spelled = tokens(*((character, -0.01) for character in text))

    assert label_probability(ChatReply(logprobs=spelled), "label", "yes") is None
    assert label_probability(ChatReply(logprobs=spelled), "label", "no") == pytest.approx(math.exp(-0.02))


@pytest.mark.parametrize(
    "spelled",
    [
        (),
        tokens(('{"label": "yes"}', 0.0)),
        tokens(('{"label": "yes"}', math.nan)),
        tokens(('{"label": "', -1), ("yes", -math.inf), ('"}', -1)),
        tokens(("something else", -1)),
    ],
)
def test_label_probability_is_unknown_without_a_measurement(spelled: tuple[TokenLogprob, ...]) -> None:
    assert label_probability(ChatReply(logprobs=spelled), "label", "yes") is None


@given(st.lists(st.floats(min_value=-50, max_value=0), min_size=1))
def test_mean_token_probability_is_a_probability(values: list[float]) -> None:
    probability = mean_token_probability(ChatReply(logprobs=tokens(*(("a", value) for value in values))))

    assert probability is None or 0.0 <= probability <= 1.0


def test_ask_label_measures_by_logprobs_where_served() -> None:
    with openai_server([YES]) as server:
        found = asked(OpenAIModel(server.base_url, "", "tiny"))

    assert (found.label, found.evidence) == ("yes", {"confidence_from": "logprobs"})
    assert 0.8 < found.confidence < 1.0
    assert len(server.requests) == 1


def test_ask_label_takes_the_share_of_samples_without_logprobs() -> None:
    def reply(received: Recorded) -> str:
        return NO if received.body.get("seed") in {1, 3} else YES

    with openai_server(reply, logprobs=False) as server:
        found = asked(OpenAIModel(server.base_url, "", "tiny"))

    assert (found.label, found.confidence) == ("no", pytest.approx(2 / 3))
    assert found.evidence == {"confidence_from": "samples"}
    assert [received.body["temperature"] for received in server.requests] == [0.0, 0.7, 0.7, 0.7]
    assert found.reply.parsed == Verdict(label="no", rationale="r")
    assert found.raw.count("\n") == 3


def test_ask_label_leaves_failed_samples_out_of_the_vote() -> None:
    found = asked(QueueModel([YES, "broken", NO, ChatReply(error="down")]))

    assert (found.label, found.confidence, found.source) == ("no", 1.0, "samples")


def test_ask_label_breaks_a_tie_by_the_greedy_reply() -> None:
    found = asked(QueueModel([NO, YES, NO, "broken"]))

    assert (found.label, found.confidence) == ("no", 0.5)


def test_ask_label_without_samples_says_that_nothing_was_measured() -> None:
    found = asked(QueueModel([YES]), samples=1)

    assert (found.label, found.confidence, found.evidence) == ("yes", 0.5, {"confidence_from": "none"})


def test_ask_label_gives_no_label_with_an_error() -> None:
    found = asked(QueueModel(["yes and no"]))

    assert (found.label, found.raw) == ("", "yes and no")
    assert found.error.startswith("reply does not fit the schema")
