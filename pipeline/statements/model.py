"""Extraction by a language model: all of a document is read, and every statement shows its evidence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from pipeline.engines.ask import Conversation, converse
from pipeline.engines.client import ChatReply, ChatRequest, LanguageModel
from pipeline.engines.confidence import UNMEASURED, mean_token_probability
from pipeline.engines.replies import CleanText, Reply
from pipeline.prompts import Prompt, model_version, render
from pipeline.records import DocumentRecord, ExtractedStatement
from pipeline.stage import Result, Scope
from pipeline.statements.chunks import CHUNK, chunks
from pipeline.statements.evidence import find_passage
from pipeline.statements.language import same_language

MAX_TOKENS = 4_096
_WORDS = re.compile(r"\w+")
LONGEST = 500  # characters of a statement: a sentence, not a paragraph
SMALLEST_CHUNK = 600  # characters; a reply cut off at a longer part is asked for again in halves


class StatementItem(Reply):
    """One statement of a reply."""

    statement: CleanText
    evidence: CleanText
    rationale: CleanText


class StatementsReply(Reply):
    """What the model answers for one part of a document."""

    statements: list[StatementItem]


class StatementsModel:
    """Stage[DocumentRecord, ExtractedStatement].

    A statement whose evidence is not in its part of the document, or that is in another language, is dropped
    and counted in the rationale of the first that stays; if none stays, that is the item's error. Confidence
    is the mean token probability of the reply, 0.5 where the endpoint gives none.
    """

    name = "statements"
    scope = Scope.ITEM

    def __init__(self, model: LanguageModel, chunk: int = CHUNK) -> None:
        self._model = model
        self._chunk = chunk
        self.version = model_version(model.name, "statements")

    def run(self, items: Iterable[DocumentRecord]) -> Iterator[Result[ExtractedStatement]]:
        """One result per document, in any order."""
        return converse(self._model, (self._extract(item) for item in items))

    def _extract(self, item: DocumentRecord) -> Conversation[Result[ExtractedStatement]]:
        parts = [part for part in chunks(item.text, self._chunk) if item.text[slice(*part)].strip()]
        first = _prompt(item, parts, 0) if parts else None
        answered: list[tuple[tuple[int, int], ChatReply]] = []
        while parts:
            replies = yield [_request(_prompt(item, parts, number)) for number in range(len(parts))]
            smaller: list[tuple[int, int]] = []
            for part, reply in zip(parts, replies, strict=True):
                length = part[1] - part[0]
                if reply.is_cut and length > SMALLEST_CHUNK:
                    halves = chunks(item.text[slice(*part)], length // 2 + 1)
                    smaller += [(part[0] + start, part[0] + end) for start, end in halves]
                else:
                    answered.append((part, reply))
            parts = [part for part in smaller if item.text[slice(*part)].strip()]
        answered.sort(key=lambda entry: entry[0])
        error = "; ".join(f"characters {a}-{b}: {reply.error}" for (a, b), reply in answered if reply.error)
        outputs, dropped = _checked(item, answered)
        if not error and dropped and not outputs:
            error = f"no statement could be used: {_counted(dropped)}"
        if dropped and outputs:
            note = f"{outputs[0].rationale} (dropped beside it: {_counted(dropped)})".strip()
            outputs[0] = replace(outputs[0], rationale=note)
        return Result(
            item.key,
            () if error else tuple(outputs),
            error,
            "\n".join(reply.raw for _, reply in answered),
            first.digest if first else "",
            first.input_digest if first else "",
        )


def _prompt(item: DocumentRecord, parts: list[tuple[int, int]], number: int) -> Prompt:
    return render(
        "statements",
        language=item.language,
        title=item.title,
        part=number + 1,
        parts=len(parts),
        text=item.text[slice(*parts[number])],
    )


def _request(prompt: Prompt) -> ChatRequest:
    return ChatRequest(
        prompt.messages, StatementsReply, prompt.task, max_tokens=MAX_TOKENS, want_logprobs=True
    )


def _checked(
    item: DocumentRecord, answered: list[tuple[tuple[int, int], ChatReply]]
) -> tuple[list[ExtractedStatement], Counter[str]]:
    """Statements that hold, and how many were dropped for which reason."""
    kept: dict[tuple[int, int], ExtractedStatement] = {}
    said: set[str] = set()
    dropped: Counter[str] = Counter()
    for (start, end), reply in answered:
        if not isinstance(reply.parsed, StatementsReply) or reply.error:
            continue
        text = item.text[start:end]
        probability = mean_token_probability(reply)
        confidence = UNMEASURED if probability is None else probability
        for found in reply.parsed.statements:
            passage = find_passage(found.evidence, text)
            if passage is None:
                dropped["evidence not in the document"] += 1
            elif not found.statement:
                dropped["empty statement"] += 1
            elif len(found.statement) > LONGEST:
                dropped[f"longer than {LONGEST} characters"] += 1
            elif not same_language(found.statement, text, item.language):
                dropped[f"not in the document's language ({item.language})"] += 1
            elif (span := (start + passage[0], start + passage[1])) in kept:
                dropped["same evidence as an earlier statement"] += 1
            elif (plain := " ".join(_WORDS.findall(found.statement.casefold()))) in said:
                dropped["same words as an earlier statement"] += 1
            else:
                said.add(plain)
                kept[span] = ExtractedStatement(found.statement, *span, confidence, found.rationale)
    return list(kept.values()), dropped


def _counted(dropped: Counter[str]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in sorted(dropped.items()))
