"""Runs with stored answers, as if models had been asked: what pages and figures are computed from."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from django.utils import timezone

from evaluation.models import (
    LIKELIHOODS,
    Answer,
    Backend,
    CandidateModel,
    EvalRun,
    ProtocolKind,
    Release,
    ReleaseItem,
    method_of,
)
from evaluation.services.runs.summary import summarise_run

_ORDERS = ("s_rs", "rs_s")
_VERDICTS = {
    "s_rs": {"statement": "first", "reversed": "second"},
    "rs_s": {"statement": "second", "reversed": "first"},
}
Outcomes = Callable[[ReleaseItem], Sequence[str]]


def answered_run(
    release: Release,
    name: str,
    outcomes: Sequence[str] | Outcomes,
    *,
    protocol: str = "letters",
    judge: str = "",
    status: str = "finished",
    holdout: bool = False,
    probability: float | None = None,
    reply: str = "A",
    **fields: Any,
) -> EvalRun:
    """A run in which every item came to ``outcomes``, one per order; a judged one keeps them as verdicts."""
    candidate, _ = CandidateModel.objects.get_or_create(name=name, defaults={"backend": Backend.OPENAI})
    kind = ProtocolKind(protocol)
    judge = judge or ("judge-x" if kind is ProtocolKind.FREE_ANSWER else "")
    run = EvalRun.objects.create(
        release=release,
        candidate=candidate,
        method=method_of(kind),
        protocol=kind,
        judge=judge,
        is_holdout=holdout,
        status=status,
        **fields,
    )
    answers = []
    for item in release.items.evaluated(holdout=holdout):
        found = list(outcomes(item) if callable(outcomes) else outcomes)
        answers += _answers(run, item, found, probability, reply)
    Answer.objects.bulk_create(answers, batch_size=500)
    run.summary = summarise_run(run)
    run.finished_at = timezone.now()
    run.save()
    return run


def _answers(
    run: EvalRun, item: ReleaseItem, found: list[str], probability: float | None, reply: str
) -> list[Answer]:
    given = {"run": run, "item": item, "reply": reply, "probability": probability}
    if run.judge:
        verdicts = {
            order: _VERDICTS[order].get(said, said) for order, said in zip(_ORDERS, found, strict=True)
        }
        told = json.dumps(
            {order: {"verdict": verdict, "reply": reply} for order, verdict in verdicts.items()}
        )
        outcome = found[0] if found[0] == found[1] else "tie"
        return [Answer(outcome=outcome, judge_reply=told, **given)]
    if run.protocol in LIKELIHOODS:
        return [Answer(outcome=found[0], **given)]
    return [
        Answer(order=order, outcome=outcome, **given) for order, outcome in zip(_ORDERS, found, strict=True)
    ]
