"""What a run has spent on a language model, and the model that stops when its budget is gone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from pipeline.engines.client import ChatReply, ChatRequest, LanguageModel

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
    """Counts of one run. ``cached`` replies cost nothing."""

    budget: Budget = Budget()
    requests: int = 0
    cached: int = 0
    tokens_in: int = 0
    tokens_out: int = 0

    @property
    def cost(self) -> float:
        """What the tokens cost at the budget's prices."""
        return (self.tokens_in * self.budget.price_in + self.tokens_out * self.budget.price_out) / _MILLION

    def add(self, reply: ChatReply) -> None:
        """Count a reply, one that failed or was repaired included."""
        self.requests += 1
        self.tokens_in += reply.tokens_in
        self.tokens_out += reply.tokens_out

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
    :class:`BudgetSpentError` ends it; so a budget is passed by at most what was under way."""

    def __init__(self, model: LanguageModel, ledger: Ledger) -> None:
        self._model = model
        self._ledger = ledger

    @property
    def name(self) -> str:
        """The model's name at its endpoint."""
        return self._model.name

    def complete(self, request: ChatRequest) -> ChatReply:
        """Answer one request and count it."""
        self._check()
        reply = self._model.complete(request)
        self._ledger.add(reply)
        return reply

    def complete_many(self, requests: Iterable[ChatRequest]) -> Iterator[tuple[int, ChatReply]]:
        """Answer and count requests until the budget is gone."""
        is_refused = False

        def affordable() -> Iterator[ChatRequest]:
            nonlocal is_refused
            for request in requests:
                if self._ledger.spent():
                    is_refused = True
                    return
                yield request

        for position, reply in self._model.complete_many(affordable()):
            self._ledger.add(reply)
            yield position, reply
        if is_refused:
            self._check()

    def _check(self) -> None:
        if spent := self._ledger.spent():
            raise BudgetSpentError(
                f"the budget of this run is gone: {spent}. Raise it and run the same command again to go on"
            )
