"""Cuts a long text into parts at paragraph or sentence borders; together the parts are the text."""

from __future__ import annotations

import re

CHUNK = 5_000  # characters
_BORDERS = (
    re.compile(r"\n\s*\n"),
    re.compile(r"\n"),
    re.compile(r"[。！？；][”』」»]?|[.!?…][\"”’»)]?(?=\s)"),
    re.compile(r"\s"),
)


def chunks(text: str, size: int = CHUNK) -> list[tuple[int, int]]:
    """Half-open ranges of at most ``size`` characters that cover ``text`` in order, without gap or overlap.

    A part ends at the last paragraph break of its second half, else line end, else sentence end, else white
    space, else where it is full. Raises ``ValueError`` for a size below 1.
    """
    if size < 1:
        raise ValueError(f"chunk size is {size}; it must be at least 1")
    found = []
    start = 0
    while len(text) - start > size:
        end = _border(text, start + size // 2, start + size)
        found.append((start, end))
        start = end
    if start < len(text):
        found.append((start, len(text)))
    return found


def _border(text: str, low: int, high: int) -> int:
    for pattern in _BORDERS:
        ends = [match.end() for match in pattern.finditer(text, low, high) if match.end() > low]
        if ends:
            return ends[-1]
    return high
