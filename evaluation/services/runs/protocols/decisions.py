"""Multiple choice by typed decisions: the endpoint's own template, a probability for each option."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from evaluation.engines.probe import Probe
from evaluation.models import Answer, Outcome, ProtocolKind
from evaluation.scoring.likelihood import beyond_noise
from evaluation.scoring.multiple_choice import BOTH_ORDERS, LETTERS, OptionOrder, options
from evaluation.services.runs.protocols.base import AskedBy, Work, answered, failed, leading
from evaluation.services.runs.protocols.place import Place
from pipeline.engines.decisions import DecisionReply, DecisionRequest
from pipeline.engines.digests import request_digest
from pipeline.prompts import render, template_digest

_TASK = "mc_decision"


class TypedDecision:
    """Asks for a choice between the two positions, each item with S first and with RS first: a position bias
    stays, whatever the endpoint's template."""

    def __init__(self, place: Place, parameters: dict[str, Any]) -> None:
        """``parameters`` of the engine are stored with the run."""
        self._place = place
        self.about = AskedBy(
            ProtocolKind.DECISIONS,
            tuple(str(order) for order in BOTH_ORDERS),
            template_digest(_TASK),
            parameters=parameters,
            place=place.about,
            prices=place.prices,
        )

    def probe(self) -> Probe:
        """Whether its probabilities sum to 1."""
        return self._place.probe(ProtocolKind.DECISIONS)

    def ask(self, work: Iterable[Work]) -> Iterator[Answer]:
        """One request per item and order."""
        for piece, request, reply in answered(self._place.engine.decide_many, work, _request):
            answer = _read(piece, reply)
            answer.prompt_digest = request_digest(request)
            answer.prompt_tokens = reply.tokens_in or None
            answer.completion_tokens = reply.tokens_out or None
            yield answer


def _request(work: Work) -> DecisionRequest:
    item = work.item
    shown = options(item.statement, item.reversed_statement, OptionOrder(work.order))
    return DecisionRequest(
        item.question,
        render(_TASK, language=item.language).text,
        tuple(zip(LETTERS, shown, strict=True)),
        work.label(ProtocolKind.DECISIONS),
    )


def _read(work: Work, reply: DecisionReply) -> Answer:
    if reply.error:
        return failed(work, reply.error)
    if reply.is_refusal:
        return Answer(item=work.item, order=work.order, outcome=Outcome.REFUSAL)
    first, second = (reply.probabilities[letter] for letter in LETTERS)
    if OptionOrder(work.order) is OptionOrder.REVERSED_FIRST:
        first, second = second, first
    return Answer(
        item=work.item,
        order=work.order,
        outcome=leading(beyond_noise(first - second, first, second)),
        details=dict(reply.probabilities),
        probability=first / (first + second),
    )
