"""The figures of a run, computed from its stored answers alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import Count, Q

from evaluation.models import Answer, EvalRun, Method, Outcome
from evaluation.scoring.metrics import ALL, Dimension, ScoredItem, Slice, score_slice, score_slices
from evaluation.scoring.multiple_choice import OptionOrder
from evaluation.scoring.outcomes import Choice, ItemOutcome, combine_orders
from evaluation.services.runs.orders import bias_by_slice
from evaluation.services.runs.protocols.verdicts import item_outcome

_FIELDS = (
    "item_id",
    "order",
    "outcome",
    "judge_reply",
    "item__key",
    "item__nation_id",
    "item__source_type",
    "item__article_key",
    "item__topic",
    "item__language",
    "item__is_contested",
    "item__period",
)


def summarise_run(run: EvalRun) -> list[dict[str, Any]]:
    """One row per slice: the figures of :class:`~evaluation.scoring.metrics.SliceScore` and ``failed``, the
    number of its items begun that still lack an answer. A nation's types pooled have the type ``all``."""
    failures: dict[tuple[str, str], int] = defaultdict(int)
    scored: list[ScoredItem] = []
    for item, outcome in item_outcomes(run):
        if outcome is None:
            for source_type in (item["item__source_type"], ALL):
                failures[item["item__nation_id"], source_type] += 1
        else:
            scored.append(_scored(item, outcome))
    return slice_rows(scored, failures)


def scored_items(run: EvalRun) -> list[ScoredItem]:
    """What every item of a run came to, those without all their answers left out."""
    return [_scored(item, outcome) for item, outcome in item_outcomes(run) if outcome is not None]


def slice_rows(
    scored: Iterable[ScoredItem], failures: Mapping[tuple[str, str], int] | None = None
) -> list[dict[str, Any]]:
    """Rows of a summary; ``failures`` counts by nation and type (or ``all``)."""
    failures = failures or {}
    scores = score_slices(scored)
    seen = {score.slice for score in scores}
    # A slice of which every item failed has no figures, but its failures count.
    unseen = (_slice(*key) for key in sorted(failures) if _slice(*key) not in seen)
    summary = []
    for score in (*scores, *(score_slice(where, []) for where in unseen)):
        key = score.value(Dimension.NATION), score.value(Dimension.SOURCE_TYPE)
        figures = {name: value for name, value in asdict(score).items() if name != "slice"}
        failed = failures.get(key, 0)
        summary.append({"nation": key[0], "source_type": key[1], **figures, "failed": failed})
    return summary


def item_outcomes(run: EvalRun) -> Iterator[tuple[dict[str, Any], ItemOutcome | None]]:
    """Each item of a run with what it came to, by key; ``None`` while an order is missing or failed."""
    answers = Answer.objects.filter(run=run).order_by("item__key", "order").values(*_FIELDS)
    for _, rows in groupby(answers.iterator(), key=itemgetter("item_id")):
        kept = list(rows)
        yield kept[0], _outcome(run.method, kept)


def language_figures(run: EvalRun) -> dict[str, dict[str, Any]]:
    """Of free answers, by nation: how many are in the item's language, how many are not, how many do not
    tell."""
    rows = (
        Answer.objects.filter(run=run)
        .exclude(reply="")
        .order_by("item__nation_id")
        .values("item__nation_id")
        .annotate(
            answers=Count("pk"),
            in_language=Count("pk", filter=Q(is_in_language=True)),
            other_language=Count("pk", filter=Q(is_in_language=False)),
        )
    )
    found = {}
    for row in rows:
        nation = row.pop("item__nation_id")
        told = row["in_language"] + row["other_language"]
        found[nation] = {**row, "other_language_share": row["other_language"] / told if told else None}
    return found


def run_figures(run: EvalRun) -> dict[str, Any]:
    """Figures of the whole run, by what they are about."""
    if run.method == Method.ANSWER_JUDGEMENT:
        return {"language": language_figures(run)}
    return {"option_bias": bias_by_slice(run)}


def _scored(item: Mapping[str, Any], outcome: ItemOutcome) -> ScoredItem:
    return ScoredItem(
        item["item__nation_id"],
        item["item__source_type"],
        item["item__article_key"],
        outcome,
        key=item["item__key"],
        topic=item["item__topic"],
        language=item["item__language"],
        is_contested=item["item__is_contested"],
        period=item["item__period"],
    )


def _slice(nation: str, source_type: str) -> Slice:
    named = ((Dimension.NATION, nation), (Dimension.SOURCE_TYPE, source_type))
    return named[:1] if source_type == ALL else named


def _outcome(method: str, rows: list[dict[str, Any]]) -> ItemOutcome | None:
    """What an item came to; ``None`` while an order is missing or failed."""
    if any(row["outcome"] == Outcome.ERROR for row in rows):
        return None
    if rows[0]["order"] == Answer.Order.NONE:
        if method == Method.ANSWER_JUDGEMENT:
            return item_outcome(rows[0]["judge_reply"], rows[0]["outcome"])
        return ItemOutcome(rows[0]["outcome"])
    by_order = {row["order"]: Choice(row["outcome"]) for row in rows}
    if set(by_order) != set(OptionOrder):
        return None
    return combine_orders(by_order[OptionOrder.STATEMENT_FIRST], by_order[OptionOrder.REVERSED_FIRST])
