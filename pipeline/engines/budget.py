"""What a run may spend on a model, and has spent: nothing is asked that the budget does not cover."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain

from pipeline.engines.client import AskingStoppedError, ChatReply, ChatRequest, LanguageModel

MILLION = 1_000_000
_BYTES_PER_TOKEN = 2  # fewer than tokenizers need in any of our languages, so that no request is larger


class BudgetSpentError(AskingStoppedError):
    """The budget does not cover the next request."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Requests answered, tokens read and written, and their cost in the currency prices are given in."""

    requests: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0

    def __sub__(self, earlier: Usage) -> Usage:
        return Usage(
            self.requests - earlier.requests,
            self.tokens_in - earlier.tokens_in,
            self.tokens_out - earlier.tokens_out,
            round(self.cost - earlier.cost, 6),
        )


@dataclass
class Budget:
    """Limits of a run, 0 for none, and prices per million tokens read and written.

    A request counts with the most it may take while it is under way, and with what it took once answered. So
    a run stays within its budget, but for repairs of replies that do not fit their schema.
    """

    tokens: int = 0
    money: float = 0.0
    price_in: float = 0.0
    price_out: float = 0.0
    used: Usage = field(default_factory=Usage)
    _reserved_in: int = 0
    _reserved_out: int = 0

    def cost(self, tokens_in: int, tokens_out: int) -> float:
        """Price of tokens read and written."""
        return (tokens_in * self.price_in + tokens_out * self.price_out) / MILLION

    def reserve(self, request: ChatRequest) -> bool:
        """Set aside the most a request may take; ``False`` when that is no longer there."""
        tokens_in = self._reserved_in + _tokens_at_most(request)
        tokens_out = self._reserved_out + request.max_tokens
        all_in, all_out = self.used.tokens_in + tokens_in, self.used.tokens_out + tokens_out
        if self.tokens and all_in + all_out > self.tokens:
            return False
        if self.money and self.cost(all_in, all_out) > self.money:
            return False
        self._reserved_in, self._reserved_out = tokens_in, tokens_out
        return True

    def release(self, request: ChatRequest) -> None:
        """Give back what was set aside for a request."""
        self._reserved_in -= _tokens_at_most(request)
        self._reserved_out -= request.max_tokens

    def settle(self, request: ChatRequest, reply: ChatReply) -> None:
        """Count what a reply took. One without a count, as some endpoints give, counts with the most."""
        self.release(request)
        tokens_in, tokens_out = reply.tokens_in, reply.tokens_out
        if reply.text and not reply.error and not tokens_in + tokens_out:
            tokens_in, tokens_out = _tokens_at_most(request), request.max_tokens
        tokens_in, tokens_out = self.used.tokens_in + tokens_in, self.used.tokens_out + tokens_out
        self.used = Usage(self.used.requests + 1, tokens_in, tokens_out, self.cost(tokens_in, tokens_out))

    def spent_error(self, request: ChatRequest) -> BudgetSpentError:
        """Says what is left and what would be needed."""
        limits = [f"{self.tokens} tokens"] if self.tokens else []
        limits += [f"{self.money:g} of money"] if self.money else []
        needed_in, used = _tokens_at_most(request), self.used
        return BudgetSpentError(
            f"the budget of {' and '.join(limits)} is spent: {used.tokens_in + used.tokens_out} tokens "
            f"({used.cost:.4f}) are used, and the next request may take {needed_in + request.max_tokens} "
            f"({self.cost(needed_in, request.max_tokens):.4f})"
        )


class MeteredModel:
    """A model that is asked only what a budget covers; :class:`BudgetSpentError` when it covers no more."""

    def __init__(self, model: LanguageModel, budget: Budget) -> None:
        self.name = model.name
        self._model = model
        self._budget = budget

    def complete(self, request: ChatRequest) -> ChatReply:
        """The model's reply, counted."""
        if not self._budget.reserve(request):
            raise self._budget.spent_error(request)
        reply = self._model.complete(request)
        self._budget.settle(request, reply)
        return reply

    def complete_many(self, requests: Iterable[ChatRequest]) -> Iterator[tuple[int, ChatReply]]:
        """Replies as they come, counted; yields ``(position, reply)``.

        A request that the budget does not cover beside those under way waits, as they may take less than
        was set aside. Only when it is not covered alone is the budget spent.
        """
        numbered = enumerate(requests)
        held: list[tuple[int, ChatRequest]] = []

        def covered(sent: dict[int, tuple[int, ChatRequest]]) -> Iterator[ChatRequest]:
            entries = chain([held.pop()] if held else [], numbered)
            for place, (position, request) in enumerate(entries):
                if not self._budget.reserve(request):
                    held.append((position, request))
                    return
                sent[place] = (position, request)
                yield request

        while True:
            sent: dict[int, tuple[int, ChatRequest]] = {}
            is_any_answered = False
            try:
                for place, reply in self._model.complete_many(covered(sent)):
                    is_any_answered = True
                    position, request = sent.pop(place)
                    self._budget.settle(request, reply)
                    yield position, reply
            finally:
                for _, request in sent.values():
                    self._budget.release(request)
            if not held:
                return
            if not is_any_answered:
                raise self._budget.spent_error(held[0][1])


def _tokens_at_most(request: ChatRequest) -> int:
    size = sum(len(message["content"].encode(errors="replace")) for message in request.messages)
    return size // _BYTES_PER_TOKEN
