"""What a session of a run spends, counted at every reply, and the engine that stops at its budget."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from evaluation.engines.probe import Engine
from pipeline.engines.client import ChatReply, ChatRequest
from pipeline.engines.decisions import DecisionReply, DecisionRequest
from pipeline.engines.likelihood import ScoreReply, ScoreRequest
from pipeline.engines.token_estimate import tokens_at_most

Request = TypeVar("Request")
Reply = TypeVar("Reply", ChatReply, ScoreReply, DecisionReply)
_MILLION = 1_000_000
MOST_MONEY = 999_999  # what a column of prices holds


@dataclass(frozen=True, slots=True)
class Prices:
    """Of a million tokens read and written, in any one currency; ``None`` where unknown."""

    read: float | None = None
    written: float | None = None

    @property
    def are_known(self) -> bool:
        """Whether a cost can be told."""
        return self.read is not None and self.written is not None

    def cost(self, tokens_in: int, tokens_out: int) -> float | None:
        """Of these tokens; ``None`` where a price is unknown."""
        if self.read is None or self.written is None:
            return None
        return (tokens_in * self.read + tokens_out * self.written) / _MILLION


UNKNOWN_PRICES = Prices()


class Spending:
    """Counts of one session, over candidate and judge. A budget of 0 is none.

    ``cost`` is of the tokens whose prices are known; ``is_cost_known`` says whether those are all.
    """

    def __init__(self, budget_tokens: int = 0, budget_cost: float = 0.0) -> None:
        self.budget_tokens = budget_tokens
        self.budget_cost = budget_cost
        self.requests = self.tokens_in = self.tokens_out = 0
        self.cost = 0.0
        self.is_cost_known = True
        self.is_stopped = False

    @property
    def has_budget(self) -> bool:
        """Whether anything is limited."""
        return bool(self.budget_tokens or self.budget_cost)

    @property
    def is_spent(self) -> bool:
        """Whether no further request may be sent."""
        tokens = self.tokens_in + self.tokens_out
        return bool(
            (self.budget_tokens and tokens >= self.budget_tokens)
            or (self.budget_cost and self.cost >= self.budget_cost)
        )

    def add(self, prices: Prices, tokens_in: int, tokens_out: int) -> None:
        """Count a request."""
        self.requests += 1
        self.tokens_in += tokens_in
        self.tokens_out += tokens_out
        cost = prices.cost(tokens_in, tokens_out)
        self.is_cost_known &= cost is not None
        self.cost += cost or 0.0

    def snapshot(self) -> tuple[int, int, int, float]:
        """The counts as they stand, for :meth:`since`."""
        return self.requests, self.tokens_in, self.tokens_out, self.cost

    def since(self, before: tuple[int, int, int, float], earlier: dict[str, Any]) -> dict[str, Any]:
        """The counts of a run: what its ``earlier`` sessions spent, and this one since ``before``.

        Plain values; the cost is ``None`` where a price was unknown.
        """
        requests, tokens_in, tokens_out, cost = before
        known = earlier.get("cost", 0.0)
        if known is not None:
            known = round(known + self.cost - cost, 9) if self.is_cost_known else None
        return {
            "requests": earlier.get("requests", 0) + self.requests - requests,
            "tokens_in": earlier.get("tokens_in", 0) + self.tokens_in - tokens_in,
            "tokens_out": earlier.get("tokens_out", 0) + self.tokens_out - tokens_out,
            "cost": known,
            "stopped_by": self.reason(),
        }

    def reason(self) -> str:
        """Why the session stopped, if a budget ended it."""
        if not self.is_stopped:
            return ""
        tokens = self.tokens_in + self.tokens_out
        if self.budget_tokens and tokens >= self.budget_tokens:
            return f"{tokens} tokens of {self.budget_tokens} are spent"
        return f"{self.cost:.6g} of {self.budget_cost:g} is spent"


class Metered:
    """An engine whose replies are counted. When the budget is gone no further request is taken; those under
    way are still answered."""

    def __init__(self, engine: Engine, spending: Spending, prices: Prices) -> None:
        self.engine = engine
        self._spending = spending
        self._prices = prices

    @property
    def name(self) -> str:
        """The model's name."""
        return self.engine.name

    def complete(self, request: ChatRequest) -> ChatReply:
        """Answer one request and count it, whatever is left: a probe."""
        reply = self.engine.complete(request)
        self._count(request, reply)
        return reply

    def complete_many(self, requests: Iterable[ChatRequest]) -> Iterator[tuple[int, ChatReply]]:
        """As the engine's."""
        return self._counted(self.engine.complete_many, requests)

    def score_many(self, requests: Iterable[ScoreRequest]) -> Iterator[tuple[int, ScoreReply]]:
        """As the engine's."""
        return self._counted(self.engine.score_many, requests)

    def decide_many(self, requests: Iterable[DecisionRequest]) -> Iterator[tuple[int, DecisionReply]]:
        """As the engine's."""
        return self._counted(self.engine.decide_many, requests)

    def _counted(
        self, ask: Callable[[Iterable[Request]], Iterator[tuple[int, Reply]]], requests: Iterable[Request]
    ) -> Iterator[tuple[int, Reply]]:
        sent: dict[int, Request] = {}

        def affordable() -> Iterator[Request]:
            numbered = enumerate(requests)
            while not self._spending.is_spent:
                entry = next(numbered, None)
                if entry is None:
                    return
                sent[entry[0]] = entry[1]
                yield entry[1]
            if next(numbered, None) is not None:
                self._spending.is_stopped = True

        for position, reply in ask(affordable()):
            self._count(sent.pop(position), reply)
            yield position, reply

    def _count(self, request: Any, reply: ChatReply | ScoreReply | DecisionReply) -> None:
        if isinstance(reply, ScoreReply):
            tokens_in, tokens_out = reply.tokens, 0
        else:
            tokens_in, tokens_out = reply.tokens_in, reply.tokens_out
        if not (tokens_in or tokens_out or reply.error):
            tokens_in = _asked_tokens(request)
            tokens_out = tokens_at_most(reply.raw) if isinstance(reply, ChatReply) else 0
        self._spending.add(self._prices, tokens_in, tokens_out)


def _asked_tokens(request: ChatRequest | ScoreRequest | DecisionRequest) -> int:
    if isinstance(request, ChatRequest):
        texts = [message["content"] for message in request.messages]
    elif isinstance(request, ScoreRequest):
        texts = [request.context, request.continuation]
    else:
        texts = [
            request.input,
            request.instructions,
            *(text for choice in request.choices for text in choice),
        ]
    return sum(map(tokens_at_most, texts))
