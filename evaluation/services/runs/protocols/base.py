"""What a protocol is: work in, answers out, and what says how they came about."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Protocol, TypeVar

from evaluation.engines.probe import Probe
from evaluation.models import Answer, Method, Outcome, ProtocolKind, ReleaseItem, method_of
from evaluation.services.runs.spending import UNKNOWN_PRICES, Prices

Request = TypeVar("Request")
Reply = TypeVar("Reply")


@dataclass(frozen=True, slots=True)
class Work:
    """An item in one order, to be asked. ``reply`` is what the candidate said, and the tokens are what that
    took, before its judge failed."""

    item: ReleaseItem
    order: str
    reply: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None

    def label(self, kind: str, order: str | None = None) -> str:
        """What a request for this is called in a record of answers."""
        return f"{kind}|{self.item.key}|{self.order if order is None else order}"


@dataclass(frozen=True, slots=True)
class AskedBy:
    """How a run asks. ``parameters`` make it comparable to another run or not; ``place`` says where it asks,
    and another place is still the same run. Prices are those answers are costed by."""

    kind: ProtocolKind
    orders: tuple[str, ...]
    prompt_digest: str
    judge: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    place: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    prices: Prices = UNKNOWN_PRICES
    judge_prices: Prices = UNKNOWN_PRICES

    @property
    def method(self) -> Method:
        """The method the protocol belongs to."""
        return method_of(self.kind)

    @property
    def parameters_digest(self) -> str:
        """64 hex digits; the same for equal parameters."""
        return parameters_digest(self.parameters)


class AskingProtocol(Protocol):
    """Asks a candidate and reads the outcome."""

    about: AskedBy

    def probe(self) -> Probe:
        """Whether the engine gives what is read; asked once before a run."""
        ...

    def ask(self, work: Iterable[Work]) -> Iterator[Answer]:
        """One unsaved answer (without its run) per piece of work, in any order; a failure is one too.

        ``work`` is read lazily, only a little ahead of the answers taken. Where a budget ends it, what was
        not asked has no answer.
        """
        ...


def parameters_digest(parameters: dict[str, Any]) -> str:
    """64 hex digits of plain values, whatever the order of their names."""
    return sha256(json.dumps(parameters, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def answered(
    ask_many: Callable[[Iterable[Request]], Iterator[tuple[int, Reply]]],
    work: Iterable[Work],
    request_for: Callable[[Work], Request],
) -> Iterator[tuple[Work, Request, Reply]]:
    """One request per piece of work, lazily; each with its reply as replies come."""
    under_way: dict[int, tuple[Work, Request]] = {}

    def requests() -> Iterator[Request]:
        for position, piece in enumerate(work):
            request = request_for(piece)
            under_way[position] = piece, request
            yield request

    for position, reply in ask_many(requests()):
        yield (*under_way.pop(position), reply)


def failed(work: Work, error: str, reply: str = "") -> Answer:
    """An answer that says why there is none; it is asked again when the run is resumed."""
    return Answer(item=work.item, order=work.order, outcome=Outcome.ERROR, reply=reply, error=error[:2000])


def leading(lead: float) -> Outcome:
    """S where it leads, RS where that does, a tie where neither does."""
    return Outcome.TIE if lead == 0 else Outcome.STATEMENT if lead > 0 else Outcome.REVERSED
