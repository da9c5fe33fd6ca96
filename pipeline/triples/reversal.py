"""A reversed statement: the narrowest denial of a sentence that stays in its language and register."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_TOKEN = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*|\d[\d.,]*\d|\d|[^\w\s]")
BREAKS = frozenset(',;:.!?\u2014\u2013()«»"“”„…\uff0c\uff1b\uff1a\uff01\uff1f\u3002')

MODAL, DIRECTION, PLAIN, VERB, WRAPPER = 0.7, 0.65, 0.6, 0.5, 0.2  # confidence by kind of transformation


@dataclass(frozen=True, slots=True)
class Token:
    """A word, number or mark; ``start`` and ``end`` are offsets in the statement."""

    text: str
    start: int
    end: int

    @property
    def low(self) -> str:
        """Case-folded, with a straight apostrophe."""
        return self.text.casefold().replace("’", "'")

    @property
    def is_break(self) -> bool:
        """Whether a clause may end here."""
        return self.text in BREAKS

    @property
    def is_word(self) -> bool:
        """Whether it begins with a letter."""
        return self.text[0].isalpha()


@dataclass(frozen=True, slots=True)
class Reversal:
    """The reversed text, what was changed (for the rationale), and how far to trust it."""

    text: str
    change: str
    confidence: float


def tokenize(text: str) -> list[Token]:
    """Words (with inner hyphens and apostrophes), numbers and marks, in order."""
    return [Token(match.group(), match.start(), match.end()) for match in _TOKEN.finditer(text)]


def splice(text: str, edits: Iterable[tuple[int, int, str]]) -> str:
    """Replace the ranges ``(start, end, new)``, which do not overlap, and tidy white space."""
    for start, end, new in sorted(edits, reverse=True):
        left, right = text[:start], text[end:]
        if not new and left.endswith(" ") and (not right or right[0] in " ,.;:!?"):
            left = left.rstrip(" ")
        elif not new and not left:
            right = right.lstrip(" ")
        text = left + new + right
    return text


def match_case(new: str, old: str) -> str:
    """``new`` with the capital of ``old``."""
    return new[:1].upper() + new[1:] if old[:1].isupper() else new


def matches(tokens: list[Token], at: int, words: tuple[str, ...]) -> bool:
    """Whether the tokens from ``at`` on are ``words`` (lower case)."""
    return at + len(words) <= len(tokens) and all(
        token.low == word for token, word in zip(tokens[at:], words, strict=False)
    )
