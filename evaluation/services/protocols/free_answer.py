"""Answer judgement with models: the candidate answers freely, another model judges in both orders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from evaluation.models import Answer, Method, Outcome
from evaluation.scoring.answer_judgement import Verdict, combine_verdicts, positions
from evaluation.scoring.multiple_choice import BOTH_ORDERS, OptionOrder
from evaluation.scoring.overlap_judge import NAME as OVERLAP_JUDGE
from evaluation.services.protocols.base import AskedBy, Work, failed
from evaluation.services.protocols.likelihood import FREE_ANSWER, overlap_judged
from evaluation.services.protocols.verdicts import answer_outcome, verdicts_text
from pipeline.engines.client import ChatReply, ChatRequest, LanguageModel
from pipeline.engines.replies import Reply
from pipeline.prompts import render, template_digest

_ANSWER, _JUDGE = "aj_answer", "aj_judge"
_MAX_TOKENS = 2048


class JudgeReply(Reply):
    """What the judge must reply."""

    verdict: Verdict


class FreeAnswer:
    """Asks the question alone, then has the answer judged. ``judge`` None is the word-overlap judge."""

    def __init__(self, model: LanguageModel, judge: LanguageModel | None, parameters: dict[str, Any]) -> None:
        """``parameters`` are stored with the run beside those of the requests."""
        self._model = model
        self._judge = judge
        digests = [template_digest(_ANSWER)] + ([template_digest(_JUDGE)] if judge else [])
        self.about = AskedBy(
            Method.ANSWER_JUDGEMENT,
            FREE_ANSWER,
            (Answer.Order.NONE.value,),
            "".join(digests),
            judge=judge.name if judge else OVERLAP_JUDGE,
            parameters={**parameters, "temperature": 0.0, "max_tokens": _MAX_TOKENS},
        )

    def ask(self, work: Sequence[Work]) -> Iterator[Answer]:
        """An answer that only its judge failed on is judged again, not asked again."""
        said: list[tuple[Work, ChatReply]] = []
        for piece, reply in self._answers(work):
            if reply.error and not reply.refusal:
                yield failed(piece, reply.error)
            elif reply.refusal or not reply.text.strip():
                outcome = Outcome.REFUSAL if reply.refusal else Outcome.INVALID
                yield _answer(piece, reply, outcome, "")
            elif self._judge is None:
                yield _with_tokens(overlap_judged(piece, reply.text), reply)
            else:
                said.append((piece, reply))
        if self._judge is not None:
            yield from self._judged(self._judge, said)

    def _answers(self, work: Sequence[Work]) -> Iterator[tuple[Work, ChatReply]]:
        unasked = [piece for piece in work if not piece.reply]
        yield from ((piece, ChatReply(text=piece.reply)) for piece in work if piece.reply)
        requests = (self._request(piece) for piece in unasked)
        for position, reply in self._model.complete_many(requests):
            yield unasked[position], reply

    def _request(self, work: Work) -> ChatRequest:
        prompt = render(_ANSWER, language=work.item.language, question=work.item.question)
        return ChatRequest(prompt.messages, task=_ANSWER, max_tokens=_MAX_TOKENS, temperature=0.0)

    def _judged(self, judge: LanguageModel, said: list[tuple[Work, ChatReply]]) -> Iterator[Answer]:
        asked = [(place, order) for place in range(len(said)) for order in BOTH_ORDERS]
        requests = (_judge_request(*said[place], order) for place, order in asked)
        replies: dict[int, dict[OptionOrder, ChatReply]] = defaultdict(dict)
        for position, reply in judge.complete_many(requests):
            place, order = asked[position]
            replies[place][order] = reply
            if len(replies[place]) == len(BOTH_ORDERS):
                yield _read(*said[place], replies.pop(place))


def _judge_request(work: Work, reply: ChatReply, order: OptionOrder) -> ChatRequest:
    item = work.item
    first, second = positions(item.statement, item.reversed_statement, order)
    prompt = render(_JUDGE, question=item.question, answer=reply.text, first=first, second=second)
    return ChatRequest(
        prompt.messages, schema=JudgeReply, task=_JUDGE, max_tokens=_MAX_TOKENS, temperature=0.0
    )


def _read(work: Work, said: ChatReply, replies: dict[OptionOrder, ChatReply]) -> Answer:
    verdicts: dict[OptionOrder, Verdict] = {}
    for order, reply in replies.items():
        if not isinstance(reply.parsed, JudgeReply):
            # The judge's failure is not the candidate's: keep the answer, judge it again on resume.
            return failed(work, f"judge: {reply.error or reply.refusal or 'no verdict'}", said.text)
        verdicts[order] = reply.parsed.verdict
    raw = {order: reply.raw for order, reply in replies.items()}
    return _answer(work, said, answer_outcome(combine_verdicts(verdicts)), verdicts_text(verdicts, raw))


def _answer(work: Work, said: ChatReply, outcome: Outcome, judge_reply: str) -> Answer:
    answer = Answer(
        item=work.item,
        order=work.order,
        reply=said.text or said.refusal,
        judge_reply=judge_reply,
        outcome=outcome,
    )
    return _with_tokens(answer, said)


def _with_tokens(answer: Answer, said: ChatReply) -> Answer:
    answer.prompt_tokens = said.tokens_in or None
    answer.completion_tokens = said.tokens_out or None
    return answer
