"""What the rules see of one statement: content, negations, opposites, numbers, dates, quantifiers."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from pipeline.conflicts.lexicon import Lexicon, lexicon
from pipeline.text.profile import LANGUAGES
from pipeline.text.stance import stance

_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_ENGLISH_NOT = re.compile(r"\b(\w+)n['’]t\b")
# Forms that lose letters of their own before n't.
_ENGLISH_SHORT = (("cannot", "can not"), ("can't", "can not"), ("won't", "will not"), ("shan't", "shall not"))
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
STEM = 5


@dataclass(frozen=True, slots=True)
class Reading:
    """What the rules see of one statement. ``order`` are its words in order; ``negated`` the content stems
    near a negation; ``poles`` the antonym entries as they stand after negation; ``turned`` those of them that
    a negation turned; ``leaning`` in [-1, 1] whether its words approve or disapprove."""

    order: tuple[str, ...]
    content: frozenset[str]
    negated: frozenset[str]
    negations: int
    poles: frozenset[tuple[int, int]]
    pole_counts: Mapping[tuple[int, int], int]
    is_denied: bool
    turned: frozenset[tuple[int, int]]
    pole_stems: frozenset[str]
    numbers: frozenset[str]
    years: frozenset[str]
    no_longer: bool
    universal: bool
    partial: bool
    leaning: float


@lru_cache(maxsize=20_000)
def read(text: str, language: str) -> Reading:
    """Read a statement with the lexicon of ``language``, which must exist."""
    words = lexicon(language)
    if words is None:
        raise ValueError(f"no lexicon for language {language!r}")
    plain = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    denied = [phrase for phrase in words.denials if phrase in plain]
    bare = plain
    for phrase in denied:  # what is denied is read as it is claimed
        bare = bare.replace(phrase, " ")
    tokens = _chinese_tokens(bare, words) if language == "zh" else _tokens(bare, words)
    spaced = f" {' '.join(_WORD.findall(plain))} "
    leaning = stance(text, language).leaning if language in LANGUAGES else 0.0
    return _reading(tokens, words, plain, spaced, leaning, is_denied=bool(denied))


def _tokens(plain: str, words: Lexicon) -> list[str]:
    for short, full in _ENGLISH_SHORT:
        plain = plain.replace(short, full)
    plain = _ENGLISH_NOT.sub(r"\1 not", plain)
    joined = " ".join(_WORD.findall(plain))
    for phrase in words.not_negation:
        joined = re.sub(rf"\b{phrase}\b", "", joined)
    return joined.split()


@lru_cache(maxsize=8)
def _chinese_terms(language: str) -> re.Pattern[str]:
    """Matches the longest listed term, else one character."""
    words = lexicon(language)
    if words is None:
        raise ValueError(f"no lexicon for language {language!r}")
    listed = {*words.poles, *words.negation, *words.not_negation, *words.universal, *words.partial}
    terms = "|".join(re.escape(term) for term in sorted(listed, key=lambda term: (-len(term), term)))
    return re.compile(rf"{terms}|[0-9]+(?:\.[0-9]+)?|[a-z]+|\w")


def _chinese_tokens(plain: str, words: Lexicon) -> list[str]:
    return [
        token for token in _chinese_terms(words.language).findall(plain) if token not in words.not_negation
    ]


def _reading(
    tokens: list[str], words: Lexicon, plain: str, spaced: str, leaning: float, *, is_denied: bool
) -> Reading:
    chinese = words.language == "zh"
    negation_at = [position for position, token in enumerate(tokens) if words.negates(token)]
    near = {
        near
        for position in negation_at
        for near in range(position - words.negation_before, position + words.negation_after + 1)
        if near != position
    }
    content: dict[str, bool] = {}
    poles: Counter[tuple[int, int]] = Counter()
    turned: set[tuple[int, int]] = set()
    pole_stems: set[str] = set()
    for position, token in enumerate(tokens):
        if token in words.stop or (position in negation_at and not chinese and token in words.negation):
            continue
        stem = token if chinese else token[:STEM]
        for number, pole in words.poles_of(token):
            poles[number, -pole if position in near else pole] += 1
            if position in near:
                turned.add((number, -pole))
            pole_stems.add(stem)
        if position not in negation_at:
            content[stem] = content.get(stem, False) or position in near
    years = frozenset(_YEAR.findall(plain))
    return Reading(
        order=tuple(tokens),
        content=frozenset(content),
        negated=frozenset(stem for stem, negated in content.items() if negated),
        negations=len(negation_at),
        poles=frozenset(poles),
        pole_counts=poles,
        is_denied=is_denied,
        turned=frozenset(turned),
        pole_stems=frozenset(pole_stems),
        numbers=frozenset(_NUMBER.findall(plain)) - years,
        years=years,
        no_longer=any((phrase if chinese else f" {phrase} ") in spaced for phrase in words.no_longer),
        universal=not words.universal.isdisjoint(tokens),
        partial=not words.partial.isdisjoint(tokens),
        leaning=leaning,
    )
