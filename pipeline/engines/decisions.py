"""Typed decisions (``POST /v1/decisions``): one choice among named options, with probabilities."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from pydantic import BaseModel, Field, ValidationError

from pipeline.engines.untrusted import TokenCount, plain_text

# Probabilities are printed with few digits by some servers.
TOLERANCE = 0.01
_QUESTION = "position"


@dataclass(frozen=True, slots=True)
class DecisionRequest:
    """A choice to be made about ``input``. ``choices`` are (value, description), in the order shown."""

    input: str
    instructions: str
    choices: tuple[tuple[str, str], ...]
    label: str = ""


@dataclass(frozen=True, slots=True)
class DecisionReply:
    """Probability by value, a refusal, or why there is neither."""

    probabilities: Mapping[str, float] = field(default_factory=dict)
    is_refusal: bool = False
    error: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    model: str = ""
    is_unavailable: bool = False


class DecisionModel(Protocol):
    """A model that makes typed decisions."""

    @property
    def name(self) -> str:
        """The model's name."""
        ...

    def decide_many(self, requests: Iterable[DecisionRequest]) -> Iterator[tuple[int, DecisionReply]]:
        """Yield ``(position, reply)`` as they arrive; a failure is ``DecisionReply.error``."""
        ...


class _Probability(BaseModel):
    value: str | bool
    probability: float


class _Answer(BaseModel):
    type: str
    probabilities: list[_Probability] | None = None


class _Usage(BaseModel):
    input_tokens: TokenCount = None
    output_tokens: TokenCount = None


class _Decision(BaseModel):
    answers: list[_Answer] = Field(min_length=1)
    model: str | None = None
    usage: _Usage | None = None


def decision_body(model: str, request: DecisionRequest) -> dict[str, Any]:
    """Body of a request for one decision."""
    choices = [{"value": value, "description": description} for value, description in request.choices]
    question = {
        "type": "choice",
        "name": _QUESTION,
        "instructions": request.instructions,
        "choices": choices,
    }
    return {"model": model, "input": request.input, "questions": [question]}


def read_decision(body: bytes, request: DecisionRequest) -> DecisionReply:
    """The decision in a response's body. Probabilities that are missing, not in [0, 1], of other values than
    those asked for, or that do not sum to 1 are an error, never filled in."""
    try:
        found = _Decision.model_validate_json(body)
    except ValidationError:
        return DecisionReply(error=plain_text(f"not a decision: {body[:300].decode(errors='replace')}"))
    [answer, *_] = found.answers
    usage = found.usage or _Usage()
    counted: dict[str, Any] = {
        "tokens_in": usage.input_tokens or 0,
        "tokens_out": usage.output_tokens or 0,
        "model": plain_text(found.model or ""),
    }
    if answer.type == "refusal":
        return DecisionReply(is_refusal=True, **counted)
    given = {str(one.value): one.probability for one in answer.probabilities or ()}
    error = problem_of(given, [value for value, _ in request.choices])
    return (
        DecisionReply(error=plain_text(error)[:1000], **counted) if error else DecisionReply(given, **counted)
    )


def problem_of(given: Mapping[str, float], wanted: list[str]) -> str:
    """What is wrong with probabilities by value, of the values that were asked for; empty for nothing."""
    if not given:
        return "the endpoint answered 200 without probabilities"
    if sorted(given) != sorted(wanted):
        return f"probabilities of {', '.join(sorted(given))} instead of {', '.join(sorted(wanted))}"
    if not all(math.isfinite(value) and 0 <= value <= 1 for value in given.values()):
        return f"a probability is not between 0 and 1: {given}"
    total = sum(given.values())
    return "" if abs(total - 1) <= TOLERANCE else f"the probabilities sum to {total:.4g}, not to 1"
