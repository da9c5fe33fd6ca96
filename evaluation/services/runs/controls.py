"""The random-weights control that stands beside a likelihood run: the same items, the same variant."""

from __future__ import annotations

from evaluation.models import LIKELIHOODS, EvalRun, Outcome
from evaluation.scoring.metrics import ScoredItem
from evaluation.scoring.outcomes import ItemOutcome
from evaluation.scoring.random_control import CHANCE
from evaluation.services.figures.sheets import keep_control
from evaluation.services.runs.pending import answered_items, work_on
from evaluation.services.runs.protocols.base import AskingProtocol
from evaluation.services.runs.summary import slice_rows


def control_of(run: EvalRun, protocol: AskingProtocol) -> None:
    """Score a model with random weights on the items the run has answered, and keep the figures on the run.

    Does nothing for a protocol that is no likelihood, or where the control already stands for as many items.
    Where the control is away from one half, the items' form decides the comparison, not what a model knows.
    """
    if run.protocol not in LIKELIHOODS:
        return
    ids = answered_items(run)
    if not ids or run.control.get("items") == len(ids):
        return
    name, seed, answers = protocol.control(work_on(ids))  # type: ignore[attr-defined]
    scored = [
        ScoredItem(
            answer.item.nation_id,
            answer.item.source_type,
            answer.item.article_key,
            ItemOutcome(answer.outcome),
            key=answer.item.key,
        )
        for answer in answers
        if answer.outcome != Outcome.ERROR
    ]
    run.control = {
        "name": name,
        "seed": seed,
        "protocol": run.protocol,
        "line": CHANCE,
        "items": len(ids),
        "summary": slice_rows(scored),
    }
    run.save(update_fields=["control"])
    keep_control(run, {item.key: item.outcome for item in scored})
