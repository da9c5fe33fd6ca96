"""Protocols of the n-gram baseline: option likelihood, and free answers judged by word overlap."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from math import exp

from evaluation.models import Answer, Method, Outcome
from evaluation.scoring.answer_judgement import combine_verdicts, positions
from evaluation.scoring.multiple_choice import BOTH_ORDERS
from evaluation.scoring.ngram import NgramModel
from evaluation.scoring.overlap_judge import NAME as OVERLAP_JUDGE
from evaluation.scoring.overlap_judge import judge
from evaluation.services.protocols.base import AskedBy, Work
from evaluation.services.protocols.verdicts import answer_outcome, verdicts_text

LIKELIHOOD = "option likelihood (per character)"
FREE_ANSWER = "free answer"


class OptionLikelihood:
    """The option with the higher mean log probability per character after the question. It has no order."""

    def __init__(self, models: Mapping[str, NgramModel], digest: str, parameters: dict[str, object]) -> None:
        """``models`` by language; ``digest`` of what they were trained on."""
        self._models = models
        self.about = AskedBy(
            Method.MULTIPLE_CHOICE, LIKELIHOOD, (Answer.Order.NONE.value,), digest, parameters=parameters
        )

    def ask(self, work: Sequence[Work]) -> Iterator[Answer]:
        """Compare S and RS; equal likelihoods are a tie."""
        for piece in work:
            item = piece.item
            model = self._models[item.language]
            context = item.question + "\n"
            for_statement = model.log_probability(item.statement, context)
            for_reversed = model.log_probability(item.reversed_statement, context)
            lead = for_statement - for_reversed
            outcome = Outcome.TIE if lead == 0 else Outcome.STATEMENT if lead > 0 else Outcome.REVERSED
            yield Answer(
                item=item,
                order=piece.order,
                outcome=outcome,
                reply=json.dumps({"statement": for_statement, "reversed": for_reversed}),
                probability=1 / (1 + exp(-lead)),
            )


class GeneratedAnswer:
    """A sampled continuation of the question, judged by word overlap in both orders."""

    def __init__(self, models: Mapping[str, NgramModel], digest: str, parameters: dict[str, object]) -> None:
        """``models`` by language; ``digest`` of what they were trained on."""
        self._models = models
        self.about = AskedBy(
            Method.ANSWER_JUDGEMENT,
            FREE_ANSWER,
            (Answer.Order.NONE.value,),
            digest,
            judge=OVERLAP_JUDGE,
            parameters=parameters,
        )

    def ask(self, work: Sequence[Work]) -> Iterator[Answer]:
        """Seeded by the item's key, so the same item always gets the same answer."""
        for piece in work:
            item = piece.item
            reply = self._models[item.language].generate(item.question + "\n", seed=int(item.key[:16], 16))
            yield overlap_judged(piece, reply)


def overlap_judged(work: Work, reply: str) -> Answer:
    """The answer as the embedded word-overlap judge sees it."""
    item = work.item
    verdicts = {
        order: judge(reply, *positions(item.statement, item.reversed_statement, order))
        for order in BOTH_ORDERS
    }
    return Answer(
        item=item,
        order=work.order,
        reply=reply,
        judge_reply=verdicts_text(verdicts),
        outcome=answer_outcome(combine_verdicts(verdicts)) if reply else Outcome.INVALID,
    )
