"""What a run has spent on a language model, and the model that is asked only what its budget covers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any

from pipeline.engines.client import ChatReply, ChatRequest, LanguageModel

_MILLION = 1_000_000
_BYTES_PER_TOKEN = 2  # fewer than tokenizers need in any of our languages, so that no request takes more


class BudgetSpentError(RuntimeError):
    """The budget of the run is gone; what was asked is not at fault and has to wait."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits of a run; 0 is no limit. Prices are per million tokens, in any one currency."""

    tokens: int = 0
    money: float = 0.0
    price_in: float = 0.0
    price_out: float = 0.0

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if value < 0:
                raise ValueError(f"budget {name} must not be negative, it is {value}")
        if self.money and not (self.price_in or self.price_out):
            raise ValueError("a budget of money needs the prices of tokens")


@dataclass
class Ledger:
    """Counts of one run. ``cached`` replies cost nothing.

    A request under way counts with the most it may take, and with what it took once it is answered. So a run
    stays within its budget, but for repairs of replies that do not fit their schema.
    """

    budget: Budget = Budget()
    requests: int = 0
    cached: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    _under_way_in: int = 0
    _under_way_out: int = 0

    @property
    def cost(self) -> float:
        """What the tokens cost at the budget's prices."""
        return self._price(self.tokens_in, self.tokens_out)

    def _price(self, tokens_in: int, tokens_out: int) -> float:
        return (tokens_in * self.budget.price_in + tokens_out * self.budget.price_out) / _MILLION

    def reserve(self, request: ChatRequest) -> bool:
        """Set aside the most a request may take; ``False`` when the budget does not cover it any more."""
        under_way_in = self._under_way_in + _tokens_at_most(request)
        under_way_out = self._under_way_out + request.max_tokens
        tokens_in, tokens_out = self.tokens_in + under_way_in, self.tokens_out + under_way_out
        if self.budget.tokens and tokens_in + tokens_out > self.budget.tokens:
            return False
        if self.budget.money and self._price(tokens_in, tokens_out) > self.budget.money:
            return False
        self._under_way_in, self._under_way_out = under_way_in, under_way_out
        return True

    def release(self, request: ChatRequest) -> None:
        """Give back what was set aside for a request."""
        self._under_way_in -= _tokens_at_most(request)
        self._under_way_out -= request.max_tokens

    def settle(self, request: ChatRequest, reply: ChatReply) -> None:
        """Count a reply, one that failed or was repaired included; one whose tokens the endpoint does not
        count, with the most."""
        self.release(request)
        self.requests += 1
        is_counted = bool(reply.error or reply.tokens_in + reply.tokens_out)
        self.tokens_in += reply.tokens_in if is_counted else _tokens_at_most(request)
        self.tokens_out += reply.tokens_out if is_counted else request.max_tokens

    def spent_error(self, request: ChatRequest) -> BudgetSpentError:
        """Says what is spent, and what the next request would need."""
        budget, needed = self.budget, _tokens_at_most(request)
        limits = [f"{budget.tokens} tokens"] * bool(budget.tokens) + [f"{budget.money}"] * bool(budget.money)
        return BudgetSpentError(
            f"the budget of this run, {' and '.join(limits)}, is spent: "
            f"{self.tokens_in + self.tokens_out} tokens ({self.cost:.4f}) are used, "
            f"and the next request may take {needed + request.max_tokens} "
            f"({self._price(needed, request.max_tokens):.4f}). Raise it to go on"
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain values, to be stored with a run."""
        return {
            "requests": self.requests,
            "cached": self.cached,
            "tokens_in": self.tokens_in,
            "tokens_out": self.tokens_out,
            "cost": round(self.cost, 6),
        }


class MeteredModel:
    """A model that is asked only what the budget covers; :class:`BudgetSpentError` when it covers no more."""

    def __init__(self, model: LanguageModel, ledger: Ledger) -> None:
        self._model = model
        self._ledger = ledger

    @property
    def name(self) -> str:
        """The model's name at its endpoint."""
        return self._model.name

    def complete(self, request: ChatRequest) -> ChatReply:
        """Answer one request and count it."""
        if not self._ledger.reserve(request):
            raise self._ledger.spent_error(request)
        reply = self._model.complete(request)
        self._ledger.settle(request, reply)
        return reply

    def complete_many(self, requests: Iterable[ChatRequest]) -> Iterator[tuple[int, ChatReply]]:
        """Answer and count requests; yields ``(position, reply)``.

        A request that the budget does not cover beside those under way waits, as they may take less than was
        set aside. Only when it is not covered alone is the budget spent.
        """
        numbered = enumerate(requests)
        held: list[tuple[int, ChatRequest]] = []

        def covered(sent: dict[int, tuple[int, ChatRequest]]) -> Iterator[ChatRequest]:
            entries = chain([held.pop()] if held else [], numbered)
            for place, (position, request) in enumerate(entries):
                if not self._ledger.reserve(request):
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
                    self._ledger.settle(request, reply)
                    yield position, reply
            finally:
                for _, request in sent.values():
                    self._ledger.release(request)
            if not held:
                return
            if not is_any_answered:
                raise self._ledger.spent_error(held[0][1])


def _tokens_at_most(request: ChatRequest) -> int:
    size = sum(len(message["content"].encode(errors="replace")) for message in request.messages)
    return size // _BYTES_PER_TOKEN
