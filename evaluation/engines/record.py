"""Answers of a model as a small file, JSON Lines: what was asked of it can be scored again without it.

The first line is a header::

    {"format": "navab-answers-1", "model": "...", "engine": "...", "release": "...", "release_digest": "...",
     "recorded_at": "2026-11-26T10:00:00+00:00"}

``about`` may say more of the model in words; other names may be added and are not read.

Every other line is one reply, named by protocol, item and order::

    {"protocol": "letters", "key": "<item>", "order": "s_rs", "prompt_digest": "<32 hex>", "reply": "A"}

- ``order`` is ``s_rs`` or ``rs_s``; empty for ``free_answer``; for ``likelihood`` the option: ``statement``
  or ``reversed`` after the question, ``statement_alone`` or ``reversed_alone`` without it.
- ``prompt_digest`` is of the messages as they were asked. Without it a line is taken for any prompt.
- ``reply`` is the text. ``refusal`` stands for it where the endpoint said so.
- ``logprobs``: of ``letters_logprob`` ``[token, logprob, {alternative: logprob}]`` per token, of which only
  alternatives that spell A or B are kept; of ``likelihood`` one number per token of the option.
- ``probabilities``: of ``decisions``, by letter.
- ``tokens``: ``[read, written]``, where they were counted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from evaluation.engines.probe import Engine
from evaluation.scoring.answer_token import letter_of
from pipeline.engines.client import ChatReply, ChatRequest
from pipeline.engines.decisions import DecisionReply, DecisionRequest
from pipeline.engines.digests import request_digest
from pipeline.engines.likelihood import ScoreReply, ScoreRequest

FORMAT = "navab-answers-1"
_DIGITS = 6
Request = TypeVar("Request", ChatRequest, ScoreRequest, DecisionRequest)
Reply = TypeVar("Reply", ChatReply, ScoreReply, DecisionReply)


class Recorder:
    """Writes a record, one line per reply, at once. A file that is there already is added to."""

    def __init__(self, path: Path, header: dict[str, Any]) -> None:
        """Raises ``OSError`` where it cannot be written, ``ValueError`` where it records something else."""
        self._header = {"format": FORMAT, **header}
        self._path = path
        self.held: set[str] = set()  # labels of the answers that are in it
        self._is_new = is_new = not path.exists() or not path.stat().st_size
        if not is_new:
            self._check(path)
        self._file = path.open("a", encoding="utf-8")
        if is_new:
            self._write(self._header)

    def withdraw(self) -> None:
        """Close it, and take it away where it was not there before."""
        self._file.close()
        if self._is_new:
            self._path.unlink()

    def close(self) -> None:
        """No more is written."""
        self._file.close()

    def add(self, request: ChatRequest | ScoreRequest | DecisionRequest, row: dict[str, Any]) -> None:
        """One reply; those to requests without a label (probes) are not kept."""
        if not request.label:
            return
        protocol, key, order = request.label.split("|")
        named = {"protocol": protocol, "key": key, "order": order, "prompt_digest": request_digest(request)}
        self._write(named | row)

    def _check(self, path: Path) -> None:
        with path.open(encoding="utf-8") as file:
            first = file.readline()
        try:
            found = json.loads(first)
            same = all(found[name] == self._header[name] for name in ("format", "model", "release_digest"))
        except (ValueError, KeyError, TypeError):
            same = False
        if not same:
            raise ValueError(f"{path} is there already and records another model or release")
        self.held = set(_labels(path))

    def _write(self, row: dict[str, Any]) -> None:
        self._file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
        self._file.flush()


def _labels(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            if number == 1 or not line.strip():
                continue
            try:
                row = json.loads(line)
                yield f"{row['protocol']}|{row['key']}|{row.get('order', '')}"
            except (ValueError, KeyError, TypeError, AttributeError):
                raise ValueError(f"{path}, line {number}: is no recorded answer") from None


class RecordingEngine:
    """An engine whose replies are also written down; failures are not."""

    def __init__(self, engine: Engine, recorder: Recorder) -> None:
        self._engine = engine
        self._recorder = recorder

    @property
    def name(self) -> str:
        """The model's name."""
        return self._engine.name

    def complete(self, request: ChatRequest) -> ChatReply:
        """As the engine's; a probe, which is not written down."""
        return self._engine.complete(request)

    def complete_many(self, requests: Iterable[ChatRequest]) -> Iterator[tuple[int, ChatReply]]:
        """As the engine's."""
        return self._recorded(self._engine.complete_many, requests, _chat_row)

    def score_many(self, requests: Iterable[ScoreRequest]) -> Iterator[tuple[int, ScoreReply]]:
        """As the engine's."""
        return self._recorded(self._engine.score_many, requests, _score_row)

    def decide_many(self, requests: Iterable[DecisionRequest]) -> Iterator[tuple[int, DecisionReply]]:
        """As the engine's."""
        return self._recorded(self._engine.decide_many, requests, _decision_row)

    def _recorded(
        self,
        ask: Callable[[Iterable[Request]], Iterator[tuple[int, Reply]]],
        requests: Iterable[Request],
        row: Callable[[Reply], dict[str, Any]],
    ) -> Iterator[tuple[int, Reply]]:
        sent: dict[int, Request] = {}

        def noted() -> Iterator[Request]:
            for position, request in enumerate(requests):
                sent[position] = request
                yield request

        for position, reply in ask(noted()):
            request = sent.pop(position)
            if not reply.error:
                self._recorder.add(request, row(reply))
            yield position, reply


def _chat_row(reply: ChatReply) -> dict[str, Any]:
    row: dict[str, Any] = {"refusal": reply.refusal} if reply.refusal else {"reply": reply.text}
    if reply.logprobs:
        row["logprobs"] = [
            [
                token.token,
                round(token.logprob, _DIGITS),
                {name: round(value, _DIGITS) for name, value in token.top.items() if letter_of(name)},
            ]
            for token in reply.logprobs
        ]
    return row | _tokens(reply.tokens_in, reply.tokens_out)


def _score_row(reply: ScoreReply) -> dict[str, Any]:
    return {"logprobs": [round(value, _DIGITS) for value in reply.logprobs]} | _tokens(reply.tokens, 0)


def _decision_row(reply: DecisionReply) -> dict[str, Any]:
    row: dict[str, Any] = {"probabilities": dict(reply.probabilities)}
    if reply.is_refusal:
        row = {"refusal": "the endpoint refused"}
    return row | _tokens(reply.tokens_in, reply.tokens_out)


def _tokens(read: int, written: int) -> dict[str, Any]:
    return {"tokens": [read, written]} if read or written else {}
