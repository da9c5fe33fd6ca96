"""The language model as judge of pairs: asked in both orders, unsure where the two answers differ."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import Literal

from pipeline.engines.ask import Conversation, converse
from pipeline.engines.client import ChatRequest, LanguageModel
from pipeline.engines.confidence import SAMPLES, Labelled, ask_label
from pipeline.engines.replies import CleanText, Reply
from pipeline.prompts import model_version, render
from pipeline.records import ConflictItem, Edge, Relation

logger = logging.getLogger(__name__)
DISAGREED = 0.5  # the most a relation can be trusted that changes with the order


class ConflictReply(Reply):
    """What the model answers."""

    relation: Literal["contradiction", "compatible", "different_time", "different_scope", "duplicate"]
    rationale: CleanText


class PairJudgeModel:
    """Judges candidate pairs. ``failed`` maps a pair of keys to why the last ``judge`` gave it no edge."""

    def __init__(self, model: LanguageModel, samples: int = SAMPLES) -> None:
        self._model = model
        self._samples = samples
        self.version = model_version(model.name, "conflict")
        self.failed: dict[tuple[int, int], str] = {}

    def judge(self, pairs: Iterable[tuple[ConflictItem, ConflictItem, float]]) -> Iterator[Edge]:
        """Yield an edge per pair ``(statement, statement, similarity)``, in any order.

        A pair seen before, in either order, is passed over; one that could not be judged has no edge and is
        in ``failed``. Raises ``ValueError`` for a statement paired with itself.
        """
        self.failed = {}
        for edge in converse(self._model, (self._judge(*pair) for pair in _distinct(pairs))):
            if edge is not None:
                yield edge
        if self.failed:
            example = next(iter(self.failed.items()))
            logger.warning("%d pairs could not be judged, such as %s: %s", len(self.failed), *example)

    def _judge(
        self, first: ConflictItem, second: ConflictItem, similarity: float
    ) -> Conversation[Edge | None]:
        forward = yield from ask_label(_request(first, second), "relation", self._samples)
        if forward.error:
            self.failed[first.key, second.key] = forward.error
            return None
        backward = yield from ask_label(_request(second, first), "relation", self._samples)
        if backward.error:
            self.failed[first.key, second.key] = backward.error
            return None
        relation, confidence, rationale = _combined(forward, backward)
        raw = f"{forward.raw}\n{backward.raw}"
        return Edge(
            first.key,
            second.key,
            relation,
            confidence,
            similarity,
            rationale,
            raw,
            is_one_way=forward.label != backward.label,
        )


def _distinct(
    pairs: Iterable[tuple[ConflictItem, ConflictItem, float]],
) -> Iterator[tuple[ConflictItem, ConflictItem, float]]:
    """Each pair once, the smaller key first."""
    seen: set[tuple[int, int]] = set()
    for one, other, similarity in pairs:
        first, second = sorted((one, other), key=lambda item: item.key)
        if first.key == second.key:
            raise ValueError(f"statement {first.key} cannot be paired with itself")
        if (first.key, second.key) not in seen:
            seen.add((first.key, second.key))
            yield first, second, similarity


def _request(first: ConflictItem, second: ConflictItem) -> ChatRequest:
    prompt = render("conflict", first=_shown(first), second=_shown(second))
    return ChatRequest(prompt.messages, ConflictReply, prompt.task)


def _shown(item: ConflictItem) -> dict[str, str]:
    as_of = item.as_of.isoformat() if item.as_of else ""
    return {"text": item.text, "speaker": item.speaker, "outlet": item.outlet, "as_of": as_of}


def _combined(forward: Labelled, backward: Labelled) -> tuple[Relation, float, str]:
    """Relation, confidence and rationale of the answers to both orders."""
    source = f"confidence from {forward.source}"
    if forward.source != backward.source:
        source += f" and {backward.source}"
    if forward.label == backward.label:
        confidence = (forward.confidence + backward.confidence) / 2
        return Relation(forward.label), confidence, f"{_rationale(forward)} ({source})".strip()
    surer = backward if backward.confidence > forward.confidence else forward
    rationale = (
        f"the orders disagree: {forward.label} as given, {backward.label} the other way round. "
        f"{_rationale(surer)} ({source})"
    )
    return Relation(surer.label), min(DISAGREED, surer.confidence), rationale


def _rationale(found: Labelled) -> str:
    return found.reply.parsed.rationale if isinstance(found.reply.parsed, ConflictReply) else ""
