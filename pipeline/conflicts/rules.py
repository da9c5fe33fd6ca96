"""The rules judge of pairs: negation, antonyms, numbers and dates on the same target. A weak judge."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from pipeline.conflicts.candidates import normal_form
from pipeline.conflicts.lexicon import Lexicon, lexicon, lexicons_digest
from pipeline.records import ConflictItem, Edge, Relation

_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_ENGLISH_NOT = re.compile(r"\b(\w+)n['’]t\b")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")

STEM = 5
FAR_APART = 5 * 365  # days; over an electoral term a change of mind is more likely than a conflict
CAP = 0.8  # no rule is surer than this of a contradiction
DECIDED = 0.5

# Log-odds set by hand from general knowledge, not fitted to any labelled set.
BASE, OVERLAP, NEGATION, PARITY, ANTONYM, QUANTIFIER = -2.6, 2.2, 1.7, 0.5, 1.8, 0.5


@dataclass(frozen=True, slots=True)
class Reading:
    """What the rules see of one statement. ``negated`` are the content stems near a negation; ``poles`` the
    antonym entries as they stand after negation; ``turned`` those of them that a negation turned."""

    content: frozenset[str]
    negated: frozenset[str]
    negations: int
    poles: frozenset[tuple[int, int]]
    turned: frozenset[tuple[int, int]]
    pole_stems: frozenset[str]
    numbers: frozenset[str]
    years: frozenset[str]
    no_longer: bool
    universal: bool
    partial: bool


@dataclass(frozen=True, slots=True)
class _Cues:
    """What one direction of a pair shows: is ``second`` denied by ``first``?"""

    score: float
    negation: bool
    antonym: bool


class PairJudgeRules:
    """Judges candidate pairs by lexicons; confidence is modest and low where the two directions differ."""

    def __init__(self) -> None:
        self.version = f"rules-1+{lexicons_digest()}"

    def judge(self, pairs: Iterable[tuple[ConflictItem, ConflictItem, float]]) -> Iterator[Edge]:
        """Yield one edge per pair ``(statement, statement, similarity)``; a pair seen before, in either
        order, is passed over."""
        seen: set[tuple[int, int]] = set()
        for one, other, similarity in pairs:
            first, second = sorted((one, other), key=lambda item: item.key)
            if first.key == second.key:
                raise ValueError(f"statement {first.key} cannot be paired with itself")
            if (first.key, second.key) in seen:
                continue
            seen.add((first.key, second.key))
            relation, confidence, rationale = judge_pair(first, second)
            yield Edge(first.key, second.key, relation, round(confidence, 4), similarity, rationale)


def judge_pair(first: ConflictItem, second: ConflictItem) -> tuple[Relation, float, str]:
    """Relation of two statements, confidence in [0, 1] and why. Symmetric in its arguments."""
    words = lexicon(first.language)
    if normal_form(first.text) == normal_form(second.text):
        return Relation.DUPLICATE, 0.99, "same words"
    if first.language != second.language or words is None:
        return Relation.COMPATIBLE, 0.5, "no rules for this pair of languages"
    one, other = read(first.text, first.language), read(second.text, second.language)
    shared = one.content & other.content
    if not shared:
        return Relation.COMPATIBLE, 0.5, "no common target"
    forward, backward = _direction(one, other), _direction(other, one)
    score = (forward.score + backward.score) / 2 - abs(forward.score - backward.score) / 4
    contradiction = min(CAP, _sigmoid(score))
    cues = [
        name
        for name, holds in (
            ("one of them negates what the other says", forward.negation or backward.negation),
            ("opposite words", forward.antonym),
        )
        if holds
    ]
    target = ", ".join(sorted(shared)[:4])
    apart = _days_apart(first, second)
    no_longer = one.no_longer != other.no_longer and (apart is None or apart > 0)
    if no_longer and len(shared) >= 2:
        return Relation.DIFFERENT_TIME, 0.6 if apart else 0.5, f"one says no longer, of: {target}"
    if contradiction >= DECIDED and cues:
        if (apart or 0) >= FAR_APART or (one.years and other.years and not one.years & other.years):
            return Relation.DIFFERENT_TIME, 0.55, f"{' and '.join(cues)}, but years apart, of: {target}"
        return Relation.CONTRADICTION, contradiction, f"{' and '.join(cues)}, of: {target}"
    return _agreement(one, other, contradiction, target)


def _agreement(
    one: Reading, other: Reading, contradiction: float, target: str
) -> tuple[Relation, float, str]:
    """Relation of two statements that do not contradict one another as far as the rules see."""
    jaccard = len(one.content & other.content) / len(one.content | other.content)
    numbers = one.numbers != other.numbers and bool(one.numbers) and bool(other.numbers)
    scope = (one.universal and other.partial) or (one.partial and other.universal)
    if jaccard >= 0.4 and (numbers or scope):
        why = "other numbers" if numbers else "all against some"
        return Relation.DIFFERENT_SCOPE, 0.55, f"{why}, of: {target}"
    if jaccard >= 0.9 and contradiction < 0.4:
        return Relation.DUPLICATE, 0.65, f"nearly the same words, of: {target}"
    confidence = min(1.0 - contradiction, 0.5 + 0.3 * jaccard)
    return Relation.COMPATIBLE, max(confidence, 0.4), f"no opposition found, of: {target}"


def _direction(premise: Reading, claim: Reading) -> _Cues:
    """Log-odds that ``premise`` contradicts ``claim``, whose words it has to cover."""
    shared = premise.content & claim.content
    coverage = len(shared) / max(len(claim.content), 1)
    flipped = (premise.negated ^ claim.negated) & shared
    opposed = {number for number, pole in premise.poles if (number, -pole) in claim.poles} - {
        number for number, pole in premise.poles & claim.poles
    }
    # "not support" and "oppose" agree: there the negation is accounted for.
    settled = premise.poles & claim.poles & (premise.turned ^ claim.turned)
    local = not settled and bool(flipped - premise.pole_stems - claim.pole_stems)
    parity = not settled and premise.negations % 2 != claim.negations % 2
    quantifier = (premise.universal and claim.negations > premise.negations) or (
        claim.universal and premise.negations > claim.negations
    )
    score = BASE + OVERLAP * coverage
    score += NEGATION * local + ANTONYM * bool(opposed) + QUANTIFIER * quantifier
    if not opposed:
        score += PARITY * parity
    return _Cues(score, local, bool(opposed))


@lru_cache(maxsize=20_000)
def read(text: str, language: str) -> Reading:
    """Read a statement with the lexicon of ``language``, which must exist."""
    words = lexicon(language)
    if words is None:
        raise ValueError(f"no lexicon for language {language!r}")
    plain = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    tokens = _chinese_tokens(plain, words) if language == "zh" else _tokens(plain, words)
    spaced = f" {' '.join(_WORD.findall(plain))} "
    return _reading(tokens, words, plain, spaced)


def _tokens(plain: str, words: Lexicon) -> list[str]:
    plain = _ENGLISH_NOT.sub(r"\1 not", plain.replace("cannot", "can not").replace("won't", "will not"))
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


def _reading(tokens: list[str], words: Lexicon, plain: str, spaced: str) -> Reading:
    chinese = words.language == "zh"
    negation_at = [position for position, token in enumerate(tokens) if words.negates(token)]
    near = {
        near
        for position in negation_at
        for near in range(position - words.negation_before, position + words.negation_after + 1)
        if near != position
    }
    content: dict[str, bool] = {}
    poles: set[tuple[int, int]] = set()
    turned: set[tuple[int, int]] = set()
    pole_stems: set[str] = set()
    for position, token in enumerate(tokens):
        if token in words.stop or (position in negation_at and not chinese and token in words.negation):
            continue
        stem = token if chinese else token[:STEM]
        for number, pole in words.poles_of(token):
            poles.add((number, -pole if position in near else pole))
            if position in near:
                turned.add((number, -pole))
            pole_stems.add(stem)
        if position not in negation_at:
            content[stem] = content.get(stem, False) or position in near
    years = frozenset(_YEAR.findall(plain))
    return Reading(
        content=frozenset(content),
        negated=frozenset(stem for stem, negated in content.items() if negated),
        negations=len(negation_at),
        poles=frozenset(poles),
        turned=frozenset(turned),
        pole_stems=frozenset(pole_stems),
        numbers=frozenset(_NUMBER.findall(plain)) - years,
        years=years,
        no_longer=any((phrase if chinese else f" {phrase} ") in spaced for phrase in words.no_longer),
        universal=not words.universal.isdisjoint(tokens),
        partial=not words.partial.isdisjoint(tokens),
    )


def _days_apart(first: ConflictItem, second: ConflictItem) -> int | None:
    if first.as_of is None or second.as_of is None:
        return None
    return abs((first.as_of - second.as_of).days)


def _sigmoid(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-value))
