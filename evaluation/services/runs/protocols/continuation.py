"""Option likelihood: which of S and RS a model finds the likelier continuation of the question."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from evaluation.engines.probe import Probe
from evaluation.models import Answer, ProtocolKind, ReleaseItem
from evaluation.scoring.answer_token import first_probability
from evaluation.scoring.likelihood import OptionScore, option_lead
from evaluation.services.runs.protocols.base import AskedBy, Work, failed, leading
from evaluation.services.runs.protocols.place import Place
from pipeline.engines.digests import request_digest
from pipeline.engines.likelihood import ContinuationScorer, ScoreReply, ScoreRequest
from pipeline.locked import text_digest

DELIMITER = " "  # between question and option, as in lm-evaluation-harness
_LABEL = "likelihood"  # the variants read the same replies
_STATEMENT, _REVERSED, _ALONE = "statement", "reversed", "_alone"
_CONTROL_SEED = 20_240_613


class ContinuationLikelihood:
    """Compares the options' log-likelihoods after the question. Neither is shown, so there is no order."""

    def __init__(self, place: Place, kind: ProtocolKind, parameters: dict[str, Any]) -> None:
        """``kind`` is one of :data:`~evaluation.scoring.protocol_kind.LIKELIHOODS`."""
        self._place = place
        self._kind = kind
        self.about = AskedBy(
            kind,
            (Answer.Order.NONE.value,),
            text_digest(f"{{question}}{DELIMITER}{{option}}"),
            parameters={**parameters, "delimiter": DELIMITER},
            place=place.about,
            prices=place.prices,
        )

    def probe(self) -> Probe:
        """Whether it gives log-probabilities of a text it has not written."""
        return self._place.probe(self._kind)

    def ask(self, work: Iterable[Work]) -> Iterator[Answer]:
        """Two requests an item, four for PMI."""
        yield from compare(self._place.engine, self._kind, work)

    def control(self, work: Iterable[Work]) -> tuple[str, int, Iterator[Answer]]:
        """Name and seed of a model with random weights, and its answers to the same work."""
        scorer = self._place.control(_CONTROL_SEED)
        return scorer.name, _CONTROL_SEED, compare(scorer, self._kind, work)


def compare(scorer: ContinuationScorer, kind: ProtocolKind, work: Iterable[Work]) -> Iterator[Answer]:
    """One answer per piece of work; values that differ by no more than noise are a
    tie, a missing log-probability is an error."""
    under_way: dict[int, tuple[Work, str]] = {}
    replies: dict[int, dict[str, ScoreReply]] = {}
    names = _names(kind)

    def requests() -> Iterator[ScoreRequest]:
        for place, (piece, name) in enumerate((piece, name) for piece in work for name in names):
            under_way[place] = piece, name
            yield score_request(piece, name)

    for position, reply in scorer.score_many(requests()):
        piece, name = under_way.pop(position)
        got = replies.setdefault(piece.item.pk, {})
        got[name] = reply
        if len(got) == len(names):
            yield _read(kind, piece, replies.pop(piece.item.pk))


def score_request(work: Work, name: str) -> ScoreRequest:
    """The request for one option: ``statement`` or ``reversed`` after the question, or ``..._alone``."""
    option = _option(work.item, name)
    context = "" if name.endswith(_ALONE) else work.item.question
    return ScoreRequest(context, DELIMITER + option, work.label(_LABEL, name))


def _names(kind: ProtocolKind) -> tuple[str, ...]:
    pair = (_STATEMENT, _REVERSED)
    is_pmi = kind is ProtocolKind.LIKELIHOOD_PMI
    return (*pair, *(name + _ALONE for name in pair)) if is_pmi else pair


def _option(item: ReleaseItem, name: str) -> str:
    return item.statement if name.startswith(_STATEMENT) else item.reversed_statement


def _read(kind: ProtocolKind, work: Work, replies: dict[str, ScoreReply]) -> Answer:
    errors = [reply.error for reply in replies.values() if reply.error]
    if errors:
        return failed(work, errors[0])
    details = {
        name: {"log_likelihood": reply.total, "tokens": len(reply.logprobs)}
        for name, reply in replies.items()
    }
    scores = [
        OptionScore(
            replies[name].total,
            len(replies[name].logprobs),
            len(_option(work.item, name)),
            replies[name + _ALONE].total if name + _ALONE in replies else None,
        )
        for name in (_STATEMENT, _REVERSED)
    ]
    lead = option_lead(kind, *scores)
    asked = [request_digest(score_request(work, name)) for name in sorted(replies)]
    return Answer(
        item=work.item,
        order=work.order,
        outcome=leading(lead),
        details=details,
        probability=first_probability(lead),
        prompt_digest=text_digest(" ".join(asked)),
        prompt_tokens=sum(reply.tokens for reply in replies.values()) or None,
    )
