"""Answer judgement with models: the candidate answers freely, another model judges in both orders."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from evaluation.engines.probe import Probe
from evaluation.models import Answer, Outcome, ProtocolKind
from evaluation.scoring.answer_judgement import Verdict, combine_verdicts, positions
from evaluation.scoring.multiple_choice import BOTH_ORDERS, OptionOrder
from evaluation.scoring.overlap_judge import NAME as OVERLAP_JUDGE
from evaluation.scoring.reasoning import without_reasoning
from evaluation.services.runs.protocols.base import AskedBy, Work, answered, failed
from evaluation.services.runs.protocols.likelihood import overlap_judged
from evaluation.services.runs.protocols.place import Place
from evaluation.services.runs.protocols.verdicts import answer_outcome, verdicts_text
from pipeline.engines.client import ChatReply, ChatRequest, LanguageModel
from pipeline.engines.digests import request_digest
from pipeline.engines.replies import Reply
from pipeline.ingest.language import identify, pipeline_languages
from pipeline.prompts import render, template_digest

_ANSWER, _JUDGE = "aj_answer", "aj_judge"
_MAX_TOKENS = 2048
_READY = 64  # answers that may wait while others are read on for the judge
_SURE, _ENOUGH = 0.9, 40  # confidence, and weight of text, from which an answer is in another language
_NOT_JUDGED = "judge: not asked, since the budget is gone"


class JudgeReply(Reply):
    """What the judge must reply."""

    verdict: Verdict


@dataclass
class _Said:
    """What a candidate said to a piece of work, and what the judge says of it so far. The reply is kept as it
    came; its ``answer``, without the reasoning, is what is judged."""

    work: Work
    reply: ChatReply
    verdicts: dict[OptionOrder, ChatReply] = field(default_factory=dict)

    @property
    def answer(self) -> str:
        return without_reasoning(self.reply.text)


class FreeAnswer:
    """Asks the question alone, in the item's language, then has the answer judged. ``judge`` None is the
    word-overlap judge."""

    def __init__(
        self, place: Place, judge: Place | None, parameters: dict[str, Any], judge_name: str = OVERLAP_JUDGE
    ) -> None:
        """``parameters`` of the engine are stored with the run beside those of the requests."""
        self._place = place
        self._judge = judge
        digests = [template_digest(_ANSWER)] + ([template_digest(_JUDGE)] if judge else [])
        where = {f"judge_{name}": value for name, value in judge.about.items()} if judge else {}
        self.about = AskedBy(
            ProtocolKind.FREE_ANSWER,
            (Answer.Order.NONE.value,),
            "".join(digests),
            judge=judge_name,
            parameters={**parameters, "temperature": 0.0, "max_tokens": _MAX_TOKENS},
            place={**place.about, **where},
            prices=place.prices,
            # The embedded judge reads no tokens.
            **({"judge_prices": judge.prices} if judge else {}),
        )

    def probe(self) -> Probe:
        """Whether the candidate and the judge reply."""
        found = self._place.probe(ProtocolKind.FREE_ANSWER)
        if self._judge is None or not found.is_passed:
            return found
        judge = self._judge.probe(ProtocolKind.FREE_ANSWER)
        said = found.said if judge.is_passed else f"judge {self.about.judge}: {judge.said}"
        return Probe(judge.is_passed, said, {**found.facts, "judge": judge.facts})

    def ask(self, work: Iterable[Work]) -> Iterator[Answer]:
        """An answer that only its judge failed on is judged again, not asked again."""
        said = self._answers(iter(work))
        if self._judge is None:
            for one in said:
                yield self._settled(one) or _finished(one, overlap_judged(one.work, one.reply.text))
        else:
            yield from self._judged(self._judge.engine, said)

    def _answers(self, work: Iterator[Work]) -> Iterator[_Said]:
        """What the candidate said, piece by piece: known replies as they are, the rest asked for."""
        is_over = False
        known: deque[Work] = deque()

        def unasked() -> Iterator[Work]:
            nonlocal is_over
            while len(known) < _READY:
                piece = next(work, None)
                if piece is None:
                    is_over = True
                    return
                if not piece.reply:
                    yield piece
                    continue
                known.append(piece)

        while True:
            for piece, _, reply in answered(self._place.engine.complete_many, unasked(), _request):
                yield _Said(piece, reply)
                while known:
                    yield _known(known.popleft())
            is_full = len(known) >= _READY
            while known:
                yield _known(known.popleft())
            if is_over or not is_full:  # not full, not over: a budget ended it
                return

    def _judged(self, judge: LanguageModel, said: Iterator[_Said]) -> Iterator[Answer]:
        is_over = False
        ready: deque[Answer] = deque()

        def requests(under_way: dict[int, tuple[_Said, OptionOrder]]) -> Iterator[ChatRequest]:
            nonlocal is_over
            place = 0
            while len(ready) < _READY:
                one = next(said, None)
                if one is None:
                    is_over = True
                    return
                if settled := self._settled(one):
                    ready.append(settled)
                    continue
                for order in BOTH_ORDERS:
                    under_way[place] = one, order
                    place += 1
                    yield _judge_request(one, order)

        while not is_over:
            under_way: dict[int, tuple[_Said, OptionOrder]] = {}
            for position, reply in judge.complete_many(requests(under_way)):
                one, order = under_way.pop(position)
                one.verdicts[order] = reply
                if len(one.verdicts) == len(BOTH_ORDERS):
                    yield _read(one)
                while ready:
                    yield ready.popleft()
            is_full = len(ready) >= _READY
            while ready:
                yield ready.popleft()
            if not is_over and not is_full:
                # The budget ended it: what the candidate said is kept, to be judged when the run goes on.
                left = {id(one): one for one, _ in under_way.values()}
                for one in (*left.values(), *said):
                    yield self._settled(one) or _finished(one, failed(one.work, _NOT_JUDGED, one.reply.text))
                return

    def _settled(self, one: _Said) -> Answer | None:
        """The answer where there is nothing to judge."""
        reply = one.reply
        if reply.refusal:
            return _finished(one, _answer(one, Outcome.REFUSAL))
        if reply.error:
            return _finished(one, failed(one.work, reply.error))
        if not one.answer:
            return _finished(one, _answer(one, Outcome.INVALID))
        return None


def is_in_language(text: str, language: str) -> bool | None:
    """Whether a text is in a language (ISO 639-1); ``None`` where it is too short or doubtful to tell."""
    found = identify(text, pipeline_languages())
    if found.language == language:
        return True
    return False if found.confidence >= _SURE and found.weight >= _ENOUGH else None


def _request(work: Work) -> ChatRequest:
    prompt = render(_ANSWER, language=work.item.language, question=work.item.question)
    return ChatRequest(
        prompt.messages,
        task=_ANSWER,
        max_tokens=_MAX_TOKENS,
        temperature=0.0,
        label=work.label(ProtocolKind.FREE_ANSWER),
    )


def _judge_request(one: _Said, order: OptionOrder) -> ChatRequest:
    item = one.work.item
    first, second = positions(item.statement, item.reversed_statement, order)
    prompt = render(_JUDGE, question=item.question, answer=one.answer, first=first, second=second)
    return ChatRequest(
        prompt.messages,
        schema=JudgeReply,
        task=_JUDGE,
        max_tokens=_MAX_TOKENS,
        temperature=0.0,
        label=one.work.label(_JUDGE, order),
    )


def _known(work: Work) -> _Said:
    reply = ChatReply(
        text=work.reply, tokens_in=work.prompt_tokens or 0, tokens_out=work.completion_tokens or 0
    )
    return _Said(work, reply)


def _read(one: _Said) -> Answer:
    verdicts: dict[OptionOrder, Verdict] = {}
    for order, reply in one.verdicts.items():
        if not isinstance(reply.parsed, JudgeReply):
            # The judge's failure is not the candidate's: keep the answer, judge it again on resume.
            error = f"judge: {reply.error or reply.refusal or 'no verdict'}"
            return _finished(one, failed(one.work, error, one.reply.text))
        verdicts[order] = reply.parsed.verdict
    raw = {order: reply.raw for order, reply in one.verdicts.items()}
    outcome = answer_outcome(combine_verdicts(verdicts))
    return _finished(one, _answer(one, outcome, verdicts_text(verdicts, raw)))


def _answer(one: _Said, outcome: Outcome, judge_reply: str = "") -> Answer:
    return Answer(
        item=one.work.item,
        order=one.work.order,
        reply=one.reply.text or one.reply.refusal,
        judge_reply=judge_reply,
        outcome=outcome,
    )


def _finished(one: _Said, answer: Answer) -> Answer:
    """With its tokens, the digest of what was asked, and whether it is in the item's language."""
    answer.prompt_digest = request_digest(_request(one.work))
    answer.prompt_tokens = one.reply.tokens_in or None
    answer.completion_tokens = one.reply.tokens_out or None
    answer.judge_prompt_tokens = sum(reply.tokens_in for reply in one.verdicts.values()) or None
    answer.judge_completion_tokens = sum(reply.tokens_out for reply in one.verdicts.values()) or None
    said = one.answer or one.reply.refusal
    if answer.reply and said:
        answer.is_in_language = is_in_language(said, one.work.item.language)
    return answer
