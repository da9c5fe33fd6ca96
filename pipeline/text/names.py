"""The names in a text: by spelling, by how its document uses a word, by dictionary, by a list of places."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from itertools import pairwise

from pipeline.embedding import chinese
from pipeline.text.profile import LANGUAGES, profile

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_OPENING = re.compile(r"(?:^|[.!?:;…«»„“”\"‘(\[–—\n])\s*$")
_BEFORE = 3  # characters before a word that tell whether it opens a sentence or a quotation
_LATIN = re.compile(r"[a-z]{2,}")
_TITLE = re.compile(r"《([^》]+)》")
# A German word with a capital, without an article and without the ending of an abstract or plural noun.
_GERMAN_ALONE = re.compile(
    r"(?:^|\b(?:von|mit|durch|für|gegen|bei|laut) )"
    r"((?!\w+(?:ung|heit|keit|schaft|ion|tät|ismus|en|er|e|el|tum|nis|sal|ie|ik|ur)\b)[A-ZÄÖÜ]\w+)"
    r"(?= [a-zäöü]|[.,])"
)
_FORM = 4  # letters forms of a name share at least
_SHORT = 3  # letters up to which a name has no other form
_ENDING = 3  # letters by which forms of a name may differ


def names(text: str, language: str, document: str = "") -> frozenset[str]:
    """Names of a text, case-folded, each by the first of its aliases.

    A word with a capital inside a sentence is a name, and so are a word all in capitals and a known place
    anywhere. Where all nouns have a capital, and for a word that opens a sentence, the ``document`` tells: it
    must write the word as a name, beside another name or inside a sentence and never small. Of Chinese: known
    places, persons and bodies of the dictionary, titles, words in Latin letters.
    """
    plain = _one_name(text, language)
    if language == "zh":
        return _chinese_names(plain)
    places = _places(language)
    used = _written_as_names(document, language)
    return frozenset(
        word.casefold()
        for word, is_inside in _capitals(plain)
        if word in places or word.isupper() or (is_inside and language != "de") or word.casefold() in used
    )


def holds_name(text: str, name: str, language: str) -> bool:
    """Whether a name of :func:`names` stands in a text, inflected or not, and not as a part of another."""
    if language == "zh":
        return _stands_in_chinese(_one_name(text, language), name)
    words = _forms(text, language)
    if len(name) <= _SHORT:
        return name in words
    start = _bare(name)[: max(_FORM, len(name) - 2)]
    others = {place.casefold() for place in _places(language)} - {name}
    return any(word.startswith(start) and len(word) - len(start) <= _ENDING for word in words - others)


def _stands_in_chinese(plain: str, name: str) -> bool:
    for longer in _places("zh"):
        if name in longer and name != longer:
            plain = plain.replace(longer, "")
    return name in plain


@lru_cache(maxsize=64)
def _forms(text: str, language: str) -> frozenset[str]:
    """Words of a text and parts of those with hyphens, case-folded, with and without accents."""
    plain = _one_name(text, language).casefold()
    words = {part for word in _WORD.findall(plain) for part in (word, *word.split("-"))}
    return frozenset(words | {_bare(word) for word in words})


def _bare(word: str) -> str:
    """Without accents, which capitals often lack."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", word) if not unicodedata.combining(sign))


def has_unknown_capitals(text: str, language: str, document: str) -> bool:
    """Whether a text has a word with a capital of which a document has no form: perhaps a name. Of German
    nouns only one that stands like a name, alone before a verb or behind a preposition. Chinese has none."""
    if language == "zh":
        return False
    plain = _one_name(text, language)
    candidates = _GERMAN_ALONE.findall(plain) if language == "de" else [word for word, _ in _capitals(plain)]
    known = _beginnings(document, language)
    ignored = profile(language).stop_words if language in LANGUAGES else frozenset()
    return any(
        known.isdisjoint((word[:_FORM], word[:_SHORT])) and word not in ignored
        for word in map(str.casefold, candidates)
    )


@lru_cache(maxsize=64)
def _beginnings(document: str, language: str) -> frozenset[str]:
    """What the words of a document begin with, case-folded; words of three letters whole."""
    return frozenset(word.casefold()[:_FORM] for word in _WORD.findall(_one_name(document, language)))


def _capitals(text: str) -> list[tuple[str, bool]]:
    """Words with a capital, and whether each stands inside a sentence."""
    return [
        (match.group(), not _OPENING.search(text[max(0, match.start() - _BEFORE) : match.start()]))
        for match in _WORD.finditer(text)
        if match.group()[0].isupper() and len(match.group()) > 1
    ]


@lru_cache(maxsize=64)
def _written_as_names(document: str, language: str) -> frozenset[str]:
    """Words, case-folded, that a document uses as names."""
    plain = _one_name(document, language)
    if language == "de":
        titles = {title.casefold() for title in profile("de").titles}
        return frozenset(
            word.group().casefold()
            for before, word in pairwise(_WORD.finditer(plain))
            if before.group().casefold() in titles
            and word.group()[0].isupper()
            and plain[before.end() : word.start()] == " "
        )
    small = {word for word in _WORD.findall(plain) if word.islower()}
    return frozenset(
        word.casefold() for word, is_inside in _capitals(plain) if is_inside and word.casefold() not in small
    )


def _chinese_names(plain: str) -> frozenset[str]:
    words = {word for word in chinese.segments(plain) if chinese.is_proper_name(word)}
    listed = {place for place in _places("zh") if _stands_in_chinese(plain, place)}
    return frozenset(words | listed | set(_TITLE.findall(plain)) | set(_LATIN.findall(plain)))


def _one_name(text: str, language: str) -> str:
    """Text with one name for all aliases; Chinese simplified."""
    plain = profile("zh").fold(text) if language == "zh" else text.replace("’", "'")
    pattern, first = _aliases(language)
    return pattern.sub(lambda found: first[found.group()], plain) if first else plain


@cache
def _aliases(language: str) -> tuple[re.Pattern[str], dict[str, str]]:
    groups = profile(language).aliases if language in LANGUAGES else ()
    first = {alias: group[0] for group in groups for alias in group}
    listed = "|".join(re.escape(alias) for alias in sorted(first, key=len, reverse=True))
    return re.compile(listed if language == "zh" else rf"\b(?:{listed})\b"), first


@cache
def _places(language: str) -> frozenset[str]:
    return frozenset(profile(language).places) if language in LANGUAGES else frozenset()
