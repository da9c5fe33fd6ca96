"""Two texts word by word: what was taken out and what was put in. Pure."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import NamedTuple

# Words with the space after them; Chinese, Japanese and Korean signs and all others one by one.
_TOKEN = re.compile(r"[^\W\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]+\s*|\S\s*|\s+")


class Piece(NamedTuple):
    """A stretch of text: ``same``, ``deleted`` (only in the old) or ``inserted`` (only in the new)."""

    change: str
    text: str


def word_diff(old: str, new: str) -> list[Piece]:
    """Pieces whose ``same`` and ``deleted`` texts make up ``old``, and ``same`` and ``inserted`` ``new``."""
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    pieces: list[Piece] = []
    for change, first, last, new_first, new_last in SequenceMatcher(
        None, before, after, autojunk=False
    ).get_opcodes():
        if change == "equal":
            pieces.append(Piece("same", "".join(before[first:last])))
            continue
        if first < last:
            pieces.append(Piece("deleted", "".join(before[first:last])))
        if new_first < new_last:
            pieces.append(Piece("inserted", "".join(after[new_first:new_last])))
    return pieces
