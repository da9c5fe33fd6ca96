"""The figures of a run, computed from its stored answers alone."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from typing import Any

from evaluation.models import Answer, EvalRun, Method, Outcome
from evaluation.scoring.metrics import ALL, Dimension, ScoredItem, Slice, score_slice, score_slices
from evaluation.scoring.multiple_choice import OptionOrder
from evaluation.scoring.outcomes import Choice, ItemOutcome, combine_orders
from evaluation.services.protocols.verdicts import item_outcome

_FIELDS = (
    "item_id",
    "order",
    "outcome",
    "judge_reply",
    "item__nation_id",
    "item__source_type",
    "item__article_key",
)


def summarise_run(run: EvalRun) -> list[dict[str, Any]]:
    """One row per slice: the figures of :class:`~evaluation.scoring.metrics.SliceScore` and ``failed``, the
    number of its items begun that still lack an answer. A nation's types pooled have the type ``all``."""
    by_item: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in Answer.objects.filter(run=run).order_by("item__key", "order").values(*_FIELDS).iterator():
        by_item[row["item_id"]].append(row)
    scored: list[ScoredItem] = []
    failures: dict[tuple[str, str], int] = defaultdict(int)
    for rows in by_item.values():
        nation, source_type = rows[0]["item__nation_id"], rows[0]["item__source_type"]
        outcome = _outcome(run.method, rows)
        if outcome is None:
            for key in ((nation, source_type), (nation, ALL)):
                failures[key] += 1
        else:
            scored.append(ScoredItem(nation, source_type, rows[0]["item__article_key"], outcome))
    scores = score_slices(scored)
    seen = {score.slice for score in scores}
    # A slice of which every item failed has no figures, but its failures count.
    unseen = (_slice(*key) for key in sorted(failures) if _slice(*key) not in seen)
    summary = []
    for score in (*scores, *(score_slice(where, []) for where in unseen)):
        key = score.value(Dimension.NATION), score.value(Dimension.SOURCE_TYPE)
        figures = {name: value for name, value in asdict(score).items() if name != "slice"}
        summary.append({"nation": key[0], "source_type": key[1], **figures, "failed": failures[key]})
    return summary


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
