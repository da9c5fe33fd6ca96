"""The rules judge of pairs: negation, antonyms, numbers and dates on the same target. A weak judge."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pipeline.conflicts.candidates import normal_form
from pipeline.conflicts.lexicon import lexicon, lexicons_digest
from pipeline.conflicts.reading import Reading, read
from pipeline.conflicts.sameness import same_meaning
from pipeline.records import ConflictItem, Edge, Relation
from pipeline.text.profile import profiles_digest

REVISION = 3
FAR_APART = 5 * 365  # days; over an electoral term a change of mind is more likely than a conflict
CAP = 0.85  # no rule is surer than this of a contradiction
DECIDED = 0.5
SAME = 0.6  # probability from which two statements are called one

# Log-odds of a contradiction, as pairs (constant, by coverage): rounded from how often each cue goes with one
# in natural language inference sets of four languages, one set of weights for all.
NOTHING, NEGATION, ANTONYM, BOTH = (-0.9, -1.2), (1.0, 1.7), (1.1, 2.1), (0.0, 0.8)
PARITY, QUANTIFIER, NUMBERS, LEANING = 1.0, 0.5, 0.2, 0.5


@dataclass(frozen=True, slots=True)
class Verdict:
    """Relation of a pair, confidence in [0, 1] in it, why, and the probability of other relations."""

    relation: Relation
    confidence: float
    rationale: str
    probabilities: Mapping[Relation, float] = field(default_factory=dict)


class PairJudgeRules:
    """Judges candidate pairs by lexicons; confidence is modest."""

    def __init__(self) -> None:
        self.version = f"rules-{REVISION}+{lexicons_digest()}+{profiles_digest()}"

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
            found = judge_pair(first, second)
            yield Edge(
                first.key,
                second.key,
                found.relation,
                round(found.confidence, 4),
                similarity,
                found.rationale,
                probabilities=found.probabilities,
            )


def judge_pair(first: ConflictItem, second: ConflictItem) -> Verdict:
    """Relation of two statements and why. Symmetric in its arguments."""
    if normal_form(first.text) == normal_form(second.text):
        return Verdict(Relation.DUPLICATE, 0.99, "same words", {Relation.CONTRADICTION: 0.01})
    if first.language != second.language or lexicon(first.language) is None:
        return Verdict(Relation.COMPATIBLE, 0.5, "no rules for this pair of languages")
    one, other = read(first.text, first.language), read(second.text, second.language)
    shared = one.content & other.content
    contradiction, cues = _opposition(one, other, shared)
    alike = len(shared) / max(1, len(one.content | other.content))
    same = same_meaning(one.order, other.order, alike)
    odds = {Relation.CONTRADICTION: contradiction, Relation.DUPLICATE: same}
    if not shared:
        return Verdict(Relation.COMPATIBLE, 0.5, "no common target", odds)
    target = ", ".join(sorted(shared)[:4])
    apart = _days_apart(first, second)
    no_longer = one.no_longer != other.no_longer and (apart is None or apart > 0)
    if no_longer and len(shared) >= 2:
        return Verdict(
            Relation.DIFFERENT_TIME, 0.6 if apart else 0.5, f"one says no longer, of: {target}", odds
        )
    if contradiction >= DECIDED and cues:
        why = f"{' and '.join(cues)}, of: {target}"
        if (apart or 0) >= FAR_APART or (one.years and other.years and not one.years & other.years):
            return Verdict(Relation.DIFFERENT_TIME, 0.55, f"years apart: {why}", odds)
        return Verdict(Relation.CONTRADICTION, contradiction, why, odds)
    return _agreement(one, other, alike, target, odds)


def _agreement(
    one: Reading, other: Reading, alike: float, target: str, odds: Mapping[Relation, float]
) -> Verdict:
    """Relation of two statements that do not contradict one another as far as the rules see."""
    numbers = one.numbers != other.numbers and bool(one.numbers) and bool(other.numbers)
    scope = (one.universal and other.partial) or (one.partial and other.universal)
    if alike >= 0.4 and (numbers or scope):
        why = "other numbers" if numbers else "all against some"
        return Verdict(Relation.DIFFERENT_SCOPE, 0.55, f"{why}, of: {target}", odds)
    same = odds[Relation.DUPLICATE]
    if same >= SAME:
        return Verdict(Relation.DUPLICATE, same, f"nearly the same words, of: {target}", odds)
    confidence = 1.0 - max(odds[Relation.CONTRADICTION], same)
    return Verdict(Relation.COMPATIBLE, confidence, f"no opposition found, of: {target}", odds)


def _opposition(one: Reading, other: Reading, shared: frozenset[str]) -> tuple[float, list[str]]:
    """Probability that two statements contradict one another, and the cues by which they may."""
    smaller = min(len(one.content), len(other.content))
    coverage = len(shared) / smaller if smaller else 0.0
    # What stands as often in both says nothing: only words that took one another's place are opposed.
    here = Counter(one.pole_counts) - Counter(other.pole_counts)
    there = Counter(other.pole_counts) - Counter(one.pole_counts)
    opposed = any((number, -pole) in there for number, pole in here)
    # "not support" and "oppose" agree: there the negation is accounted for.
    settled = one.poles & other.poles & (one.turned ^ other.turned)
    flipped = (one.negated ^ other.negated) & shared
    negation = not settled and bool(flipped - one.pole_stems - other.pole_stems)
    if one.is_denied != other.is_denied:
        negation = not (negation or opposed)  # a denial of the opposite agrees
        opposed = False
    parity = not settled and not opposed and one.negations % 2 != other.negations % 2
    quantifier = (one.universal and other.negations > one.negations) or (
        other.universal and one.negations > other.negations
    )
    numbers = bool(one.numbers - other.numbers) and bool(other.numbers - one.numbers)

    def weight(pair: tuple[float, float]) -> float:
        return pair[0] + pair[1] * coverage

    score = weight(NOTHING)
    if opposed:
        score += weight(ANTONYM) + (weight(BOTH) if negation else 0.0)
    elif negation:
        score += weight(NEGATION)
    elif parity:
        score += PARITY
    score += QUANTIFIER * quantifier + NUMBERS * numbers
    score += LEANING * (one.leaning * other.leaning < 0 and not settled)
    cues = ["opposite words"] * opposed + ["one of them negates what the other says"] * negation
    return min(CAP, 1.0 / (1.0 + math.exp(-score))), cues


def _days_apart(first: ConflictItem, second: ConflictItem) -> int | None:
    if first.as_of is None or second.as_of is None:
        return None
    return abs((first.as_of - second.as_of).days)
