"""Attribution by a language model with the article in view: quoted, official or unknown, and who."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Literal

from pipeline.engines.ask import Conversation, converse
from pipeline.engines.client import ChatRequest, LanguageModel
from pipeline.engines.confidence import SAMPLES, ask_label
from pipeline.engines.replies import CleanText, Reply
from pipeline.prompts import model_version, render
from pipeline.records import Attribution, DocumentRecord, Judgement, SourceType, StatementRecord
from pipeline.stage import Result, Scope

WHOLE = 12_000  # characters up to which an article is shown whole
LEAD = 1_500  # of a longer one: its beginning
AROUND = 5_000  # and so much before and after the evidence
LEFT_OUT = "\n[...]\n"
LONGEST_SPEAKER = 200
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")


class AttributionReply(Reply):
    """What the model answers."""

    label: Literal["quoted", "official", "unknown"]
    speaker: CleanText
    rationale: CleanText


class AttributionModel:
    """Stage[StatementRecord, Attribution].

    A speaker who is neither in the article nor the recorded one is dropped; a quoted statement without a
    speaker is unknown, with confidence of at most 0.5, and says so. A named speaker of an official one is an
    office holder.
    """

    name = "attribution"
    scope = Scope.ITEM

    def __init__(self, model: LanguageModel, samples: int = SAMPLES) -> None:
        self._model = model
        self._samples = samples
        self.version = model_version(model.name, "attribution")

    def run(self, items: Iterable[StatementRecord]) -> Iterator[Result[Attribution]]:
        """One result per statement, in any order."""
        return converse(self._model, (self._attribute(item) for item in items))

    def _attribute(self, item: StatementRecord) -> Conversation[Result[Attribution]]:
        document = item.document
        prompt = render(
            "attribution",
            statement=item.text,
            evidence=document.text[slice(*item.span)],
            title=document.title,
            outlet=document.outlet,
            outlet_kind=str(document.outlet_kind),
            recorded_speaker=document.speaker,
            published=document.published.isoformat() if document.published else "",
            article=article_view(document.text, item.span),
        )
        request = ChatRequest(prompt.messages, AttributionReply, prompt.task)
        found = yield from ask_label(request, samples=self._samples)
        outputs: tuple[Attribution, ...] = ()
        reply = found.reply.parsed
        if isinstance(reply, AttributionReply) and not found.error:
            label, confidence, rationale = found.label, found.confidence, reply.rationale
            speaker = reply.speaker if label != SourceType.UNKNOWN else ""
            if speaker and not is_named(speaker, document):
                rationale = f"{rationale} (speaker {speaker[:60]!r} is not in the article)".strip()
                speaker = ""
            if label == SourceType.QUOTED and not speaker:
                label, confidence = SourceType.UNKNOWN, min(confidence, 0.5)
                rationale = f"{rationale} (judged quoted, but no speaker can be named)".strip()
            judgement = Judgement(label, confidence, rationale, found.evidence)
            speaks_for_state = label == SourceType.OFFICIAL and bool(speaker)
            outputs = (Attribution(judgement, speaker, is_office_holder=speaks_for_state),)
        return Result(item.key, outputs, found.error, found.raw, prompt.digest, prompt.input_digest)


def article_view(text: str, span: tuple[int, int]) -> str:
    """The article, or of a long one its beginning and what stands around the span."""
    if len(text) <= WHOLE:
        return text
    start, end = max(0, span[0] - AROUND), min(len(text), span[1] + AROUND)
    if start <= LEAD:
        return text[:end] + (LEFT_OUT if end < len(text) else "")
    return text[:LEAD] + LEFT_OUT + text[start:end] + (LEFT_OUT if end < len(text) else "")


def is_named(speaker: str, document: DocumentRecord) -> bool:
    """Whether a speaker is the recorded one or occurs, as whole words, in the article or its title."""
    name = _plain(speaker)
    if not name or len(name) > LONGEST_SPEAKER:
        return False
    if name == _plain(document.speaker):
        return True
    text = _plain(f"{document.title}\n{document.text}")
    if _WIDE.search(name):
        return name in text
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
