"""Protocols of the n-gram baseline: option likelihood, and free answers judged by word overlap."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from evaluation.engines.probe import Probe
from evaluation.engines.random_bytes import RandomScorer
from evaluation.models import Answer, Outcome, ProtocolKind
from evaluation.scoring.answer_judgement import combine_verdicts, positions
from evaluation.scoring.answer_token import first_probability
from evaluation.scoring.likelihood import beyond_noise
from evaluation.scoring.multiple_choice import BOTH_ORDERS
from evaluation.scoring.ngram import NgramModel
from evaluation.scoring.overlap_judge import NAME as OVERLAP_JUDGE
from evaluation.scoring.overlap_judge import judge
from evaluation.scoring.reasoning import without_reasoning
from evaluation.scoring.refusals import is_refusal
from evaluation.services.runs.protocols.base import AskedBy, Work, leading
from evaluation.services.runs.protocols.continuation import compare
from evaluation.services.runs.protocols.verdicts import answer_outcome, verdicts_text

_EMBEDDED = Probe(True, "it is embedded")
_CONTROL_SEED = 20_240_613


class OptionLikelihood:
    """The option with the higher mean log probability per character after the question. Neither is shown, so
    there is no order."""

    def __init__(self, models: Mapping[str, NgramModel], digest: str, parameters: dict[str, object]) -> None:
        """``models`` by language; ``digest`` of what they were trained on."""
        self._models = models
        self.about = AskedBy(
            ProtocolKind.LIKELIHOOD_CHARACTER, (Answer.Order.NONE.value,), digest, parameters=parameters
        )

    def probe(self) -> Probe:
        """It always gives likelihoods."""
        return _EMBEDDED

    def control(self, work: Iterable[Work]) -> tuple[str, int, Iterator[Answer]]:
        """Name and seed of a model with random weights, and its answers to the same work."""
        scorer = RandomScorer(_CONTROL_SEED)
        return scorer.name, _CONTROL_SEED, compare(scorer, self.about.kind, work)

    def ask(self, work: Iterable[Work]) -> Iterator[Answer]:
        """Compare S and RS; equal likelihoods are a tie."""
        for piece in work:
            item = piece.item
            model = self._models[item.language]
            context = item.question + "\n"
            for_statement = model.log_probability(item.statement, context)
            for_reversed = model.log_probability(item.reversed_statement, context)
            lead = beyond_noise(for_statement - for_reversed, for_statement, for_reversed)
            yield Answer(
                item=item,
                order=piece.order,
                outcome=leading(lead),
                reply=json.dumps({"statement": for_statement, "reversed": for_reversed}),
                probability=first_probability(lead),
            )


class GeneratedAnswer:
    """A sampled continuation of the question, judged by word overlap in both orders."""

    def __init__(self, models: Mapping[str, NgramModel], digest: str, parameters: dict[str, object]) -> None:
        """``models`` by language; ``digest`` of what they were trained on."""
        self._models = models
        self.about = AskedBy(
            ProtocolKind.FREE_ANSWER,
            (Answer.Order.NONE.value,),
            digest,
            judge=OVERLAP_JUDGE,
            parameters=parameters,
        )

    def probe(self) -> Probe:
        """It always answers."""
        return _EMBEDDED

    def ask(self, work: Iterable[Work]) -> Iterator[Answer]:
        """Seeded by the item's key, so the same item always gets the same answer."""
        for piece in work:
            item = piece.item
            reply = self._models[item.language].generate(item.question + "\n", seed=int(item.key[:16], 16))
            yield overlap_judged(piece, reply)


def overlap_judged(work: Work, reply: str) -> Answer:
    """The answer as the embedded word-overlap judge sees it, without its reasoning; one that declines is not
    judged, since the words of a refusal are nearer to one position only by chance."""
    item = work.item
    said = without_reasoning(reply)
    if is_refusal(reply):
        return Answer(item=item, order=work.order, reply=reply, outcome=Outcome.REFUSAL)
    verdicts = {
        order: judge(said, *positions(item.statement, item.reversed_statement, order))
        for order in BOTH_ORDERS
    }
    return Answer(
        item=item,
        order=work.order,
        reply=reply,
        judge_reply=verdicts_text(verdicts),
        outcome=answer_outcome(combine_verdicts(verdicts)) if said else Outcome.INVALID,
    )
