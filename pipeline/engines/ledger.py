"""What a run has spent on a language model, and the model that stops when its budget is gone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from itertools import chain
from typing import Any

from pipeline.engines.client import ChatReply, ChatRequest, LanguageModel
from pipeline.engines.token_estimate import tokens_at_most

_MILLION = 1_000_000


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
    """Counts of one run. ``cached`` replies cost nothing; what is ``reserved`` for requests under way may be
    spent on them."""

    budget: Budget = Budget()
    requests: int = 0
    cached: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    reserved_in: int = 0
    reserved_out: int = 0

    @property
    def cost(self) -> float:
        """What the tokens cost at the budget's prices."""
        return self._price(self.tokens_in, self.tokens_out)

    def _price(self, tokens_in: int, tokens_out: int) -> float:
        return (tokens_in * self.budget.price_in + tokens_out * self.budget.price_out) / _MILLION

    def add(self, reply: ChatReply) -> None:
        """Count a reply, one that failed or was repaired included."""
        self.requests += 1
        self.tokens_in += reply.tokens_in
        self.tokens_out += reply.tokens_out

    def reserve(self, request: ChatRequest) -> bool:
        """Set aside the most a request may take; ``False`` when the budget does not cover that any more."""
        reserved_in = self.reserved_in + _asked_tokens(request)
        reserved_out = self.reserved_out + request.max_tokens
        tokens_in, tokens_out = self.tokens_in + reserved_in, self.tokens_out + reserved_out
        if self.budget.tokens and tokens_in + tokens_out > self.budget.tokens:
            return False
        if self.budget.money and self._price(tokens_in, tokens_out) > self.budget.money:
            return False
        self.reserved_in, self.reserved_out = reserved_in, reserved_out
        return True

    def release(self, request: ChatRequest) -> None:
        """Give back what was set aside for a request."""
        self.reserved_in -= _asked_tokens(request)
        self.reserved_out -= request.max_tokens

    def spent(self) -> str:
        """Which limit is reached, in words; empty while there is something left."""
        tokens = self.tokens_in + self.tokens_out
        if self.budget.tokens and tokens >= self.budget.tokens:
            return f"{tokens} tokens of {self.budget.tokens} are spent"
        if self.budget.money and self.cost >= self.budget.money:
            return f"{self.cost:.4f} of {self.budget.money} is spent"
        return ""

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
    """A model whose replies are counted. When the budget is gone, what is under way is still answered, then
    :class:`BudgetSpentError` ends it; so a budget is passed by at most what was under way.

    With ``is_reserving`` a request is sent only if what is left covers the most it and those under way may
    take: for batches, where much is under way at once. Only repairs can pass the budget then.
    """

    def __init__(self, model: LanguageModel, ledger: Ledger, *, is_reserving: bool = False) -> None:
        self._model = model
        self._ledger = ledger
        self._is_reserving = is_reserving

    @property
    def name(self) -> str:
        """The model's name at its endpoint."""
        return self._model.name

    def complete(self, request: ChatRequest) -> ChatReply:
        """Answer one request and count it."""
        if spent := self._ledger.spent():
            raise _budget_error(spent)
        reply = self._model.complete(request)
        self._ledger.add(_counted(request, reply))
        return reply

    def complete_many(self, requests: Iterable[ChatRequest]) -> Iterator[tuple[int, ChatReply]]:
        """Answer and count requests until the budget is gone; yields ``(position, reply)``.

        One that is not covered beside those under way waits, as they may take less than was set aside.
        """
        numbered = enumerate(requests)
        held: list[tuple[int, ChatRequest]] = []

        def affordable(sent: dict[int, tuple[int, ChatRequest]]) -> Iterator[ChatRequest]:
            entries = chain([held.pop()] if held else [], numbered)
            for place, (position, request) in enumerate(entries):
                if self._ledger.spent() or (self._is_reserving and not self._ledger.reserve(request)):
                    held.append((position, request))
                    return
                sent[place] = (position, request)
                yield request

        while True:
            sent: dict[int, tuple[int, ChatRequest]] = {}
            is_any_answered = False
            try:
                for place, reply in self._model.complete_many(affordable(sent)):
                    is_any_answered = True
                    position, request = sent.pop(place)
                    self._ledger.add(_counted(request, reply))
                    self._release(request)
                    yield position, reply
            finally:
                for _, request in sent.values():
                    self._release(request)
            if not held:
                return
            if spent := self._ledger.spent():
                raise _budget_error(spent)
            if not is_any_answered:
                raise _budget_error("what is left does not cover the most the next request may take")

    def _release(self, request: ChatRequest) -> None:
        if self._is_reserving:
            self._ledger.release(request)


def _budget_error(spent: str) -> BudgetSpentError:
    return BudgetSpentError(
        f"the budget of this run is gone: {spent}. Raise it and run the same command again to go on"
    )


def _counted(request: ChatRequest, reply: ChatReply) -> ChatReply:
    """The reply; with tokens by length where the endpoint counts none."""
    if reply.error or reply.tokens_in or reply.tokens_out:
        return reply
    return replace(reply, tokens_in=_asked_tokens(request), tokens_out=tokens_at_most(reply.text))


def _asked_tokens(request: ChatRequest) -> int:
    return sum(tokens_at_most(message["content"]) for message in request.messages)
