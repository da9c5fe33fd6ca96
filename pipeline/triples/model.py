"""The language model as writer of triples: question and reversed statement, held against the checks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pipeline.engines.ask import Conversation, converse
from pipeline.engines.client import ChatRequest, LanguageModel
from pipeline.engines.confidence import UNMEASURED, mean_token_probability
from pipeline.engines.replies import FilledText, Reply
from pipeline.prompts import model_version, render
from pipeline.records import StatementRecord, TripleDraft
from pipeline.stage import Result, Scope
from pipeline.triples.checks import FAILED, check_triple


class TripleReply(Reply):
    """What the model answers."""

    question: FilledText
    reversed_statement: FilledText


class TriplesModel:
    """Stage[StatementRecord, TripleDraft]. Confidence is the mean token probability of the reply, 0.5 where
    the endpoint gives none; a draft that fails a check is kept, says so, and has at most 0.2."""

    name = "triples"
    scope = Scope.ITEM

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        self.version = model_version(model.name, "triple")

    def run(self, items: Iterable[StatementRecord]) -> Iterator[Result[TripleDraft]]:
        """One result per statement, in any order."""
        return converse(self._model, (self._draft(item) for item in items))

    def _draft(self, item: StatementRecord) -> Conversation[Result[TripleDraft]]:
        prompt = render(
            "triple",
            language=item.language,
            statement=item.text,
            evidence=item.document.text[slice(*item.span)],
        )
        [reply] = yield [ChatRequest(prompt.messages, TripleReply, prompt.task, want_logprobs=True)]
        outputs: tuple[TripleDraft, ...] = ()
        if isinstance(reply.parsed, TripleReply) and not reply.error:
            outputs = (_checked(item, reply.parsed, mean_token_probability(reply)),)
        return Result(item.key, outputs, reply.error, reply.raw, prompt.digest, prompt.input_digest)


def _checked(item: StatementRecord, reply: TripleReply, probability: float | None) -> TripleDraft:
    checks = check_triple(item.text, reply.question, reply.reversed_statement, item.language)
    failed = [name for name, holds in checks.items() if not holds]
    confidence = UNMEASURED if probability is None else probability
    source = "confidence not measured" if probability is None else "confidence from logprobs"
    return TripleDraft(
        reply.question,
        reply.reversed_statement,
        min(confidence, FAILED) if failed else confidence,
        checks,
        f"fails {', '.join(failed)}; {source}" if failed else source,
    )
