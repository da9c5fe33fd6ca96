"""Finds the speaker beside a cue verb: the nearest noun phrase that can be its subject."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from pipeline.text.profile import LanguageProfile, profile

_TOKEN = re.compile(r"[^\W\d_]+(?:[-'’./][^\W_]+)*(?:['’](?=\s|$))?|\d[\d.,]*|[^\w\s]|_+")
_BREAKS = frozenset('.!?;:\n_“”„"«»')
_FARTHEST = 14  # words between a cue and its subject
_LONGEST = 12  # words of a phrase


@dataclass(frozen=True, slots=True)
class Found:
    """A speaker as written and the cue it stands by; ``is_pronoun``: who is meant was named before."""

    name: str
    cue: str
    is_pronoun: bool = False


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    start: int
    end: int

    @property
    def low(self) -> str:
        return self.text.casefold().replace("’", "'")

    @property
    def is_capital(self) -> bool:
        return self.text[0].isupper()


@dataclass(frozen=True, slots=True)
class _Phrase:
    """A noun phrase: tokens ``first`` to ``last`` (exclusive). ``is_oblique``: hardly a subject."""

    first: int
    last: int
    text: str
    is_oblique: bool = False
    is_pronoun: bool = False


def speaker_in(context: str, language: str, *, is_after_quotation: bool = False) -> Found | None:
    """The speaker of the first cue of ``context`` that has one, or a cue without anybody (empty name).

    ``is_after_quotation``: the context follows somebody's words, so the speaker stands behind the cue.
    """
    facts = profile(language)
    tokens = _tokens(context)
    phrases = list(_phrases(tokens, context, facts))
    anonymous: Found | None = None
    for first, last, kind in _cues(context, tokens, facts):
        cue = context[tokens[first].start : tokens[last - 1].end]
        phrase = _beside(first, last, kind, phrases, tokens, is_after_quotation)
        if phrase and not phrase.is_pronoun:
            return Found(phrase.text, cue)
        anonymous = anonymous or Found("", cue, is_pronoun=phrase is not None)
    return anonymous


def last_speaker(text: str, language: str) -> str:
    """The speaker named last in ``text`` beside a cue, else the name that stands last in it; or empty."""
    facts = profile(language)
    tokens = _tokens(text)
    phrases = list(_phrases(tokens, text, facts))
    found = ""
    for first, last, kind in _cues(text, tokens, facts):
        phrase = _beside(first, last, kind, phrases, tokens, False)
        if phrase and not phrase.is_pronoun:
            found = phrase.text
    return found


def first_subject(text: str, language: str) -> str:
    """The first phrase of ``text`` that can be the subject of a sentence; empty where there is none."""
    facts = profile(language)
    if not facts.words_have_spaces:
        return ""
    phrases = _phrases(_tokens(text), text, facts)
    return next((phrase.text for phrase in phrases if not phrase.is_oblique and not phrase.is_pronoun), "")


def _tokens(text: str) -> list[_Token]:
    return [_Token(match.group(), match.start(), match.end()) for match in _TOKEN.finditer(text)]


def _cues(text: str, tokens: list[_Token], facts: LanguageProfile) -> Iterator[tuple[int, int, str]]:
    """Cues in order, as ranges of tokens: ``verb``, ``before`` its source (according to) or ``behind`` it."""
    starts = {token.start: at for at, token in enumerate(tokens)}
    ends = {token.end: at + 1 for at, token in enumerate(tokens)}
    for match in _cue_pattern(facts.language).finditer(text):
        first, last = starts.get(match.start()), ends.get(match.end())
        if first is not None and last is not None:
            yield first, last, match.lastgroup or "verb"


@cache
def _cue_pattern(language: str) -> re.Pattern[str]:
    facts = profile(language)
    groups = {
        "before": (*facts.sources, *(word for word in facts.hearsay if word not in facts.postpositions)),
        "behind": facts.postpositions,
        "verb": (*facts.cues, *facts.acts),
    }
    parts = [
        f"(?P<{name}>{'|'.join(re.escape(word) for word in sorted(words, key=len, reverse=True))})"
        for name, words in groups.items()
        if words
    ]
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)", re.IGNORECASE)


def _phrases(tokens: list[_Token], text: str, facts: LanguageProfile) -> Iterator[_Phrase]:
    """Noun phrases in order: pronouns; article, adjectives and capitalised words with what hangs on them."""
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token.low in facts.pronouns and not (
            token.low in facts.articles and _noun_follows(tokens, at + 1, facts)
        ):
            yield _Phrase(at, at + 1, token.text, is_pronoun=True)
            at += 1
            continue
        end = _phrase_end(tokens, at, facts)
        if end is None:
            at += 1
            continue
        head = next((t for t in tokens[at:end] if t.is_capital and t.low not in facts.articles), token)
        before = tokens[at - 1].low if at else ""
        oblique = (
            before in facts.prepositions or head.low in facts.times or token.low in facts.oblique_articles
        )
        yield _Phrase(at, end, text[tokens[at].start : tokens[end - 1].end], is_oblique=oblique)
        at = end


def _noun_follows(tokens: list[_Token], at: int, facts: LanguageProfile) -> bool:
    return at < len(tokens) and (_phrase_end(tokens, at, facts) is not None or tokens[at].text[0].islower())


def _phrase_end(tokens: list[_Token], at: int, facts: LanguageProfile) -> int | None:
    """Where the phrase that begins at token ``at`` ends, or ``None`` when none begins there."""
    here = at
    has_article = tokens[here].low in facts.articles
    if has_article:
        here += 1
    adjectives = 0
    while here < len(tokens) and adjectives < 3 and tokens[here].text[0].islower() and has_article:
        if tokens[here].low in facts.prepositions or tokens[here].low in facts.articles:
            break
        if _is_cue(tokens[here], facts):
            break
        here += 1
        adjectives += 1
    first_name = here
    while here < len(tokens) and here - at < _LONGEST and _is_name_part(tokens, here, facts, first_name):
        here += 1
    # "the ministry said": without a capital, an article and one or two words make a phrase.
    if here == first_name and not (has_article and adjectives and facts.language != "de"):
        return None
    if here > first_name and tokens[first_name].low in facts.times:
        return here
    while here < len(tokens) and here - at < _LONGEST and tokens[here].low in facts.name_links:
        inner = here + 1
        if inner < len(tokens) and tokens[inner].low in facts.articles:
            inner += 1
        first_name = inner
        while inner < len(tokens) and _is_name_part(tokens, inner, facts, first_name):
            inner += 1
        if inner == first_name:
            break
        here = inner
    return here


def _is_name_part(tokens: list[_Token], at: int, facts: LanguageProfile, first: int) -> bool:
    token = tokens[at]
    if not token.is_capital and token.text not in facts.titles:
        return False
    begins = at == 0 or tokens[at - 1].text in _BREAKS
    return not ((begins or at == first) and token.low in facts.stop_words and token.text not in facts.titles)


def _is_cue(token: _Token, facts: LanguageProfile) -> bool:
    return token.low in facts.cues or token.low in facts.acts


def _beside(
    first: int, last: int, kind: str, phrases: list[_Phrase], tokens: list[_Token], is_after_quotation: bool
) -> _Phrase | None:
    """The phrase nearest to a cue that can be its subject: behind it after a quotation, else before."""
    options: list[tuple[float, _Phrase]] = []
    for phrase in phrases:
        if phrase.last <= first:
            gap, breaks = first - phrase.last, _breaks(tokens, phrase.last, first)
            side = 3.0 if is_after_quotation else 0.0
            if kind == "before":
                continue
        elif phrase.first >= last:
            gap, breaks = phrase.first - last, _breaks(tokens, last, phrase.first)
            side = 0.0 if is_after_quotation or kind == "before" else 2.0
            if kind == "behind":
                continue
        else:
            continue
        if breaks or gap > (4 if kind != "verb" else _FARTHEST):
            continue
        oblique = 0.0 if kind != "verb" else 12.0 * phrase.is_oblique
        options.append((gap + side + oblique, phrase))
    return min(options, key=lambda option: option[0])[1] if options else None


def _breaks(tokens: list[_Token], first: int, last: int) -> bool:
    return any(token.text[0] in _BREAKS for token in tokens[first:last])
