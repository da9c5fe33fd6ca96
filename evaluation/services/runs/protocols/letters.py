"""Multiple choice by letters: the model sees both options, in both orders, and replies with a letter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from evaluation.engines.probe import TOP_LOGPROBS, Probe
from evaluation.models import Answer, Outcome, ProtocolKind
from evaluation.scoring.answer_token import (
    LEAST_MASS,
    answer_token,
    chooses,
    first_probability,
    impossible,
    letter_logprobs,
    letter_mass,
    unseen_at_most,
)
from evaluation.scoring.likelihood import beyond_noise
from evaluation.scoring.multiple_choice import (
    BOTH_ORDERS,
    LETTERS,
    OptionOrder,
    options,
    parse_letter,
    read_choice,
)
from evaluation.scoring.refusals import is_refusal
from evaluation.services.runs.protocols.base import AskedBy, Work, answered, failed, leading
from evaluation.services.runs.protocols.place import Place
from pipeline.engines.client import ChatReply, ChatRequest
from pipeline.engines.digests import request_digest
from pipeline.prompts import render, template_digest

_TASK = "mc"
# Room for a model that reasons before it answers; a letter alone costs one token.
_MAX_TOKENS = 1024
# The letter is read off one token; a few more show whether the reply is a refusal.
_MAX_TOKENS_LOGPROB = 16


class LetterChoice:
    """Asks for A or B; each item twice, with S first and with RS first. By ``kind`` the letter the model
    writes, or the likelier of the two at the token where it answers."""

    def __init__(
        self, place: Place, kind: ProtocolKind, parameters: dict[str, Any], reason: str = ""
    ) -> None:
        """``parameters`` of the engine are stored with the run beside those of the request."""
        self._place = place
        self._kind = kind
        self._by_logprob = kind is ProtocolKind.LETTERS_LOGPROB
        self._max_tokens = _MAX_TOKENS_LOGPROB if self._by_logprob else _MAX_TOKENS
        self._top = TOP_LOGPROBS if self._by_logprob else 0
        asked = {"temperature": 0.0, "max_tokens": self._max_tokens, "top_logprobs": self._top}
        if self._by_logprob:
            asked["least_mass"] = LEAST_MASS
        self.about = AskedBy(
            kind,
            tuple(str(order) for order in BOTH_ORDERS),
            template_digest(_TASK),
            parameters={**parameters, **asked},
            place=place.about,
            reason=reason,
            prices=place.prices,
        )

    def probe(self) -> Probe:
        """Whether it replies, and with the log-probabilities of both letters where those are read."""
        return self._place.probe(self._kind)

    def ask(self, work: Iterable[Work]) -> Iterator[Answer]:
        """One request per item and order."""
        for piece, request, reply in answered(self._place.engine.complete_many, work, self._request):
            answer = self._read(piece, reply)
            answer.prompt_digest = request_digest(request)
            answer.prompt_tokens = reply.tokens_in or None
            answer.completion_tokens = reply.tokens_out or None
            yield answer

    def _request(self, work: Work) -> ChatRequest:
        option_a, option_b = _shown(work)
        prompt = render(
            _TASK,
            language=work.item.language,
            question=work.item.question,
            option_a=option_a,
            option_b=option_b,
        )
        return ChatRequest(
            prompt.messages,
            task=_TASK,
            max_tokens=self._max_tokens,
            temperature=0.0,
            top_logprobs=self._top,
            watched=LETTERS,
            label=work.label(self._kind),
        )

    def _read(self, work: Work, reply: ChatReply) -> Answer:
        if reply.refusal:
            return _answer(work, reply, Outcome.REFUSAL)
        if reply.error:
            return failed(work, reply.error, reply.text)
        if self._by_logprob:
            return _by_logprob(work, reply)
        item = work.item
        choice = read_choice(reply.text, item.statement, item.reversed_statement, OptionOrder(work.order))
        return _answer(work, reply, Outcome(choice))


def _by_logprob(work: Work, reply: ChatReply) -> Answer:
    """The likelier letter where the model chooses one; elsewhere its words say whether it declines.

    Of a letter that is not among the alternatives only the most it can have is known. Where the other has
    more, that decides; the probability is a bound then, too, and ``details`` call it so.
    """
    token = answer_token(reply.text, reply.logprobs, _shown(work))
    if token is None and not reply.text.strip():
        return _answer(work, reply, Outcome.INVALID)
    if token is None:
        return failed(work, "the endpoint answered 200 without logprobs", reply.text)
    if error := impossible(token):
        return failed(work, error, reply.text)
    found = letter_logprobs(token)
    details = {**found, "mass": letter_mass(found)}
    # A letter counts before the words around it, as where only what is written is read.
    if is_refusal(reply.text) and parse_letter(reply.text, *_shown(work)) is None:
        return _answer(work, reply, Outcome.REFUSAL, details=details)
    if not chooses(token, found):
        return _answer(work, reply, Outcome.INVALID, details=details)
    for letter in LETTERS:
        if letter not in found:
            most = unseen_at_most(token)
            if most >= max(found.values(), default=most):
                error = f"no log-probability for {letter} among {len(token.top)} alternatives"
                return failed(work, f"{error}, and what they leave decides nothing", reply.text)
            found[letter] = details[f"{letter}_at_most"] = most
    first, second = (found[letter] for letter in LETTERS)
    lead = beyond_noise(first - second, first, second)
    if OptionOrder(work.order) is OptionOrder.REVERSED_FIRST:
        lead = -lead
    answer = _answer(work, reply, leading(lead), details=details)
    answer.probability = first_probability(lead)
    return answer


def _shown(work: Work) -> tuple[str, str]:
    return options(work.item.statement, work.item.reversed_statement, OptionOrder(work.order))


def _answer(
    work: Work, reply: ChatReply, outcome: Outcome, details: dict[str, float] | None = None
) -> Answer:
    return Answer(
        item=work.item,
        order=work.order,
        reply=reply.text or reply.refusal,
        outcome=outcome,
        details=details,
    )
