"""What readers yield: rows as they came, and rows that cannot be read, each with its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MAX_LINE = 10_000_000  # bytes of one line, cell or text file held in memory at once


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a file. ``line`` counts lines or rows from 1; ``file`` is set when a source has several."""

    line: int
    fields: Mapping[str, Any]
    file: str = ""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row no fields could be read from."""

    line: int
    reason: str
    excerpt: str = ""
    file: str = ""


@dataclass(slots=True)
class Meter:
    """Bytes of a source read so far (before decompression); readers move it."""

    done: int = 0


class UnreadableInputError(ValueError):
    """A path holds nothing that can be read; the message names it and says what would do."""
