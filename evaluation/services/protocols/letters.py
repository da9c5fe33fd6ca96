"""Multiple choice by letters: the model sees both options, in both orders, and replies with a letter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from evaluation.models import Answer, Method, Outcome
from evaluation.scoring.multiple_choice import BOTH_ORDERS, OptionOrder, options, read_choice
from evaluation.services.protocols.base import AskedBy, Work, failed
from pipeline.engines.client import ChatReply, ChatRequest, LanguageModel
from pipeline.prompts import render, template_digest

LETTERS = "letters (both orders)"
_TASK = "mc"
# Room for a model that reasons before it answers; a letter alone costs one token.
_MAX_TOKENS = 1024


class LetterChoice:
    """Asks for A or B; each item twice, with S first and with RS first."""

    def __init__(self, model: LanguageModel, parameters: dict[str, Any]) -> None:
        """``parameters`` are stored with the run beside those of the request."""
        self._model = model
        self.about = AskedBy(
            Method.MULTIPLE_CHOICE,
            LETTERS,
            tuple(str(order) for order in BOTH_ORDERS),
            template_digest(_TASK),
            parameters={**parameters, "temperature": 0.0, "max_tokens": _MAX_TOKENS},
        )

    def ask(self, work: Sequence[Work]) -> Iterator[Answer]:
        """One request per item and order."""
        requests = (self._request(piece) for piece in work)
        for position, reply in self._model.complete_many(requests):
            yield _read(work[position], reply)

    def _request(self, work: Work) -> ChatRequest:
        item = work.item
        option_a, option_b = options(item.statement, item.reversed_statement, OptionOrder(work.order))
        prompt = render(
            _TASK, language=item.language, question=item.question, option_a=option_a, option_b=option_b
        )
        return ChatRequest(prompt.messages, task=_TASK, max_tokens=_MAX_TOKENS, temperature=0.0)


def _read(work: Work, reply: ChatReply) -> Answer:
    if reply.refusal:
        outcome = Outcome.REFUSAL
    elif reply.error:
        return failed(work, reply.error)
    else:
        item = work.item
        choice = read_choice(reply.text, item.statement, item.reversed_statement, OptionOrder(work.order))
        outcome = Outcome(choice)
    return Answer(
        item=work.item,
        order=work.order,
        reply=reply.text or reply.refusal,
        outcome=outcome,
        prompt_tokens=reply.tokens_in,
        completion_tokens=reply.tokens_out,
    )
