"""Text of strangers in Markdown: it cannot break a table, start markup or become HTML."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_MARKUP = "\\|<>[]`*_#~&$"


def plain(text: str) -> str:
    """One line of text that reads as it is written."""
    joined = " ".join(str(text).split())
    return "".join(f"\\{letter}" if letter in _MARKUP else letter for letter in joined)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells are escaped."""
    lines = [
        [plain(name) for name in header],
        ["---"] * len(header),
        *([plain(cell) for cell in row] for row in rows),
    ]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
