"""Says whether a speaker holds an executive office, by what the text calls the speaker and nobody else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.text.lexicon import Hit
from pipeline.text.profile import LanguageProfile, profile

_BREAK = re.compile(r"[.!?;:,()\n“”„\"«»—–]")
_WORD = re.compile(r"[^\W_]+(?:[-.][^\W_]+)*['’]?")
_POSSESSIVE = re.compile(r"['’]s?\b")
_PARTY = re.compile(r"\s*\([^()]{1,40}\)")  # "Ada Young (Labour), the prime minister"
_LONGEST_LINK = 8  # words of what hangs on a speaker: "of the central bank"
# What stands behind these is spoken to, and what stands behind a cue is no part of the name either.
_ADDRESSED = re.compile("对(?!外[^交]|内)|[向跟给]")


def holds_office(speaker: str, text: str, language: str) -> bool:
    """Whether ``text`` gives ``speaker``, as written in it, an executive office.

    What counts is the speaker's own noun phrase, a title before the name and an apposition beside it; not
    whom the speaker talks to, and not an office the speaker is only related to ("a critic of the minister").
    The head of a company or of another body that is not the state holds none. Raises UnknownLanguageError.
    """
    facts = profile(language)
    if not speaker:
        return False
    if not facts.words_have_spaces:
        return _holds_in_chinese(speaker, facts)
    found = [_names_office(speaker, facts)]
    for match in re.finditer(rf"(?<!\w){re.escape(speaker)}(?!\w)", text):
        found += (_names_office(phrase, facts) for phrase in _phrases(text, *match.span(), facts))
    return True in found and False not in found


def _phrases(text: str, start: int, end: int, facts: LanguageProfile) -> Iterator[str]:
    """What is said of the speaker ``text[start:end]`` right there: own noun phrase, appositions."""
    before, after = text[:start], text[end:]
    yield text[start:end] + _linked(after, facts)
    if title := _title(_last_part(before), facts):
        yield title
    if before.rstrip().endswith(",") and _BREAK.match(after.lstrip() or "."):
        yield _in_front(_last_part(before.rstrip()[:-1]), facts)
    rest = after[found.end() :] if (found := _PARTY.match(after)) else after
    if rest.startswith(","):
        apposition = _first_part(rest[1:])
        if _is_closed(apposition, facts):
            yield apposition.strip()


def _last_part(text: str) -> str:
    """What stands behind the last break of ``text``."""
    return _BREAK.split(text)[-1]


def _first_part(text: str) -> str:
    return _BREAK.split(text, maxsplit=1)[0]


def _linked(after: str, facts: LanguageProfile) -> str:
    """What hangs on the speaker by a preposition: " of the central bank" before "said"; empty if nothing."""
    kept = 0
    for number, word in enumerate(_WORD.finditer(_first_part(after))):
        low = _low(word)
        if number == _LONGEST_LINK or _is_cue(low, facts):
            break
        if number == 0 and low not in facts.prepositions and low not in facts.name_links:
            break
        kept = word.end()
    return after[:kept]


def _title(before: str, facts: LanguageProfile) -> str:
    """The office right before a name, at most other names between; empty where somebody else holds it.

    A title in an oblique case ("sagte dem Minister Anna Klein") is not the subject's.
    """
    for hit in facts.executive.find(facts.fold(before), before):
        between = before[hit.end :]
        if not between[:1].isspace() or not all(w.group()[0].isupper() for w in _WORD.finditer(between)):
            continue
        words = [_low(word) for word in _WORD.finditer(before[: hit.start])]
        article = next((at for at in range(len(words) - 1, -1, -1) if words[at] in facts.articles), None)
        if article is not None and words[article] in facts.oblique_articles:
            continue
        cue = max((at + 1 for at, word in enumerate(words) if _is_cue(word, facts)), default=0)
        return " ".join([*words[max(cue, article or 0, len(words) - 3) :], hit.word])
    return ""


def _in_front(part: str, facts: LanguageProfile) -> str:
    """The apposition before "…, Ada Young,": what ``part`` ends in, if an article opens it."""
    start = max((w.end() for w in _WORD.finditer(part) if _is_cue(_low(w), facts)), default=0)
    phrase = part[start:].strip()
    first = _WORD.match(phrase)
    opens = first is not None and _low(first) in facts.articles and _low(first) not in facts.oblique_articles
    return phrase if opens and _is_closed(phrase, facts) else ""


def _is_closed(part: str, facts: LanguageProfile) -> bool:
    """Whether ``part`` can be an apposition: behind its office no verb and no other's name follows."""
    hit = next(facts.executive.find(facts.fold(part), part), None)
    if hit is None:
        return False
    words = [_low(word) for word in _WORD.finditer(part[hit.end :])]
    if any(word in facts.reported_mood or _is_cue(word, facts) for word in words):
        return False
    opened = [word in facts.prepositions or word in facts.name_links for word in words[:2]]
    if not opened or opened[0]:
        return True
    # French adjectives follow: "premier ministre britannique", "ministre chargée de la Santé".
    return facts.language == "fr" and opened[1:] in ([], [True])


def _names_office(phrase: str, facts: LanguageProfile) -> bool | None:
    """Whether a noun phrase names an office as its head; None: it speaks of none or of somebody else's."""
    folded = facts.fold(phrase)
    hits = [hit for hit in facts.executive.find(folded, phrase) if _is_head(hit, phrase, facts)]
    if not hits:
        return None
    if facts.not_executive.has(folded, phrase):
        return False
    return not (facts.bodies.has(folded, phrase) and _all_shared(hits, facts))


def _all_shared(hits: list[Hit], facts: LanguageProfile) -> bool:
    """Whether only titles were found that the heads of other bodies bear too."""
    return all(facts.shared_titles.has(facts.fold(hit.word), hit.word) for hit in hits)


def _is_head(hit: Hit, phrase: str, facts: LanguageProfile) -> bool:
    """Whether what leads up to an office leaves it the head; who speaks for its holder counts as well."""
    front, behind = phrase[: hit.start], phrase[hit.end :]
    if behind.startswith("-") or _POSSESSIVE.match(behind):
        return facts.voices.has(facts.fold(behind), behind)
    for at, word in enumerate(_WORD.finditer(front)):
        low = _low(word)
        opens = low in facts.articles
        if opens and at == 0:
            continue
        related = opens or low in facts.prepositions or low in facts.name_links or low in facts.pronouns
        if related or low.endswith("'") or _is_cue(low, facts):
            return facts.voices.has(facts.fold(front), front)
    return True


def _holds_in_chinese(speaker: str, facts: LanguageProfile) -> bool:
    """A Chinese speaker is written with the title before the name, sometimes with who is spoken to behind."""
    name = facts.fold(speaker)
    stops = [found.start() for found in _ADDRESSED.finditer(name)]
    stops += [at for cue in facts.cues if (at := name.find(cue)) > 0]
    name = name[: min((at for at in stops if at >= 2), default=len(name))]
    own = name.rsplit("的", 1)[-1]  # 总理的顾问 is an adviser
    if facts.not_executive.has(name, name) or not facts.executive.has(own, own):
        return False
    hits = list(facts.executive.find(own, own))
    return not (facts.bodies.has(name, name) and _all_shared(hits, facts))


def _low(word: re.Match[str]) -> str:
    return word.group().casefold().replace("’", "'")


def _is_cue(word: str, facts: LanguageProfile) -> bool:
    return word in facts.cues or word in facts.acts
