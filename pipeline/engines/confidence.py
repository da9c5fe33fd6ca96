"""How sure a model is of a label: by its token probabilities, else by samples; never by its own say-so."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel

from pipeline.engines.client import ChatReply, ChatRequest

SAMPLES = 3
SAMPLE_TEMPERATURE = 0.7
UNMEASURED = 0.5


@dataclass(frozen=True, slots=True)
class Labelled:
    """A label with its confidence in [0, 1], the reply it stands in, and everything that was said.

    ``source`` is ``logprobs``, ``samples``, or ``none`` where nothing could be measured. With an ``error``
    there is no label.
    """

    reply: ChatReply
    label: str = ""
    confidence: float = UNMEASURED
    source: str = "none"
    raw: str = ""
    error: str = ""

    @property
    def evidence(self) -> dict[str, Any]:
        """What a judgement records about where its confidence comes from."""
        return {"confidence_from": self.source}


def ask_label(
    request: ChatRequest, field: str = "label", samples: int = SAMPLES
) -> Generator[list[ChatRequest], list[ChatReply], Labelled]:
    """A conversation that ends in a label: one greedy reply, and samples where it has no logprobs.

    With ``samples`` below 2 nothing is sampled and an unmeasured label has confidence 0.5. Among samples the
    most frequent label wins, the greedy reply's where several are; samples that failed do not vote.
    """
    [reply] = yield [replace(request, want_logprobs=True)]
    if reply.error or reply.parsed is None:
        return Labelled(reply, raw=reply.raw, error=reply.error or "no structured reply")
    label = _value(reply.parsed, field)
    probability = label_probability(reply, field, label)
    if probability is not None:
        return Labelled(reply, label, probability, "logprobs", reply.raw)
    if samples < 2:
        return Labelled(reply, label, raw=reply.raw)
    drawn = yield [
        replace(request, temperature=SAMPLE_TEMPERATURE, seed=seed) for seed in range(1, samples + 1)
    ]
    raw = "\n".join(one.raw for one in (reply, *drawn))
    votes = [(_value(one.parsed, field), one) for one in drawn if one.parsed is not None and not one.error]
    if not votes:
        return Labelled(reply, label, raw=raw)
    counts = Counter(vote for vote, _ in votes)
    winner = max(counts, key=lambda vote: (counts[vote], vote == label, vote))
    speaker = reply if winner == label else next(one for vote, one in votes if vote == winner)
    return Labelled(speaker, winner, counts[winner] / len(votes), "samples", raw)


def _value(parsed: BaseModel, field: str) -> str:
    return str(getattr(parsed, field))


def label_probability(reply: ChatReply, field: str, label: str) -> float | None:
    """Probability the model gave to the tokens of ``label`` in its JSON reply; ``None`` where unknown.

    Unknown is: no logprobs, some not finite, all exactly zero (a server's filling, not a measurement), or
    tokens that do not spell ``"field": "label"``.
    """
    values = [token.logprob for token in reply.logprobs]
    if not values or not all(map(math.isfinite, values)) or not any(values):
        return None
    spelled = "".join(token.token for token in reply.logprobs)
    # Inside a JSON string the quotes of a key would be escaped, so free text cannot pose as the label.
    found = re.search(rf'(?<!\\)"{re.escape(field)}"\s*:\s*"(?P<value>{re.escape(label)})"', spelled)
    if found is None:
        return None
    start, end = found.span("value")
    total, position = 0.0, 0
    for token in reply.logprobs:
        if position < end and position + len(token.token) > start:
            total += token.logprob
        position += len(token.token)
    return min(1.0, math.exp(total))


def mean_token_probability(reply: ChatReply) -> float | None:
    """Geometric mean of the probabilities of a reply's tokens; ``None`` where the endpoint gave none."""
    values = [token.logprob for token in reply.logprobs]
    if not values or not all(map(math.isfinite, values)) or not any(values):
        return None
    return min(1.0, math.exp(sum(values) / len(values)))
