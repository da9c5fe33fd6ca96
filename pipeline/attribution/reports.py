"""Finds the passages of a text that give somebody else's words, and says in which form."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache

from pipeline.attribution.speech import speaker_of
from pipeline.text.profile import LanguageProfile, profile
from pipeline.text.quotations import quotations
from pipeline.text.sentences import sentences

_SHORTEST = {True: 12, False: 4}  # characters of a clause, by whether words have spaces
_QUOTED_WORDS, _QUOTED_HAN = 2, 5  # a shorter quotation is a title or a doubt
_LONG_WORDS, _LONG_HAN = 6, 12  # a shorter one counts only where somebody is said to speak
_WORD = re.compile(r"[^\W_]+")


class Form(StrEnum):
    """How somebody's words are given (the scheme of Brunner 2015 for speech representation)."""

    DIRECT = "direct"  # in quotation marks
    INDIRECT = "indirect"  # a clause that hangs on a cue: "said that"
    FREE = "free indirect"  # a sentence in the mood of reported speech, without a cue
    REPORTED = "reported"  # that something was said, not how


@dataclass(frozen=True, slots=True)
class Report:
    """A passage ``text[start:end]`` in somebody's words; ``speaker`` as written, empty where not found."""

    start: int
    end: int
    form: Form
    speaker: str = ""


def find_reports(text: str, language: str) -> list[Report]:
    """Passages in somebody's words, in reading order; a quotation inside an indirect clause is one more.

    Raises UnknownLanguageError.
    """
    return [
        replace(report, speaker=speaker_of(text, report.start, report.end, language))
        for report in _passages(text, language)
    ]


def _passages(text: str, language: str) -> list[Report]:
    """The reports of a text, their speakers not looked for yet."""
    facts = profile(language)
    quoted = _quotations(text, facts)
    borders = sentences(text, language)
    found = [
        Report(start, end, Form.DIRECT)
        for start, end in quoted
        if _is_speech(text, start, end, borders, facts)
    ]
    free: Report | None = None
    for start, end in borders:
        report = _in_sentence(text, start, end, [(a, b) for a, b in quoted if a < end and b > start], facts)
        if report and report.form is Form.FREE and free:
            found.remove(free)  # sentences that follow one another in that mood are one passage
            report = replace(report, start=free.start)
        if report:
            found.append(report)
        free = report if report and report.form is Form.FREE else None
    return sorted(found, key=lambda report: (report.start, report.end))


def report_at(text: str, start: int, end: int, language: str) -> Report | None:
    """The report that most of ``text[start:end]`` is part of, looked for in its paragraph; or None."""
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", end)
    paragraph = text[first : len(text) if last < 0 else last]
    for report in _passages(paragraph, language):
        left, right = report.start + first, report.end + first
        if min(right, end) - max(left, start) >= 0.5 * (end - start):
            speaker = speaker_of(paragraph, report.start, report.end, language)
            speaker = speaker or speaker_of(text, left, right, language)
            return Report(left, right, report.form, speaker)
    return None


def _quotations(text: str, facts: LanguageProfile) -> list[tuple[int, int]]:
    """Outermost quotations long enough to be somebody's words."""
    found: list[tuple[int, int]] = []
    spans = set(quotations(text, 0, len(text), facts.quotes))
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        inner = text[start + 1 : end - 1]
        enough = (
            len(_WORD.findall(inner)) >= _QUOTED_WORDS
            if facts.words_have_spaces
            else len(inner) >= _QUOTED_HAN
        )
        if enough and (not found or start >= found[-1][1]):
            found.append((start, end))
    return found


def _is_speech(
    text: str, start: int, end: int, borders: Sequence[tuple[int, int]], facts: LanguageProfile
) -> bool:
    """Whether a quotation is somebody's words: long enough, or in a sentence in which somebody speaks."""
    inner = text[start + 1 : end - 1]
    if len(_WORD.findall(inner)) >= _LONG_WORDS if facts.words_have_spaces else len(inner) >= _LONG_HAN:
        return True
    first = bisect_right(borders, (start, len(text))) - 1
    left, right = borders[max(first, 0)] if borders else (start, end)
    around = f"{text[left:start]} {text[end : max(right, end)]}"
    words = _words(facts.language)
    return any(pattern.search(around) for pattern in (words.cue, words.acts, words.hearsay, words.mood))


def _in_sentence(
    text: str, start: int, end: int, quoted: Sequence[tuple[int, int]], facts: LanguageProfile
) -> Report | None:
    """What a sentence reports outside its quotation marks, if anything."""
    if sum(min(b, end) - max(a, start) for a, b in quoted) > 0.6 * (end - start):
        return None
    words = _words(facts.language)
    sentence = _masked(text, start, end, quoted)
    stop = len(sentence.rstrip(" .!?。！？…"))
    for pattern in words.indirect:
        if match := pattern.search(sentence):
            first, last = match.span("clause")
            clause = sentence[first : min(last, stop)]
            if len(clause) - 2 * clause.count("_") >= _SHORTEST[facts.words_have_spaces]:
                return Report(start + first, start + min(last, stop), Form.INDIRECT)
    if words.hearsay.search(sentence):
        return Report(start, start + stop, Form.INDIRECT)
    if words.mood.search(sentence):
        return Report(start, end, Form.FREE)
    return Report(start, end, Form.REPORTED) if words.acts.search(sentence) else None


def _masked(text: str, start: int, end: int, quoted: Sequence[tuple[int, int]]) -> str:
    """The sentence with quoted words blanked, so that their marks and verbs govern nothing outside."""
    sentence = list(text[start:end])
    for a, b in quoted:
        for at in range(max(a, start) - start, min(b, end) - start):
            sentence[at] = "_"
    return "".join(sentence)


@dataclass(frozen=True, slots=True)
class _Words:
    """Patterns of one language: those with a group ``clause`` for indirect speech, tried in order."""

    indirect: tuple[re.Pattern[str], ...]
    cue: re.Pattern[str]
    hearsay: re.Pattern[str]
    mood: re.Pattern[str]
    acts: re.Pattern[str]


@cache
def _words(language: str) -> _Words:
    facts = profile(language)
    spaced = facts.words_have_spaces
    hearsay = (*facts.sources, *facts.hearsay)
    return _Words(
        _spaced_clauses(facts) if spaced else _chinese_clauses(facts),
        _any_of(facts.cues, spaced),
        _any_of(hearsay, spaced, re.IGNORECASE),
        _any_of(facts.reported_mood, spaced),
        _any_of(facts.acts, spaced),
    )


def _spaced_clauses(facts: LanguageProfile) -> tuple[re.Pattern[str], ...]:
    cues, that, mood = (_listed(words) for words in (facts.cues, facts.content_words, facts.reported_mood))
    cue = rf"(?<!\w)(?:{cues})(?!\w)"
    patterns = [
        rf"{cue}[^.!?;:]{{0,120}}?,?\s+(?P<clause>(?:{that})(?!\w).+)",
        rf"^(?P<clause>.{{12,}}?),\s+{cue}",
    ]
    if facts.reported_mood:
        patterns.insert(1, rf"{cue}[^.!?;,:]{{0,100}}[,:]\s+(?P<clause>.*(?<!\w)(?:{mood})(?!\w).*)")
    if facts.bare_clauses:  # "condemned the plan" reports, "said the plan is wrong" quotes
        saying = _listed([word for word in facts.cues if word not in facts.acts])
        patterns.append(rf"(?<!\w)(?:{saying})\s+(?P<clause>(?:{_listed(facts.bare_clauses)})\s.+)")
    return tuple(re.compile(pattern, re.DOTALL) for pattern in patterns)


def _chinese_clauses(facts: LanguageProfile) -> tuple[re.Pattern[str], ...]:
    return (re.compile(rf"(?:{_listed(facts.cues)})[，,：:]?(?P<clause>[^：:]+)", re.DOTALL),)


def _listed(words: Sequence[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def _any_of(words: Sequence[str], spaced: bool, flags: int = 0) -> re.Pattern[str]:
    if not words:
        return re.compile(r"(?!)")
    return re.compile(rf"(?<!\w)(?:{_listed(words)})(?!\w)" if spaced else f"(?:{_listed(words)})", flags)
