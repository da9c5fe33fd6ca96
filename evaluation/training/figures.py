"""Figures of a training report: rates, paired differences and lengths, per part, measure and slice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from enum import StrEnum
from statistics import fmean
from typing import Any

from evaluation.publishing.rows import Part, ReleaseRow
from evaluation.scoring.metrics import ALL, Dimension, ScoredItem, SliceScore, credits_of, score_slices
from evaluation.scoring.outcomes import ItemOutcome
from evaluation.scoring.paired import compare_runs
from evaluation.training.measures import Measure, Scores, scored_items


class Weights(StrEnum):
    """Which weights were scored."""

    START = "start"
    TRAINED = "trained"
    CONTROL = "control"  # trained on the same pairs with half of the labels exchanged
    RANDOM = "random"  # same shape, never trained


COMPARED = (
    (Weights.TRAINED, Weights.START),
    (Weights.CONTROL, Weights.START),
    (Weights.TRAINED, Weights.CONTROL),
)

Found = Mapping[Weights, Mapping[Part, Scores]]
Scored = Mapping[tuple[Part, Measure], Mapping[Weights, list[ScoredItem]]]


def measures_of(weights: Weights, found: Scores) -> list[Measure]:
    """What can be read of these weights. Weights that did not begin at the start gained nothing
    since, so they have no implicit reward."""
    return [
        measure
        for measure in Measure
        if (measure is not Measure.LETTERS or any(one.letters for one in found.values()))
        and (measure is not Measure.REWARD or weights is not Weights.RANDOM)
    ]


def outcomes(rows: Mapping[Part, Sequence[ReleaseRow]], found: Found) -> Scored:
    """Scored items by part and measure, then by weights."""
    scored: dict[tuple[Part, Measure], dict[Weights, list[ScoredItem]]] = defaultdict(dict)
    for part, items in rows.items():
        for weights, parts in found.items():
            for measure in measures_of(weights, parts[part]):
                scored[part, measure][weights] = scored_items(
                    items, parts[part], found[Weights.START][part], measure
                )
    return dict(scored)


def rates(scored: Scored) -> list[dict[str, Any]]:
    """One line per part, measure, weights and slice: nation x type, then each nation, types pooled."""
    return [
        {
            "part": str(part),
            "measure": str(measure),
            "weights": str(weights),
            **_place(score),
            "items": score.items,
            "answered": score.answered,
            "articles": score.articles,
            "rate": score.rate,
            "low": score.low,
            "high": score.high,
            "flip_rate": score.flip_rate,
        }
        for (part, measure), by_weights in scored.items()
        for weights, items in by_weights.items()
        for score in score_slices(items)
    ]


def _place(score: SliceScore) -> dict[str, str]:
    return {
        "nation": score.value(Dimension.NATION),
        "source_type": score.value(Dimension.SOURCE_TYPE),
    }


def lengths(rows: Mapping[Part, Sequence[ReleaseRow]], start: Mapping[Part, Scores]) -> list[dict[str, Any]]:
    """Mean tokens of S and of RS per part and nation x type, and the share of items in which S is shorter:
    a likelihood summed over tokens favours the shorter."""
    lines = []
    for part, items in rows.items():
        slices: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
        for row in items:
            found = start[part][row.id]
            if found.statement is not None and found.reversed is not None:
                slices[row.nation, row.source_type].append((found.statement.tokens, found.reversed.tokens))
        for (nation, source_type), pairs in sorted(slices.items()):
            lines.append(
                {
                    "part": str(part),
                    "nation": nation,
                    "source_type": source_type,
                    "items": len(pairs),
                    "statement_tokens": fmean(ours for ours, _ in pairs),
                    "reversed_tokens": fmean(theirs for _, theirs in pairs),
                    "statement_shorter": fmean(ours < theirs for ours, theirs in pairs),
                    "reversed_shorter": fmean(ours > theirs for ours, theirs in pairs),
                }
            )
    return lines


def differences(scored: Scored) -> list[dict[str, Any]]:
    """One line per part, measure, slice and two weights that were both scored: mean difference of credits on
    the items both answered, its article-clustered 95 % interval, and how many items rose and fell."""
    return [
        {
            "part": str(part),
            "measure": str(measure),
            "of": str(of),
            "against": str(against),
            "nation": nation,
            "source_type": source_type,
            **_difference(by_weights[of], by_weights[against], nation, source_type),
        }
        for (part, measure), by_weights in scored.items()
        for of, against in COMPARED
        if of in by_weights and against in by_weights
        for nation, source_type in _slices(by_weights[of])
    ]


def _slices(items: Sequence[ScoredItem]) -> list[tuple[str, str]]:
    return [
        (score.value(Dimension.NATION), score.value(Dimension.SOURCE_TYPE)) for score in score_slices(items)
    ]


def _difference(
    ours: Sequence[ScoredItem], theirs: Sequence[ScoredItem], nation: str, source_type: str
) -> dict[str, Any]:
    first, second = (
        credits_of(
            item
            for item in items
            if item.nation == nation
            and source_type in (ALL, item.source_type)
            # Weights are not asked in words: an item without an outcome was not scored.
            and item.outcome is not ItemOutcome.INVALID
        )
        for items in (ours, theirs)
    )
    found = compare_runs(first, second, resamples=0)
    return {
        "items": found.items,
        "articles": found.articles,
        "difference": found.difference,
        "low": found.low,
        "high": found.high,
        "p_value": found.p_value,
        "rose": found.first_higher,
        "fell": found.second_higher,
    }
