"""A row of a release: everything the world is told of an item, under its published names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from hashlib import blake2b
from typing import Any

from pipeline.records import Disclosure, SourceType, TripleValidity


class Part(StrEnum):
    """What an item of a release is for. Parts share no article, near-duplicate or topic."""

    EVALUATION = "evaluation"
    HOLDOUT = "holdout"  # evaluated on the server only; no file has it
    TRAIN = "train"  # preference pairs to learn from
    TEST = "test"  # preference pairs to check what was learned


class Period(StrEnum):
    """Where an item's date lies from the recipe's ``recent_from``."""

    RECENT = "recent"
    EARLIER = "earlier"
    UNDATED = "undated"


EXCERPT_LENGTH = 500  # characters; no text of a release is longer, or it could be the article itself
RELEASED_TYPES = (SourceType.QUOTED, SourceType.OFFICIAL)
PUBLIC_PARTS = (Part.EVALUATION, Part.TRAIN, Part.TEST)
PREFERENCE_PARTS = (Part.TRAIN, Part.TEST)


class RowError(ValueError):
    """A row is not one of a release; the message says which field and why."""


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """An item as a release tells it. Every field is always there; what is not known is an empty text.

    ``id`` is a digest of nation, document, span and wording; ``origin`` of nation, document and span, so that
    it outlives a rewording. ``published`` is an ISO date, month or year. ``article`` is the same for items of
    one article and its copies. ``votes`` counts people's answers by label; ``annotators`` are pseudonyms.
    """

    id: str
    origin: str
    nation: str
    language: str
    source_type: str
    question: str
    statement: str
    reversed_statement: str
    evidence: str
    text: str
    disclosure: str
    outlet: str
    url: str
    published: str
    document_digest: str
    licence: str
    speaker: str
    topic: str
    article: str
    period: str
    is_contested: bool
    decided_by: str
    votes: Mapping[str, int]
    annotators: tuple[str, ...]
    canary: str

    def as_dict(self) -> dict[str, Any]:
        """Plain values, columns in their published order."""
        row = {name: getattr(self, name) for name in COLUMNS}
        row["votes"] = {str(label): self.votes.get(str(label), 0) for label in TripleValidity}
        row["annotators"] = list(self.annotators)
        return row

    def as_json(self) -> str:
        """One line of compact JSON: the same bytes wherever it is written."""
        return json.dumps(self.as_dict(), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_line(cls, line: str) -> ReleaseRow:
        """Read back what :meth:`as_json` wrote and nobody else could have changed: nothing is checked."""
        row = json.loads(line)
        row["annotators"] = tuple(row["annotators"])
        return cls(**row)

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> ReleaseRow:
        """Read a row back. Raises :class:`RowError` for missing, unknown or mistyped fields."""
        if missing := [name for name in COLUMNS if name not in row]:
            raise RowError(f"fields are missing: {', '.join(missing)}")
        if unknown := sorted(set(row) - set(COLUMNS)):
            raise RowError(f"unknown fields: {', '.join(unknown)}")
        for name in COLUMNS:
            if not isinstance(row[name], _TYPES.get(name, str)):
                raise RowError(f"{name} is {row[name]!r}, not of type {_TYPES.get(name, str).__name__}")
        for name, allowed in _ALLOWED.items():
            if row[name] not in allowed:
                raise RowError(f"{name} is {row[name]!r}; known: {', '.join(allowed)}")
        for name in ("id", "origin", "nation", "language", "question", "statement", "reversed_statement"):
            if not row[name].strip():
                raise RowError(f"{name} is empty")
        return cls(**{**row, "annotators": tuple(row["annotators"])})


COLUMNS: tuple[str, ...] = tuple(field.name for field in fields(ReleaseRow))
TEXT_COLUMNS: tuple[str, ...] = tuple(
    name for name in COLUMNS if name not in ("is_contested", "votes", "annotators")
)
_TYPES: dict[str, type] = {"is_contested": bool, "votes": dict, "annotators": list}
_ALLOWED: dict[str, tuple[str, ...]] = {
    "source_type": tuple(map(str, RELEASED_TYPES)),
    "disclosure": tuple(Disclosure),
    "period": tuple(Period),
}


def digest_of(*parts: str) -> str:
    """Stable id of texts: 32 hexadecimal digits."""
    return blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()
