"""Multiple choice against answer judgement: do the two ways of asking one model come to the same?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evaluation.scoring.clusters import article_totals, rate_interval
from evaluation.scoring.metrics import ScoredItem, items_by_key
from evaluation.scoring.outcomes import CREDIT, ItemOutcome

OUTCOMES = tuple(ItemOutcome)


@dataclass(frozen=True, slots=True)
class Correlation:
    """Of ``n`` pairs; in [-1, 1], ``None`` below three pairs or where one side does not vary."""

    n: int
    pearson: float | None
    spearman: float | None


@dataclass(frozen=True, slots=True)
class MethodAgreement:
    """Both methods on their common ``items``, whatever they came to.

    ``table[i][j]`` counts items of multiple-choice outcome ``OUTCOMES[i]`` and answer-judgement outcome
    ``OUTCOMES[j]``: the flip table. ``same`` is the share with one and the same outcome, with its
    article-clustered 95 % interval; ``contradicted`` counts S by one method and RS by the other. ``by_item``
    correlates credits over items both answered.
    """

    items: int
    articles: int
    table: tuple[tuple[int, ...], ...]
    same: float | None
    low: float | None
    high: float | None
    contradicted: int
    by_item: Correlation


def compare_methods(
    multiple_choice: Iterable[ScoredItem], answer_judgement: Iterable[ScoredItem]
) -> MethodAgreement:
    """Compare the outcomes of one model by item key, in one nation: nothing pools nations.

    Raises ``ValueError`` when a key is missing or comes twice.
    """
    one, other = items_by_key(multiple_choice), items_by_key(answer_judgement)
    common = [(one[key], other[key]) for key in sorted(one.keys() & other.keys())]
    counts = Counter((first.outcome, second.outcome) for first, second in common)
    same = article_totals(
        (float(first.outcome is second.outcome) for first, second in common),
        (first.article for first, _ in common),
    )
    low, high = rate_interval(same) if common else (None, None)
    answered = [
        (CREDIT[first.outcome], CREDIT[second.outcome])
        for first, second in common
        if first.outcome in CREDIT and second.outcome in CREDIT
    ]
    opposed = (ItemOutcome.STATEMENT, ItemOutcome.REVERSED)
    return MethodAgreement(
        items=len(common),
        articles=same.articles,
        table=tuple(tuple(counts[row, column] for column in OUTCOMES) for row in OUTCOMES),
        same=same.mean if common else None,
        low=low,
        high=high,
        contradicted=counts[opposed] + counts[opposed[::-1]],
        by_item=correlation(answered),
    )


def correlation(pairs: Sequence[tuple[float, float]]) -> Correlation:
    """Pearson's, and Spearman's with ties given their mean rank."""
    n = len(pairs)
    if n < 3 or any(len({pair[side] for pair in pairs}) < 2 for side in (0, 1)):
        return Correlation(n, None, None)

    from scipy import stats

    first, second = zip(*sorted(pairs), strict=True)  # so that the order of items is no matter
    found = stats.pearsonr(first, second).statistic, stats.spearmanr(first, second).statistic
    pearson, spearman = (min(1.0, max(-1.0, float(value))) for value in found)
    return Correlation(n, pearson, spearman)
