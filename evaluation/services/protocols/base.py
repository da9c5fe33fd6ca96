"""What a protocol is: work in, answers out, and a name and digest that say how they came about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from evaluation.models import Answer, Method, Outcome, ReleaseItem


@dataclass(frozen=True, slots=True)
class Work:
    """An item in one order, to be asked. ``reply`` is what the candidate said before its judge failed."""

    item: ReleaseItem
    order: str
    reply: str = ""


@dataclass(frozen=True, slots=True)
class AskedBy:
    """How a run asks: what makes it comparable to another, stored with it."""

    method: Method
    name: str
    orders: tuple[str, ...]
    prompt_digest: str
    judge: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)


class AskingProtocol(Protocol):
    """Asks a candidate and reads the outcome."""

    about: AskedBy

    def ask(self, work: Sequence[Work]) -> Iterator[Answer]:
        """One unsaved answer (without its run) per piece of work, in any order; a failure is one too."""
        ...


def failed(work: Work, error: str, reply: str = "") -> Answer:
    """An answer that says why there is none; it is asked again when the run is resumed."""
    return Answer(item=work.item, order=work.order, outcome=Outcome.ERROR, reply=reply, error=error[:2000])
