"""Models of one slice in groups that are not significantly different, as letters beside their rates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import combinations
from string import ascii_letters

from evaluation.scoring.clusters import ArticleTotals, Credits, rate_interval, standard_error, totals_of
from evaluation.scoring.multiplicity import holm
from evaluation.scoring.paired import PairedComparison, compare_runs


@dataclass(frozen=True, slots=True)
class GroupedModel:
    """A model's mean credit on its items, refusals among them as 0. Models that share a letter are not told
    apart."""

    name: str
    items: int
    articles: int
    rate: float | None
    standard_error: float | None
    low: float | None
    high: float | None
    letters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ModelPair:
    """Two models on their common items. ``adjusted_p`` is Holm's over all pairs of the slice that could be
    tested, ``None`` where this one could not; then it counts as not different."""

    first: str
    second: str
    comparison: PairedComparison
    adjusted_p: float | None
    is_different: bool


@dataclass(frozen=True, slots=True)
class Grouping:
    """Models by falling rate, those without one last; pairs in that order too."""

    models: tuple[GroupedModel, ...]
    pairs: tuple[ModelPair, ...]


def group_models(models: Mapping[str, Credits], *, alpha: float = 0.05) -> Grouping:
    """Compare every pair of models by article on their common items, and letter the groups.

    Sharing a letter does not show that two models are equal, only that this slice does not tell them apart.
    """
    return group_totals(
        {name: totals_of(credits) for name, credits in models.items()},
        lambda one, other: compare_runs(models[one], models[other], resamples=0),
        alpha=alpha,
    )


def group_totals(
    totals: Mapping[str, ArticleTotals],
    compare: Callable[[str, str], PairedComparison],
    *,
    alpha: float = 0.05,
) -> Grouping:
    """As :func:`group_models`, from each model's credits by article and what compares two by their names."""
    rates = {name: found.mean if found.items else -1.0 for name, found in totals.items()}
    names = sorted(totals, key=lambda name: (-rates[name], name))
    pairs = _pairs(compare, names, alpha)
    letters = compact_letters(
        names, {frozenset((pair.first, pair.second)) for pair in pairs if pair.is_different}
    )
    grouped = []
    for name in names:
        found = totals[name]
        low, high = rate_interval(found) if found.items else (None, None)
        grouped.append(
            GroupedModel(
                name=name,
                items=found.items,
                articles=found.articles,
                rate=found.mean if found.items else None,
                standard_error=standard_error(found),
                low=low,
                high=high,
                letters=letters[name] if found.items else (),
            )
        )
    return Grouping(tuple(grouped), tuple(pairs))


def _pairs(
    compare: Callable[[str, str], PairedComparison], names: Sequence[str], alpha: float
) -> list[ModelPair]:
    compared = [(one, other, compare(one, other)) for one, other in combinations(names, 2)]
    tested = [at for at, (*_, found) in enumerate(compared) if found.p_value is not None]
    adjusted = dict(zip(tested, holm([compared[at][2].p_value or 0.0 for at in tested]), strict=True))
    return [
        ModelPair(one, other, found, adjusted.get(at), adjusted.get(at, 1.0) < alpha)
        for at, (one, other, found) in enumerate(compared)
    ]


def compact_letters(
    names: Sequence[str], different: AbstractSet[frozenset[str]]
) -> dict[str, tuple[str, ...]]:
    """Letters by name, so that two names share one exactly when they are not ``different``.

    Insert and absorb (Piepho 2004): start from one group of all, split each group that holds a different
    pair, and drop groups inside others. Groups are lettered in the order of their first members. After 52
    letters come (53), (54) and so on.
    """
    place = {name: at for at, name in enumerate(names)}
    groups = [frozenset(names)]
    for pair in sorted(different, key=lambda pair: sorted(place[name] for name in pair)):
        split = []
        for group in groups:
            split += [group - {name} for name in pair] if pair <= group else [group]
        groups = [
            group
            for at, group in enumerate(split)
            if not any(
                group < other or (group == other and before < at) for before, other in enumerate(split)
            )
        ]
    groups.sort(key=lambda group: sorted(place[name] for name in group))
    lettered = [(_letter(at), group) for at, group in enumerate(groups)]
    return {name: tuple(letter for letter, group in lettered if name in group) for name in names}


def _letter(at: int) -> str:
    return ascii_letters[at] if at < len(ascii_letters) else f"({at + 1})"
