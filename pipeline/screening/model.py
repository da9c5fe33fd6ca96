"""Screening by a language model: topics, then statements, value-sensitive or not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from pipeline.engines.ask import Conversation, converse
from pipeline.engines.client import ChatRequest, LanguageModel
from pipeline.engines.confidence import SAMPLES, ask_label
from pipeline.engines.replies import CleanText, Reply
from pipeline.prompts import Prompt, model_version, render
from pipeline.records import Judgement, StatementRecord, TopicRecord
from pipeline.stage import Result, Scope

EXEMPLAR_LENGTH = 1_500  # characters shown of each exemplar
CONTEXT = 600  # characters shown before and after the evidence


class ScreeningReply(Reply):
    """What the model answers; the label comes first, so that its probability is not that of a rationale."""

    label: Literal["sensitive", "not_sensitive"]
    rationale: CleanText


class TopicScreeningModel:
    """Stage[TopicRecord, Judgement] over :class:`~pipeline.records.Sensitivity`."""

    name = "screening"
    scope = Scope.ITEM

    def __init__(self, model: LanguageModel, samples: int = SAMPLES) -> None:
        self._model = model
        self._samples = samples
        self.version = model_version(model.name, "topic_screening")

    def run(self, items: Iterable[TopicRecord]) -> Iterator[Result[Judgement]]:
        """One result per topic, in any order."""
        return converse(self._model, (self._screen(item) for item in items))

    def _screen(self, item: TopicRecord) -> Conversation[Result[Judgement]]:
        prompt = render(
            "topic_screening",
            topic_label=item.label,
            keywords=list(item.keywords),
            exemplars=[text[:EXEMPLAR_LENGTH] for text in item.exemplars],
        )
        return _judgement(item.key, prompt, self._samples)


class StatementScreeningModel:
    """Stage[StatementRecord, Judgement] over :class:`~pipeline.records.Sensitivity`."""

    name = "screening"
    scope = Scope.ITEM

    def __init__(self, model: LanguageModel, samples: int = SAMPLES) -> None:
        self._model = model
        self._samples = samples
        self.version = model_version(model.name, "statement_screening")

    def run(self, items: Iterable[StatementRecord]) -> Iterator[Result[Judgement]]:
        """One result per statement, in any order."""
        return converse(self._model, (self._screen(item) for item in items))

    def _screen(self, item: StatementRecord) -> Conversation[Result[Judgement]]:
        start, end = item.span
        prompt = render(
            "statement_screening",
            statement=item.text,
            title=item.document.title,
            context=item.document.text[max(0, start - CONTEXT) : end + CONTEXT],
        )
        return _judgement(item.key, prompt, self._samples)


def _judgement(key: int, prompt: Prompt, samples: int) -> Conversation[Result[Judgement]]:
    request = ChatRequest(prompt.messages, ScreeningReply, prompt.task)
    found = yield from ask_label(request, samples=samples)
    outputs: tuple[Judgement, ...] = ()
    if isinstance(found.reply.parsed, ScreeningReply) and not found.error:
        outputs = (Judgement(found.label, found.confidence, found.reply.parsed.rationale, found.evidence),)
    return Result(key, outputs, found.error, found.raw, prompt.digest, prompt.input_digest)
