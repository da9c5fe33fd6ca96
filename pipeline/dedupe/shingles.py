"""Normal form, digest and shingles of a text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Set
from hashlib import blake2b

WORDS, CHARACTERS = 3, 5  # per shingle; characters where words are not spaced
MIN_WORDS, MIN_CHARACTERS = 20, 40  # below, a shared phrase says nothing: only exact copies count
MAX_CHARACTERS = 300_000  # of the normal form: more text than a book chapter adds no evidence
_UNSPACED = frozenset({"zh", "ja", "th"})
_WORD = re.compile(r"\w+")
_GAPS = re.compile(r"[\W_]+")


def normal_form(text: str) -> str:
    """``text`` in NFKC and casefold with single spaces: equal for copies that differ in form only."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def text_digest(text: str) -> str:
    """BLAKE2b-128 (32 hex digits) of the normal form."""
    return blake2b(normal_form(text).encode("utf-8", "replace"), digest_size=16).hexdigest()


def shingles(text: str, language: str) -> frozenset[str]:
    """Word 3-grams, for Chinese 5-character grams, without punctuation; empty for a short text."""
    normal = normal_form(text)[:MAX_CHARACTERS]
    if language in _UNSPACED:
        joined = _GAPS.sub("", normal)
        if len(joined) < MIN_CHARACTERS:
            return frozenset()
        return frozenset(joined[at : at + CHARACTERS] for at in range(len(joined) - CHARACTERS + 1))
    words = _WORD.findall(normal)
    if len(words) < MIN_WORDS:
        return frozenset()
    return frozenset(map(" ".join, zip(words, words[1:], words[2:], strict=False)))


def jaccard(first: Set[str], second: Set[str]) -> float:
    """Shared share of two shingle sets, in [0, 1]; 0 when either is empty."""
    if not first or not second:
        return 0.0
    shared = len(first & second)
    return shared / (len(first) + len(second) - shared)
