"""What a stage is: typed records in, results out, a version that changes whenever its answers could."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

In = TypeVar("In", contravariant=True)
Out = TypeVar("Out")


class Scope(StrEnum):
    """ITEM stages judge row by row; CORPUS stages need all rows of a nation at once."""

    ITEM = "item"
    CORPUS = "corpus"


@dataclass(frozen=True, slots=True)
class Result(Generic[Out]):
    """What became of one item: zero or more outputs, or an error to retry.

    ``raw`` is the model's reply, kept as it came, also when it could not be used; empty for rules.
    ``prompt_digest`` and ``input_digest`` identify what was asked (hex, empty for rules).
    """

    key: int
    outputs: tuple[Out, ...] = ()
    error: str = ""
    raw: str = ""
    prompt_digest: str = ""
    input_digest: str = ""


class Stage(Protocol[In, Out]):
    """A step of the flow. ``run`` yields exactly one result per item, in any order, and never raises for a
    bad item: that is ``Result.error``."""

    name: str
    version: str
    scope: Scope

    def run(self, items: Iterable[In]) -> Iterator[Result[Out]]:
        """Judge items lazily, so that a caller can commit as results arrive."""
        ...
