"""Features of a text for TF-IDF: words and their beginnings; of Chinese, characters and pairs of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from pipeline.embedding.words import stop_words

ANALYZER_VERSION = "2"

_CJK = "㐀-䶿一-鿿豈-﫿぀-ヿ"
_PIECES = re.compile(rf"[{_CJK}]+|[^\W\d_{_CJK}]+")
_CJK_START = re.compile(rf"[{_CJK}]")
PREFIX_LENGTH = 5
GRAM = 4


def hybrid_analyzer(language: str, *, grams: bool = False) -> Callable[[str], list[str]]:
    """A function from a text to its features. Words of other scripts inside a Chinese text stay words.

    ``grams`` adds the character 4-grams of longer words: single sentences share too few whole words.
    """
    ignored = stop_words(language)

    def analyze(text: str) -> list[str]:
        found = list(_features(text.casefold(), ignored))
        return [*found, *_grams(found)] if grams else found

    return analyze


def _grams(features: list[str]) -> Iterator[str]:
    for feature in features:
        if len(feature) > GRAM and feature[-1] != "*":
            framed = f"<{feature}>"
            yield from ("~" + framed[at : at + GRAM] for at in range(len(framed) - GRAM + 1))


def _features(text: str, ignored: frozenset[str]) -> Iterator[str]:
    for piece in _PIECES.findall(text):
        if _CJK_START.match(piece):
            yield from piece
            yield from (piece[at : at + 2] for at in range(len(piece) - 1))
        elif len(piece) > 1 and piece not in ignored:
            yield piece
            if len(piece) > PREFIX_LENGTH:
                yield piece[:PREFIX_LENGTH] + "*"
