"""Log-likelihood of continuations: the request and reply, and how an endpoint gives it by echo."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import BaseModel, Field, ValidationError

from pipeline.engines.untrusted import TokenCount, plain_text

# Stands where there is no context: the first token of an echo has no log-probability.
NO_CONTEXT = "\n"
LEAST_LOGPROB = -1e9  # far below any model's, and a sum of many is still a number
ROUNDING = 1e-4  # how far above 0 a server's arithmetic may come


@dataclass(frozen=True, slots=True)
class ScoreRequest:
    """A text that goes on from a context, which may be empty. ``label`` is the caller's and never sent."""

    context: str
    continuation: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class ScoreReply:
    """Natural log-probability of each token of the continuation, or why there are none. ``tokens`` counts
    those the endpoint read. ``is_unavailable`` as in :class:`~pipeline.engines.client.ChatReply`."""

    logprobs: tuple[float, ...] = ()
    error: str = ""
    tokens: int = 0
    is_unavailable: bool = False

    @property
    def total(self) -> float:
        """Log-likelihood of the continuation."""
        return math.fsum(self.logprobs)


class ContinuationScorer(Protocol):
    """A model that tells how likely a continuation is."""

    @property
    def name(self) -> str:
        """The model's name."""
        ...

    def score_many(self, requests: Iterable[ScoreRequest]) -> Iterator[tuple[int, ScoreReply]]:
        """Yield ``(position, reply)`` as they are ready; a failure is ``ScoreReply.error``."""
        ...


class _EchoLogprobs(BaseModel):
    token_logprobs: list[float | None] | None = None
    text_offset: list[int] | None = None


class _EchoChoice(BaseModel):
    text: str = ""
    logprobs: _EchoLogprobs | None = None


class _EchoUsage(BaseModel):
    prompt_tokens: TokenCount = None


class _Echo(BaseModel):
    choices: list[_EchoChoice] = Field(min_length=1)
    usage: _EchoUsage | None = None


def echo_body(model: str, request: ScoreRequest, written: int) -> dict[str, Any]:
    """Body of a completion that echoes its prompt and writes ``written`` tokens: none, or one where an
    endpoint insists."""
    return {
        "model": model,
        "prompt": (request.context or NO_CONTEXT) + request.continuation,
        "max_tokens": written,
        "temperature": 0.0,
        "echo": True,
        "logprobs": 1,
    }


def read_echo(body: bytes, request: ScoreRequest) -> ScoreReply:
    """Log-probabilities of the continuation's tokens: those with a character of it, by the text offsets.

    Spaces at the end of the context count as the continuation's, since tokenizers join them to the next word.
    One missing or not finite makes the whole reply an error, as do offsets that do not cover the text.
    """
    try:
        echo = _Echo.model_validate_json(body)
    except ValidationError:
        return ScoreReply(error=plain_text(f"not a completion: {body[:300].decode(errors='replace')}"))
    [choice, *_] = echo.choices
    tokens = (echo.usage.prompt_tokens if echo.usage else 0) or 0
    found = choice.logprobs
    if found is None or not found.token_logprobs:
        return ScoreReply(error="the endpoint answered 200 without logprobs", tokens=tokens)
    values, offsets = found.token_logprobs, found.text_offset or []
    if len(offsets) != len(values):
        error = f"{len(values)} log-probabilities, {len(offsets)} text offsets"
        return ScoreReply(error=error, tokens=tokens)
    prompt = (request.context or NO_CONTEXT) + request.continuation
    start = choice.text.find(prompt)  # a server may put its start token before
    if start < 0:
        return ScoreReply(error="the endpoint did not echo the prompt", tokens=tokens)
    begin = start + len((request.context or NO_CONTEXT).rstrip(" "))
    end = start + len(prompt)
    stops = [*offsets[1:], len(choice.text)]
    wanted = [place for place, offset in enumerate(offsets) if offset < end and stops[place] > begin]
    if not wanted or offsets[wanted[0]] > begin or stops[wanted[-1]] < end:
        error = "the endpoint gave log-probabilities of other tokens than those of the prompt"
        return ScoreReply(error=error, tokens=tokens)
    return checked([values[place] for place in wanted], tokens)


def checked(values: list[float | None], tokens: int) -> ScoreReply:
    """A reply of these values, unless one is missing, not finite or no logarithm of a probability: then an
    error, never a zero instead. So are values that are all exactly 0: a filling, not a measurement."""
    missing = sum(value is None or not LEAST_LOGPROB <= value <= ROUNDING for value in values)
    if missing or not values:
        return ScoreReply(error=f"no log-probability for {missing} of {len(values)} tokens", tokens=tokens)
    if not any(values):
        return ScoreReply(error=f"all {len(values)} log-probabilities are exactly 0", tokens=tokens)
    return ScoreReply(tuple(float(value) for value in values if value is not None), tokens=tokens)
