"""Sentence borders by spaCy: a trained pipeline when one is installed, else the rule-based sentencizer."""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

from pipeline.text.profile import LanguageProfile, profile

if TYPE_CHECKING:
    from spacy.language import Language

# spaCy is asked for pieces of bounded size, so a hostile line cannot exhaust memory.
_PIECE = 20_000
# Its tokenizer is quadratic in an unbroken run of signs; a block that holds such a run is cut finer.
_FINE_PIECE = 400
_UNBROKEN = re.compile(r"\S{400}")
# spaCy remembers every word it meets; a fresh pipeline after so many characters keeps memory bounded.
_REFRESH = 50_000_000
_read: dict[str, int] = {}
_BREAK = re.compile(r"[^\S\n]*\n\s*")
_ZH_OPENERS = frozenset("“‘「『（《")
_TRAILING = re.compile(r"[^\w\s]+$")
_NUMBER_END = re.compile(r"(?<=\d\.)\s+(?=[^\W\d_a-zà-ÿ])")
_YEAR_END = re.compile(r"(?<=\d{3}\.)\s+(?=[^\W\d_a-zà-ÿ])")


def sentences(text: str, language: str) -> list[tuple[int, int]]:
    """Half-open code point ranges of the sentences of ``text``, in order, without outer white space.

    Line ends are borders, except where a line was broken inside a sentence. Together the ranges hold every
    character that is not white space. Raises UnknownLanguageError.
    """
    facts = profile(language)
    spans: list[tuple[int, int]] = []
    for start, end in blocks(text):
        spans.extend(_in_block(text, start, end, facts))
    return spans


def blocks(text: str) -> list[tuple[int, int]]:
    """Ranges of headings, list items and paragraphs; a hard-wrapped line is joined to the one before it."""
    found: list[tuple[int, int]] = []
    start = len(text) - len(text.lstrip())
    for match in _BREAK.finditer(text, start):
        if match.end() < len(text) and _is_wrapped(text, match.start(), match.end()):
            continue
        if match.start() > start:
            found.append((start, match.start()))
        start = match.end()
    end = len(text.rstrip())
    if end > start:
        found.append((start, end))
    return found


def segmenter(language: str) -> str:
    """Name of what sets the borders: an installed trained package or ``sentencizer``."""
    return next((name for name in profile(language).trained_models if find_spec(name)), "sentencizer")


def _is_wrapped(text: str, before: int, after: int) -> bool:
    """Whether the line break inside ``text[before:after]`` stands in the middle of a sentence."""
    if before == 0 or text.count("\n", before, after) > 1:
        return False
    return text[before - 1] not in ".!?:;。！？：；" and text[after].islower()


@cache
def _pipeline(language: str) -> Language:
    import spacy

    name = segmenter(language)
    if name != "sentencizer":
        nlp = spacy.load(name, exclude=["ner", "lemmatizer", "attribute_ruler", "tagger"])
        if not {"parser", "senter"} & set(nlp.pipe_names):
            nlp.add_pipe("sentencizer")
        return nlp
    nlp = spacy.blank(language)
    nlp.add_pipe("sentencizer", config={"punct_chars": list(profile(language).sentence_ends)})
    return nlp


def _in_block(text: str, start: int, end: int, facts: LanguageProfile) -> list[tuple[int, int]]:
    seen = _read.get(facts.language, 0) + end - start
    if seen > _REFRESH:
        _pipeline.cache_clear()
        _read.clear()
    else:
        _read[facts.language] = seen
    nlp = _pipeline(facts.language)
    size = _FINE_PIECE if facts.words_have_spaces and _UNBROKEN.search(text, start, end) else _PIECE
    spans = [
        (begin + sentence.start_char, begin + sentence.end_char)
        for begin, stop in _pieces(text, start, end, size)
        for sentence in nlp(text[begin:stop]).sents
    ]
    return _repair(text, [trimmed for span in spans if (trimmed := _trim(text, *span))], facts)


def _pieces(text: str, start: int, end: int, size: int) -> list[tuple[int, int]]:
    """Cuts a long block, at white space after a sentence end where there is one."""
    pieces = []
    while end - start > size:
        window = text[start : start + size]
        cut = max(window.rfind(". ", size // 2) + 1, window.rfind("。", size // 2) + 1)
        cut = cut or window.rfind(" ", size // 2) + 1 or size
        for _ in range(4):  # keep closing quotes with their sentence
            if start + cut < end and _TRAILING.match(text[start + cut]):
                cut += 1
        pieces.append((start, start + cut))
        start += cut
    if start < end:
        pieces.append((start, end))
    return pieces


def _trim(text: str, start: int, end: int) -> tuple[int, int] | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None


def _repair(text: str, spans: list[tuple[int, int]], facts: LanguageProfile) -> list[tuple[int, int]]:
    """Mends what the sentencizer cannot know: opening quotes, abbreviations, numbers before a full stop."""
    mended: list[tuple[int, int]] = []
    for start, end in spans:
        if mended:
            first, last = mended[-1]
            opening = _opening_run(text, first, last, start, facts)
            if opening is not None:
                start = opening
                kept = _trim(text, first, opening)
                mended[-1:] = [kept] if kept else []
            elif facts.words_have_spaces and text[start].islower():
                mended[-1] = (first, end)
                continue
        mended.append((start, end))
    if not facts.words_have_spaces:
        return mended
    pattern = _YEAR_END if facts.ordinal_dot else _NUMBER_END
    return [part for span in mended for part in _split(text, *span, pattern)]


def _opening_run(text: str, first: int, last: int, following: int, facts: LanguageProfile) -> int | None:
    """Where an opening quote begins that the sentencizer left with the sentence before."""
    position = last
    if facts.words_have_spaces:
        # ``"`` opens when white space stands before it and none after; « keeps a space inside.
        tail = _TRAILING.search(text[max(first, last - 6) : last])
        if tail:
            start = last - len(tail.group())
            if start > first and text[start - 1].isspace() and (following == last or tail.group() == "«"):
                position = start
    else:
        while position > first and text[position - 1] in _ZH_OPENERS:
            position -= 1
    return position if position < last else None


def _split(text: str, start: int, end: int, pattern: re.Pattern[str]) -> list[tuple[int, int]]:
    parts = []
    begin = start
    for match in pattern.finditer(text, start, end):
        if match.start() - begin > 5:  # a list number stays with its item
            parts.append((begin, match.start()))
            begin = match.end()
    parts.append((begin, end))
    return parts
