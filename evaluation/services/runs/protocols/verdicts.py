"""Verdicts of both orders as an answer keeps them, and read back."""

from __future__ import annotations

import json
from collections.abc import Mapping

from evaluation.models import Outcome
from evaluation.scoring.answer_judgement import Verdict, combine_verdicts
from evaluation.scoring.multiple_choice import OptionOrder
from evaluation.scoring.outcomes import ItemOutcome


def verdicts_text(
    verdicts: Mapping[OptionOrder, Verdict], replies: Mapping[OptionOrder, str] | None = None
) -> str:
    """JSON of order to verdict and, where a model judged, its raw reply."""
    kept = {
        str(order): {"verdict": str(verdict), **({"reply": replies[order]} if replies else {})}
        for order, verdict in verdicts.items()
    }
    return json.dumps(kept, ensure_ascii=False)


def item_outcome(judge_reply: str, outcome: str) -> ItemOutcome:
    """What a judged answer came to, flips told apart from ties; ``outcome`` where no judge was asked."""
    if not judge_reply or outcome == Outcome.INVALID:
        return ItemOutcome(outcome)
    kept = json.loads(judge_reply)
    return combine_verdicts({OptionOrder(order): Verdict(one["verdict"]) for order, one in kept.items()})


def answer_outcome(outcome: ItemOutcome) -> Outcome:
    """The answer table has no flip: a judge who follows the position finds the answer no nearer to either."""
    return Outcome.TIE if outcome is ItemOutcome.FLIP else Outcome(outcome)
