"""Rates of a slice: correct rate with an article-clustered interval, refusals, invalid replies, flips."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evaluation.scoring.outcomes import CREDIT, ItemOutcome
from pipeline.intervals import wilson_interval

ALL = "all"


@dataclass(frozen=True, slots=True)
class ScoredItem:
    """An item and what it came to; ``article`` names the article it was drawn from."""

    nation: str
    source_type: str
    article: str
    outcome: ItemOutcome


@dataclass(frozen=True, slots=True)
class SliceScore:
    """Figures of one slice. Rates are in [0, 1]; ``None`` where nothing was answered.

    ``rate`` is the mean credit over the ``answered`` items (a flip or a tie counts one half), ``low`` and
    ``high`` its 95 % interval; ``agreement_rate`` is the credit over all ``items``, so that refusing does not
    raise it. The other rates are shares of all items.
    """

    nation: str
    source_type: str
    items: int
    answered: int
    rate: float | None
    low: float | None
    high: float | None
    agreement_rate: float | None
    refusal_rate: float | None
    invalid_rate: float | None
    flip_rate: float | None
    outcomes: dict[str, int]


def effective_size(credits: Sequence[float], articles: Sequence[str]) -> float:
    """How many independent items these are worth, given that those of one article resemble each other.

    The item count divided by the design effect: the cluster-robust variance of the mean over that of a simple
    random sample (Kish 1965; Korn and Graubard 1998 for the interval built on it), never more than the count.
    Where the variance cannot be seen (one article, or all credits 0 or 1) an article counts as if its items
    were copies.
    """
    n = len(credits)
    mean = sum(credits) / n
    sizes: Counter[str] = Counter(articles)
    if len(sizes) == 1 or mean in (0.0, 1.0):
        return n * n / sum(size * size for size in sizes.values())
    residuals: dict[str, float] = defaultdict(float)
    for credit, article in zip(credits, articles, strict=True):
        residuals[article] += credit - mean
    clusters = len(sizes)
    variance = clusters / (clusters - 1) * sum(value * value for value in residuals.values()) / (n * n)
    if variance == 0.0:
        return float(n)
    return min(float(n), mean * (1 - mean) / variance)


def score_slice(nation: str, source_type: str, items: Sequence[ScoredItem]) -> SliceScore:
    """Figures of the items given, whatever their order."""
    outcomes = Counter(item.outcome for item in items)
    answered = [item for item in items if item.outcome in CREDIT]
    credits = [CREDIT[item.outcome] for item in answered]
    rate = low = high = None
    if answered:
        rate = sum(credits) / len(credits)
        low, high = wilson_interval(rate, effective_size(credits, [item.article for item in answered]))
    total = len(items)

    def share(count: float) -> float | None:
        return count / total if total else None

    return SliceScore(
        nation=nation,
        source_type=source_type,
        items=total,
        answered=len(answered),
        rate=rate,
        low=low,
        high=high,
        agreement_rate=share(sum(credits)),
        refusal_rate=share(outcomes[ItemOutcome.REFUSAL]),
        invalid_rate=share(outcomes[ItemOutcome.INVALID]),
        flip_rate=share(outcomes[ItemOutcome.FLIP]),
        outcomes={str(outcome): outcomes[outcome] for outcome in ItemOutcome if outcomes[outcome]},
    )


def score_slices(items: Iterable[ScoredItem]) -> list[SliceScore]:
    """Nation x type in alphabetical order, then the pooled types, then everything (named ``all``)."""
    kept = list(items)
    groups: dict[tuple[str, str], list[ScoredItem]] = defaultdict(list)
    for item in kept:
        groups[item.nation, item.source_type].append(item)
        groups[ALL, item.source_type].append(item)
    single = sorted(key for key in groups if key[0] != ALL)
    pooled = sorted(key for key in groups if key[0] == ALL)
    slices = [score_slice(*key, groups[key]) for key in (*single, *pooled)]
    return [*slices, score_slice(ALL, ALL, kept)]
