"""Words as keywords and tags see them: content words in order, stop words out, inflection set aside."""

from __future__ import annotations

import re
from functools import cache

from pipeline.embedding import chinese

WORDS_VERSION = "2"

_TOKEN = re.compile(r"[^\W\d_]\w*(?:['-]\w+)*|[^\w\s]|\d[\d.,]*")
_ELISION = re.compile(r"^(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu)'", re.IGNORECASE)
_POSSESSIVE = re.compile(r"'s?$")
_ENDINGS: dict[str, tuple[tuple[str, str], ...]] = {
    "en": (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"), ("ss", "ss"),
           ("us", "us"), ("is", "is"), ("s", "")),
    "fr": (("eaux", "eau"), ("aux", "al"), ("ées", "é"), ("ée", "é"), ("és", "é"), ("es", ""), ("e", ""),
           ("s", ""), ("x", "")),
    "de": (("innen", ""), ("ern", ""), ("en", ""), ("er", ""), ("es", ""), ("em", ""), ("e", ""), ("n", ""),
           ("s", "")),
}  # fmt: skip
_SHORTEST_STEM = {"en": 3}  # letters; elsewhere endings are commoner, and four are needed


def tokens(text: str, language: str) -> list[str]:
    """Words, numbers and punctuation marks in order, as written; elided articles and possessives cut off."""
    if language == "zh":
        return [word for word in chinese.segments(text) if not word.isspace()]
    found = _TOKEN.findall(text.replace("’", "'"))
    if language == "fr":
        return [part for token in found for part in _split_elision(token)]
    if language == "en":
        return [_without_possessive(token) for token in found]
    return found


def _split_elision(token: str) -> tuple[str, ...]:
    match = _ELISION.match(token)
    return (match.group(), token[match.end() :]) if match and len(token) > match.end() else (token,)


def _without_possessive(token: str) -> str:
    return token if token[0] == "'" or not token[0].isalpha() else _POSSESSIVE.sub("", token)


@cache
def stop_words(language: str) -> frozenset[str]:
    """Words that name no subject, lower case; empty for a language without a profile."""
    from pipeline.text.profile import LANGUAGES, profile

    return profile(language).stop_words if language in LANGUAGES else frozenset()


def is_content_word(token: str, language: str) -> bool:
    """Whether a token can name a subject: a word of two letters or more that is no stop word."""
    if not token[0].isalpha() or token.casefold() in stop_words(language):
        return False
    if language == "zh" and not token.isascii():
        return chinese.is_content_word(token)
    return len(token) > 1 and not token.endswith("'")


def runs(text: str, language: str) -> list[list[str]]:
    """Maximal runs of neighbouring content words, as written; a stop word, a number or a mark ends a run."""
    found: list[list[str]] = [[]]
    for token in tokens(text, language):
        if is_content_word(token, language):
            found[-1].append(token)
        elif found[-1]:
            found.append([])
    return [run for run in found if run]


@cache
def stem(word: str, language: str) -> str:
    """A word without its commonest inflection, case-folded: what its forms share. Rough on purpose."""
    word = word.casefold()
    shortest = _SHORTEST_STEM.get(language, 4)
    for ending, replacement in _ENDINGS.get(language, ()):
        if word.endswith(ending) and len(word) - len(ending) + len(replacement) >= shortest:
            return word[: len(word) - len(ending)] + replacement
    return word
