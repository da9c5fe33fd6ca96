"""The language model as labeller of topics: a name of at most five words from keywords and exemplars."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator

from pipeline.engines.client import ChatRequest, LanguageModel, available
from pipeline.engines.replies import FilledText, Reply
from pipeline.prompts import model_version, render
from pipeline.topics.labels import LABEL_WORDS, LabelResult

EXEMPLARS = 4
EXEMPLAR_LENGTH = 1_000  # characters
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
_HAN_PER_WORD = 2


def count_words(text: str) -> int:
    """Words of a label; two Chinese characters count as one."""
    han = len(_HAN.findall(text))
    return len(_HAN.sub(" ", text).split()) + math.ceil(han / _HAN_PER_WORD)


def _short(label: str) -> str:
    if count_words(label) > LABEL_WORDS:
        raise ValueError(
            f"must have at most {LABEL_WORDS} words (in Chinese {LABEL_WORDS * _HAN_PER_WORD} characters)"
        )
    return label


class TopicLabelReply(Reply):
    """What the model answers."""

    label: Annotated[FilledText, AfterValidator(_short)]


class TopicLabelModel:
    """Names topics. A label that is too long is asked for once more, then an error with the reply kept."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        self.version = model_version(model.name, "topic_label")

    def label(self, keywords: Sequence[str], exemplar_texts: Sequence[str], language: str) -> LabelResult:
        """A label in ``language`` for a topic; ``keywords`` best first."""
        prompt = render(
            "topic_label",
            language=language,
            keywords=list(keywords),
            exemplars=[text[:EXEMPLAR_LENGTH] for text in exemplar_texts[:EXEMPLARS]],
        )
        request = ChatRequest(prompt.messages, TopicLabelReply, prompt.task)
        reply = available(self._model.complete(request), self._model)
        label = reply.parsed.label if isinstance(reply.parsed, TopicLabelReply) and not reply.error else ""
        return LabelResult(label=label, raw=reply.raw, prompt_digest=prompt.digest, error=reply.error)
