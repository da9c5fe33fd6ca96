"""Finds who speaks around a span: the quotation that holds it and the cue verb with its speaker."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from pipeline.text.profile import LanguageProfile, profile
from pipeline.text.quotations import quotations

# How far a cue may stand from the quotation it governs, and how far back a quotation may have begun.
_REACH = 160
_LOOK_BACK = 4000
_LOOK_FOR_NAME = 600
_SHORTEST_QUOTATION = 12
_NAME_PART = r"[A-ZÀ-ÖØ-Þ](?:[\w'’-]+|\.)"
_NAME = rf"{_NAME_PART}(?:\s+(?:(?:de|du|des|la|le|von|van|der|den|zu|al|bin|of)\s+)?{_NAME_PART}){{0,4}}"


@dataclass(frozen=True, slots=True)
class Speech:
    """Somebody's words: the speaker as written (empty: nobody named), whether in quotation marks, the cue.

    ``inferred``: only a pronoun stands by the words, and the speaker is the one named last before them.
    """

    speaker: str
    direct: bool
    cue: str
    context: str
    inferred: bool = False


def speech_at(text: str, start: int, end: int, language: str) -> Speech | None:
    """The speech that ``text[start:end]`` is part of, or None when the author of the text speaks."""
    facts = profile(language)
    quotation = _quotation_around(text, start, end, facts)
    if quotation is None:
        reported = text[start:end]
        found = _speaker(reported, facts)
        return Speech(found[0], False, found[1], reported) if found and found[0] else None
    opening, closing = quotation
    before = _last_line(text[max(0, opening - _REACH) : opening])
    after = text[closing : closing + _REACH].split("\n")[0]
    # An introduction ends in a colon or a comma; otherwise what follows the quotation decides.
    introduced = re.split(r"[.!?]\s+|[。！？]", before)[-1]
    following = re.split(r"[.!?](?:\s|$)|[。！？]", after)[0]
    inside = text[start:end] if opening > start or closing < end else ""
    order = (introduced, following, inside) if before.rstrip().endswith((":", "：", "，", ",")) else (
        following, introduced, inside)  # fmt: skip
    for context in order:
        found = _speaker(context, facts)
        if found and found[0]:
            return Speech(found[0], True, found[1], context.strip())
        if found and (earlier := _speaker_before(text[max(0, opening - _LOOK_FOR_NAME) : opening], facts)):
            return Speech(earlier, True, found[1], context.strip(), inferred=True)
    return Speech("", True, "", "")


def _last_line(text: str) -> str:
    return text.rstrip("\n").rsplit("\n", 1)[-1]


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


@cache
def _patterns(language: str) -> tuple[re.Pattern[str], ...]:
    facts = profile(language)
    cues = "|".join(re.escape(cue) for cue in sorted(facts.cues, key=len, reverse=True))
    sources = "|".join(re.escape(source) for source in sorted(facts.sources, key=len, reverse=True))
    if not facts.words_have_spaces:
        return (
            re.compile(
                rf"(?:^|[，。！？；：”」\s])(?P<name>[\u4e00-\u9fff·]{{2,24}}?)(?P<cue>{cues})(?=[，,:：“「]|$)"
            ),
        )
    titles = "|".join(re.escape(title) for title in sorted(facts.titles, key=len, reverse=True))
    name = rf"(?P<name>(?:(?:{titles})\s+){{0,2}}{_NAME})"
    return (
        # "Ada Young, the mayor, said": little may stand between the name and its cue.
        re.compile(
            rf"{name}(?:\s*,[^.!?\n“”\"«»„]{{1,60}},)?,?(?:\s+[\w'’-]+){{0,2}}?\s+(?P<cue>{cues})(?!\w)"
        ),
        re.compile(rf"(?<!\w)(?P<cue>{cues})(?:\s+[\w'’.-]+){{0,4}}?,?\s+{name}"),
        re.compile(rf"(?<!\w)(?P<cue>(?i:{sources}))(?:\s+[\w'’.-]+){{0,3}}?\s+{name}"),
    )


@cache
def _bare_cue(language: str) -> re.Pattern[str]:
    facts = profile(language)
    cues = "|".join(re.escape(cue) for cue in sorted(facts.cues, key=len, reverse=True))
    return re.compile(
        rf"(?<!\w)(?:{cues})(?!\w)" if facts.words_have_spaces else rf"(?:{cues})(?=[，,:：“「]|$)"
    )


def _speaker(context: str, facts: LanguageProfile) -> tuple[str, str] | None:
    """(name, cue) of the first cue with a name; a name is empty when only a pronoun or a group speaks."""
    anonymous: tuple[str, str] | None = None
    for pattern in _patterns(facts.language):
        for match in pattern.finditer(context):
            name = _cleaned(match["name"], facts)
            if name and not _is_common_noun(name, match, facts):
                return name, match["cue"]
            anonymous = anonymous or ("", match["cue"])
    if anonymous is None and (cue := _bare_cue(facts.language).search(context)):
        return "", cue.group()
    return anonymous


def _speaker_before(text: str, facts: LanguageProfile) -> str:
    """The speaker named last in ``text``, or an empty string."""
    last = (-1, "")
    for pattern in _patterns(facts.language):
        for match in pattern.finditer(text):
            name = _cleaned(match["name"], facts)
            if name and not _is_common_noun(name, match, facts):
                last = max(last, (match.start("name"), name))
    return last[1]


def _is_common_noun(name: str, match: re.Match[str], facts: LanguageProfile) -> bool:
    """Whether a lone capitalised word is more likely a noun or a sentence start than somebody's name."""
    if not facts.words_have_spaces or " " in name:
        return False
    if match.start("cue") < match.start("name") or " " in match["name"]:
        return True
    return match.string[: match.start("name")].rstrip()[-1:].isalpha()


def _cleaned(name: str, facts: LanguageProfile) -> str:
    if not facts.words_have_spaces:
        name = re.sub(
            r"(?:还|也|则|曾|又|进一步|随后|同时|明确|多次|反复|郑重|日前|近日|昨日|今天|昨天|\d+日|在.*?[上中时里])+$",
            "",
            name,
        )
        name = re.sub(r"^(?:据|对此|为此|因此|但是|但|而|正如|如)", "", name)
        return "" if name in facts.stop_words or len(name) < 2 or name[0] in "我你他她它这那有" else name
    words = name.split()
    while words and (words[0].lower().rstrip(".") in facts.stop_words) and words[0] not in facts.titles:
        words.pop(0)
    if all(word in facts.titles for word in words):
        return ""
    return " ".join(words).rstrip(",")
