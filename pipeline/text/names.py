"""The names in a text, by spelling, by the dictionary of Chinese, and by a list of states and places."""

from __future__ import annotations

import re

from pipeline.embedding import chinese
from pipeline.text.profile import LANGUAGES, profile

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_OPENING = re.compile(r"(?:^|[.!?:;…«»„“”\"‘(\[–—])\s*$")
_BEFORE = 3  # characters before a word that tell whether it opens a sentence or a quotation
_LATIN = re.compile(r"[A-Za-z]{2,}")
_TITLE = re.compile(r"《([^》]+)》")
_FORM = 4  # letters of a name its inflected forms share at least


def names(text: str, language: str) -> frozenset[str]:
    """Names of a text, case-folded. A word with a capital inside a sentence is one, in German, where all
    nouns have one, only beside another such word; so is a word all in capitals, and a known place wherever it
    stands. In Chinese: known places, persons and bodies of the dictionary, titles, words in Latin letters.
    """
    places = frozenset(profile(language).places) if language in LANGUAGES else frozenset()
    if language == "zh":
        plain = profile("zh").fold(text)
        words = {word for word in chinese.segments(plain) if chinese.is_proper_name(word)}
        return frozenset(
            words
            | {place for place in places if place in plain}
            | set(_TITLE.findall(plain))
            | set(_LATIN.findall(plain))
        )
    found = list(_WORD.finditer(text))
    capital = [match.group()[0].isupper() and len(match.group()) > 1 for match in found]
    inside = [
        is_capital and not _OPENING.search(text[max(0, match.start() - _BEFORE) : match.start()])
        for match, is_capital in zip(found, capital, strict=True)
    ]
    return frozenset(
        match.group().casefold()
        for at, match in enumerate(found)
        if (capital[at] and (match.group() in places or match.group().isupper()))
        or (inside[at] and (language != "de" or any(inside[max(0, at - 1) : at] + inside[at + 1 : at + 2])))
    )


def holds_name(text: str, name: str, language: str) -> bool:
    """Whether a name of :func:`names` stands in a text, inflected or not."""
    if language == "zh":
        return name in profile("zh").fold(text)
    start = name[: max(_FORM, len(name) - 2)]
    return any(word.casefold().startswith(start) for word in _WORD.findall(text))
