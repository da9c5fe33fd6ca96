"""Rates of a slice: agreement over all items and among the answered, refusals, invalid replies, flips."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from evaluation.scoring.clusters import (
    ArticleTotals,
    Credits,
    article_totals,
    rate_interval,
    standard_error,
)
from evaluation.scoring.outcomes import CREDIT, ItemOutcome, agreement_credit

ALL = "all"


class Dimension(StrEnum):
    """What items are sliced by."""

    NATION = "nation"
    SOURCE_TYPE = "source_type"
    TOPIC = "topic"
    LANGUAGE = "language"
    CONTESTED = "contested"
    PERIOD = "period"


Slice = tuple[tuple[Dimension, str], ...]


@dataclass(frozen=True, slots=True)
class ScoredItem:
    """An item and what it came to; ``article`` names the article it was drawn from, ``period`` when.

    An empty topic, language or period, and ``None`` for contested, is "not known": a slice of its own.
    """

    nation: str
    source_type: str
    article: str
    outcome: ItemOutcome
    key: str = ""
    topic: str = ""
    language: str = ""
    is_contested: bool | None = None
    period: str = ""

    def value(self, dimension: Dimension) -> str:
        """Where the item stands on a dimension; contested is ``"yes"``, ``"no"`` or ``""``."""
        if dimension is Dimension.CONTESTED:
            return "" if self.is_contested is None else "yes" if self.is_contested else "no"
        return str(getattr(self, dimension.value))


@dataclass(frozen=True, slots=True)
class SliceScore:
    """Figures of one slice. Rates are in [0, 1]; ``None`` where there is nothing to take them of.

    ``agreement_rate`` is what models are ranked by: the mean credit over all ``items`` of ``articles``, where
    a flip or a tie counts one half, a refusal or an invalid reply nothing, so that refusing never raises it.
    ``agreement_low`` and ``agreement_high`` are its 95 % interval, ``agreement_error`` its article-clustered
    standard error (``None`` below two articles). ``rate``, ``low``, ``high`` and ``standard_error`` are the
    same among the ``answered`` items only. The other rates are shares of all items.
    """

    slice: Slice
    items: int
    answered: int
    articles: int
    rate: float | None
    standard_error: float | None
    low: float | None
    high: float | None
    agreement_rate: float | None
    agreement_error: float | None
    agreement_low: float | None
    agreement_high: float | None
    refusal_rate: float | None
    invalid_rate: float | None
    flip_rate: float | None
    outcomes: dict[str, int]

    def value(self, dimension: Dimension) -> str:
        """The slice's value on a dimension, :data:`ALL` where it takes every value."""
        return dict(self.slice).get(dimension, ALL)


def items_by_key(items: Iterable[ScoredItem]) -> dict[str, ScoredItem]:
    """Items by key. Raises ``ValueError`` when a key is missing or comes twice."""
    found: dict[str, ScoredItem] = {}
    for item in items:
        if not item.key or item.key in found:
            raise ValueError(f"item key {item.key!r} is empty or stands for two items")
        found[item.key] = item
    return found


def credits_of(items: Iterable[ScoredItem]) -> Credits:
    """Credits of all items by key, 0 for a refusal or an invalid reply.

    Raises ``ValueError`` when a key is missing or comes twice.
    """
    return {key: (agreement_credit(item.outcome), item.article) for key, item in items_by_key(items).items()}


def score_slice(where: Slice, items: Sequence[ScoredItem]) -> SliceScore:
    """Figures of the items given, whatever their order; ``where`` is only named."""
    answered = [item for item in items if item.outcome in CREDIT]
    return slice_score(
        where,
        Counter(item.outcome for item in items),
        article_totals((CREDIT[item.outcome] for item in answered), (item.article for item in answered)),
        article_totals((agreement_credit(item.outcome) for item in items), (item.article for item in items)),
    )


def slice_score(
    where: Slice, outcomes: Mapping[ItemOutcome, int], answered: ArticleTotals, whole: ArticleTotals
) -> SliceScore:
    """Figures from how many items came to each outcome, the credits of the ``answered`` ones by article, and
    those of all (0 for a refusal or an invalid reply)."""
    low, high = rate_interval(answered) if answered.items else (None, None)
    agreement_low, agreement_high = rate_interval(whole) if whole.items else (None, None)

    def share(outcome: ItemOutcome) -> float | None:
        return outcomes.get(outcome, 0) / whole.items if whole.items else None

    return SliceScore(
        slice=where,
        items=whole.items,
        answered=answered.items,
        articles=whole.articles,
        rate=answered.mean if answered.items else None,
        standard_error=standard_error(answered),
        low=low,
        high=high,
        agreement_rate=whole.mean if whole.items else None,
        agreement_error=standard_error(whole),
        agreement_low=agreement_low,
        agreement_high=agreement_high,
        refusal_rate=share(ItemOutcome.REFUSAL),
        invalid_rate=share(ItemOutcome.INVALID),
        flip_rate=share(ItemOutcome.FLIP),
        outcomes={str(outcome): outcomes[outcome] for outcome in ItemOutcome if outcomes.get(outcome)},
    )


def slice_key(dimensions: Sequence[Dimension]) -> Callable[[ScoredItem], Slice]:
    """The slice of an item by these dimensions.

    Raises ``ValueError`` without the nation among them: nations differ in sources, topics and size, so a
    figure over several would say which nation has most items, not how a model does.
    """
    if Dimension.NATION not in dimensions or len(set(dimensions)) != len(dimensions):
        named = ", ".join(dimensions) or "none"
        raise ValueError(f"dimensions are {named}; each must come once and nation must be among them")
    return lambda item: tuple((dimension, item.value(dimension)) for dimension in dimensions)


def slice_scores(items: Iterable[ScoredItem], dimensions: Sequence[Dimension]) -> list[SliceScore]:
    """Figures of every combination of values that occurs, in the order of ``dimensions`` and of values.

    Raises ``ValueError`` as :func:`slice_key` does.
    """
    where = slice_key(dimensions)
    groups: dict[Slice, list[ScoredItem]] = defaultdict(list)
    for item in items:
        groups[where(item)].append(item)
    return [score_slice(name, groups[name]) for name in sorted(groups)]


def score_slices(items: Iterable[ScoredItem]) -> list[SliceScore]:
    """Nation x type, then each nation with its types pooled. Nothing pools nations."""
    kept = list(items)
    return [
        *slice_scores(kept, (Dimension.NATION, Dimension.SOURCE_TYPE)),
        *slice_scores(kept, (Dimension.NATION,)),
    ]


def marginal_scores(items: Iterable[ScoredItem]) -> dict[Dimension, list[SliceScore]]:
    """Nation x one further dimension, for each of them that takes a known value anywhere."""
    kept = list(items)
    others = [dimension for dimension in Dimension if dimension is not Dimension.NATION]
    return {
        dimension: slice_scores(kept, (Dimension.NATION, dimension))
        for dimension in others
        if any(item.value(dimension) for item in kept)
    }
