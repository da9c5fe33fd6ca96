"""One small question before a run: does this engine give what a protocol needs?

Servers drop log-probabilities silently, and an echo of generated tokens only scores exactly at chance. So
what a protocol reads is looked for once, and a protocol whose probe fails is refused.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Protocol

from evaluation.scoring.answer_token import answer_token, letter_logprobs
from evaluation.scoring.multiple_choice import LETTERS
from evaluation.scoring.protocol_kind import LIKELIHOODS, ProtocolKind
from pipeline.engines.client import ChatReply, ChatRequest, LanguageModel
from pipeline.engines.decisions import DecisionModel, DecisionRequest
from pipeline.engines.likelihood import ContinuationScorer, ScoreRequest
from pipeline.prompts import render

TOP_LOGPROBS = 20
_QUESTION = "Which of these letters comes first in the alphabet?"
_OPTIONS = ("The letter A.", "The letter B.")
_ECHOED = " The council opens the park in spring, and closes it before winter."


class Engine(LanguageModel, ContinuationScorer, DecisionModel, Protocol):
    """What answers all kinds of requests, if only by an error."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What was found; ``said`` tells what the engine did, ``facts`` are plain values to be kept."""

    is_passed: bool
    said: str
    facts: dict[str, Any] = field(default_factory=dict)


def probe(kind: ProtocolKind, engine: Engine) -> Probe:
    """Ask one question of the protocol's sort. Raises nothing: a failure is a probe not passed."""
    if kind in LIKELIHOODS:
        return _echo(engine)
    if kind is ProtocolKind.DECISIONS:
        return _decision(engine)
    if kind is ProtocolKind.LETTERS_LOGPROB:
        return _letters(engine)
    return _reply(engine)


def _question(max_tokens: int, top_logprobs: int = 0) -> ChatRequest:
    prompt = render("mc", language="en", question=_QUESTION, option_a=_OPTIONS[0], option_b=_OPTIONS[1])
    return ChatRequest(
        prompt.messages, task="mc", max_tokens=max_tokens, top_logprobs=top_logprobs, watched=LETTERS
    )


def _reply(engine: LanguageModel) -> Probe:
    reply = engine.complete(_question(1024))
    if reply.error:
        return Probe(False, reply.error)
    return Probe(True, "it replies" if reply.text.strip() else "its reply is empty", _who(reply))


def _letters(engine: LanguageModel) -> Probe:
    reply = engine.complete(_question(1, TOP_LOGPROBS))
    if reply.error:
        return Probe(False, reply.error)
    token = answer_token(reply.text, reply.logprobs, _OPTIONS)
    if token is None:
        return Probe(False, "the endpoint answered 200 without logprobs", _who(reply))
    if not token.top:
        return Probe(False, "the endpoint answered 200 without top_logprobs", _who(reply))
    if not all(math.isfinite(value) for value in (token.logprob, *token.top.values())):
        return Probe(False, "a log-probability is missing or not finite", _who(reply))
    if not any(token.top.values()):
        return Probe(False, "every log-probability is exactly 0", _who(reply))
    found = letter_logprobs(token)
    missing = " and ".join(letter for letter in LETTERS if letter not in found)
    facts = {**_who(reply), "alternatives": len(token.top), "letters": found}
    if missing:
        return Probe(False, f"{missing} is not among the {len(token.top)} likeliest tokens it gives", facts)
    return Probe(True, f"A and B are among the {len(token.top)} tokens it gives", facts)


def _echo(engine: ContinuationScorer) -> Probe:
    [(_, reply)] = engine.score_many([ScoreRequest("", _ECHOED)])
    if reply.error:
        return Probe(False, reply.error)
    facts = {"tokens": len(reply.logprobs), "log_likelihood": reply.total}
    if len(set(reply.logprobs)) < 2:
        return Probe(False, f"all {len(reply.logprobs)} log-probabilities are equal", facts)
    return Probe(True, f"it gives {len(reply.logprobs)} log-probabilities that vary", facts)


def _decision(engine: DecisionModel) -> Probe:
    choices = tuple(zip(LETTERS, _OPTIONS, strict=True))
    [(_, reply)] = engine.decide_many([DecisionRequest(_QUESTION, "Choose the right answer.", choices)])
    facts = {"model": reply.model, "probabilities": dict(reply.probabilities)}
    if reply.error:
        return Probe(False, reply.error, facts)
    if reply.is_refusal:
        return Probe(False, "it refuses to decide which letter comes first", facts)
    return Probe(True, "its probabilities sum to 1", facts)


def _who(reply: ChatReply) -> dict[str, Any]:
    return {"model": reply.model, "reply": reply.text[:100]}
