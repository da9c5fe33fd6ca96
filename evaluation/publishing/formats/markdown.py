"""Text of strangers in Markdown: it cannot break a table, start markup or become HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_MARKUP = frozenset("\\|<>[]`*_#~&$")
NOT_GIVEN = "not given"


def plain(text: str) -> str:
    """One line of text that reads as it is written."""
    joined = " ".join(str(text).split())
    return "".join(f"\\{letter}" if letter in _MARKUP else letter for letter in joined)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells are escaped, and none is blank."""
    lines = [
        [plain(name) for name in header],
        ["---"] * len(header),
        *([plain(cell) or NOT_GIVEN for cell in row] for row in rows),
    ]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def bullets(sentences: Iterable[str]) -> str:
    """A list of sentences of our own."""
    return "\n".join(f"- {sentence}" for sentence in sentences)


def verbatim(text: str) -> str:
    """A text as it is, in a fence no line of it can close."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"
