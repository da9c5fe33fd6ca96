"""Finds who speaks around a span: the quotation that holds it and the cue with its speaker."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.attribution import chinese, speakers
from pipeline.attribution.speakers import Found
from pipeline.text.profile import LanguageProfile, profile
from pipeline.text.quotations import quotations

# How far a cue may stand from the quotation it governs, and how far back a quotation may have begun.
_REACH = 200
_LOOK_BACK = 4000
_LOOK_FOR_NAME = 600
_SHORTEST_QUOTATION = 12
_SENTENCE_END = re.compile(
    r"(?<!\b[A-ZÄÖÜ])(?<!Dr)(?<!Prof)(?<!Mr)(?<!Mrs)(?<!St)(?<!\d)[.!?]+[”“\"»]?\s+|[。！？]|\n"
)


@dataclass(frozen=True, slots=True)
class Speech:
    """Somebody's words: the speaker as written (empty: nobody named), whether in quotation marks, the cue.

    ``inferred``: only a pronoun stands by the words, and the speaker is the one named last before them.
    """

    speaker: str
    direct: bool
    cue: str
    inferred: bool = False


def speech_at(text: str, start: int, end: int, language: str) -> Speech | None:
    """The speech that ``text[start:end]`` is part of, or None when the author of the text speaks."""
    facts = profile(language)
    quotation = _quotation_around(text, start, end, facts)
    if quotation is None:
        reported = text[start:end]
        found = _speaker(reported, facts)
        return Speech(found.name, False, found.cue) if found and found.name else None
    opening, closing = quotation
    inside = text[start:end] if opening > start or closing < end else ""
    for context, is_after in _contexts(text, opening, closing, inside):
        found = _speaker(context, facts, is_after)
        if found and found.name:
            return Speech(found.name, True, found.cue)
        earlier = _last(text[max(0, opening - _LOOK_FOR_NAME) : opening], facts) if found else ""
        if found and found.is_pronoun and earlier:
            return Speech(earlier, True, found.cue, inferred=True)
    return Speech("", True, "")


def speaker_of(text: str, start: int, end: int, language: str) -> str:
    """Who says ``text[start:end]``, given that somebody does; empty where nobody is named near it."""
    facts = profile(language)
    head, tail = _before(text, start), _after(text, end)
    found: Found | None = None
    for context, is_after in ((tail, True), (head, False), (head + text[start:end] + tail, False)):
        if len(context.strip()) > 2 and (found := _speaker(context, facts, is_after)) and found.name:
            return found.name
    if subject := speakers.first_subject(head, language):
        return subject
    own = speakers.first_subject(text[start:end], language)
    earlier = _last(text[max(0, start - _LOOK_FOR_NAME) : start], facts)
    # A sentence with a cue of its own names its speaker; one without goes on from the one before.
    return (own or earlier) if found else (earlier or own)


def _contexts(text: str, opening: int, closing: int, inside: str) -> list[tuple[str, bool]]:
    """Where the cue of a quotation may stand, likeliest first, and whether that is behind the quotation.

    An introduction ends in a colon or a comma; otherwise what follows the quotation decides.
    """
    introduced, following = (_before(text, opening), False), (_after(text, closing), True)
    if introduced[0].rstrip().endswith((":", "：", "，", ",")):
        return [introduced, following, (inside, False)]
    return [following, introduced, (inside, False)]


def _before(text: str, start: int) -> str:
    """What stands before ``start`` in its sentence."""
    window = text[max(0, start - _REACH) : start]
    ends = [match.end() for match in _SENTENCE_END.finditer(window.rstrip("\n"))]
    return window[ends[-1] :] if ends else window


def _after(text: str, end: int) -> str:
    """What stands after ``end`` in its sentence."""
    window = text[end : end + _REACH]
    match = _SENTENCE_END.search(window)
    return window[: match.start()] if match else window


def _speaker(context: str, facts: LanguageProfile, is_after: bool = False) -> Found | None:
    if not facts.words_have_spaces:
        return chinese.speaker_in(context)
    return speakers.speaker_in(context, facts.language, is_after_quotation=is_after)


def _last(text: str, facts: LanguageProfile) -> str:
    return (
        speakers.last_speaker(text, facts.language) if facts.words_have_spaces else chinese.last_speaker(text)
    )


def _quotation_around(text: str, start: int, end: int, facts: LanguageProfile) -> tuple[int, int] | None:
    """The innermost quotation over most of the span: (index of opening sign, index after closing sign)."""
    floor = max(0, start - _LOOK_BACK)
    best: tuple[int, int] | None = None
    for left, right in quotations(text, floor, min(len(text), end + _LOOK_BACK), facts.quotes):
        covered = min(right, end) - max(left, start)
        if right - left < _SHORTEST_QUOTATION or covered < 0.6 * (end - start):
            continue
        if best is None or right - left < best[1] - best[0]:
            best = (left, right)
    return best
