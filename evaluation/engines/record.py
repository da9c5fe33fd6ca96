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
- ``reply`` is the text, which may be empty. ``refusal`` stands for it where the endpoint said so.
- ``logprobs``: of ``letters_logprob`` ``[token, logprob, {alternative: logprob}]`` per token, of which only
  alternatives that spell A or B are kept; where one of the letters is not among them, a fourth number is the
  most that it can have. Of ``likelihood`` one number per token of the option.
- ``probabilities``: of ``decisions``, by letter.
- ``served``: the model that wrote the reply, where the endpoint names another than the header does.
- ``tokens``: ``[read, written]``, where they were counted.

Blank lines are nothing. A number that can be no log-probability (above 0 by more than rounding, alternatives
that are likelier together than anything can be) makes a file no record.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from os import SEEK_END
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from evaluation.engines.probe import Engine
from evaluation.engines.recorded import (
    RecordedReply,
    chat_fields,
    decision_fields,
    problem,
    score_fields,
)
from pipeline.engines.client import ChatReply, ChatRequest
from pipeline.engines.decisions import DecisionReply, DecisionRequest
from pipeline.engines.digests import request_digest
from pipeline.engines.likelihood import ScoreReply, ScoreRequest

FORMAT = "navab-answers-1"
Request = TypeVar("Request", ChatRequest, ScoreRequest, DecisionRequest)
Reply = TypeVar("Reply", ChatReply, ScoreReply, DecisionReply)


class Recorder:
    """Writes a record, one line per reply, at once. A file that is there already is added to, and goes on
    after a stop: it holds one line per label, the last that was added."""

    def __init__(self, path: Path, header: dict[str, Any]) -> None:
        """Raises ``OSError`` where it cannot be written, ``ValueError`` where it records something else."""
        self._header = {"format": FORMAT, **header}
        self._path = path
        self.model = str(header["model"])
        self.held: dict[str, int] = {}  # where the line begins, by label
        self._is_new = not path.exists() or not path.stat().st_size
        self._file = path.open("w+b" if self._is_new else "r+b")
        if self._is_new:
            self._write(_line(self._header))
        else:
            self._go_on()

    def withdraw(self) -> None:
        """Close it, and take it away where it was not there before."""
        self._file.close()
        if self._is_new:
            self._path.unlink()

    def add(self, label: str, line: bytes) -> None:
        """One reply. Where the label has a line already, an equal one is not written again, and another takes
        its place."""
        held = self.held.get(label)
        if held is not None and self._line_at(held) == line + b"\n":
            return
        self.held[label] = self._write(line)
        if held is not None:
            self._blank(held)

    def _go_on(self) -> None:
        """Find what the file holds, and put in order what a stop left behind: half a line at the end is cut
        off, and of two lines with one label the first is blanked."""
        self._file.seek(0)
        number, line = 1, self._file.readline()
        self._check(line)
        superseded = []
        start = self._file.tell()
        while line := self._file.readline():
            number += 1
            try:
                label = _label(line)
            except (ValueError, KeyError, TypeError):
                if line.endswith(b"\n"):
                    raise ValueError(f"{self._path}, line {number}: is no recorded answer") from None
                self._file.truncate(start)
                break
            if label in self.held:
                superseded.append(self.held[label])
            if label:
                self.held[label] = start
            start = self._file.tell()
        for place in superseded:
            self._blank(place)
        if not self._line_at(max(0, self._file.seek(0, SEEK_END) - 1)).endswith(b"\n"):
            self._write(b"")

    def _check(self, first: bytes) -> None:
        try:
            found = json.loads(first)
            same = all(found[name] == self._header[name] for name in ("format", "model", "release_digest"))
        except (ValueError, KeyError, TypeError):
            same = False
        if not same:
            raise ValueError(f"{self._path} is there already and records another model or release")

    def _write(self, line: bytes) -> int:
        """Append a line, and say where it begins."""
        place = self._file.seek(0, SEEK_END)
        self._file.write(line + b"\n")
        self._file.flush()
        return place

    def _line_at(self, place: int) -> bytes:
        self._file.seek(place)
        return self._file.readline()

    def _blank(self, place: int) -> None:
        length = len(self._line_at(place).rstrip(b"\n"))
        self._file.seek(place)
        self._file.write(b" " * length)
        self._file.flush()


class RecordingEngine:
    """An engine whose replies are also written down, and given as they stand there: what is scored now and
    what is scored from the record are the same. Failures are not written down."""

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
        model = self._recorder.model
        return self._recorded(
            self._engine.complete_many,
            requests,
            lambda reply: chat_fields(reply, model),
            lambda row: row.chat(model),
        )

    def score_many(self, requests: Iterable[ScoreRequest]) -> Iterator[tuple[int, ScoreReply]]:
        """As the engine's."""
        return self._recorded(self._engine.score_many, requests, score_fields, RecordedReply.scores)

    def decide_many(self, requests: Iterable[DecisionRequest]) -> Iterator[tuple[int, DecisionReply]]:
        """As the engine's."""
        model = self._recorder.model
        return self._recorded(
            self._engine.decide_many,
            requests,
            lambda reply: decision_fields(reply, model),
            lambda row: row.decision(model),
        )

    def _recorded(
        self,
        ask: Callable[[Iterable[Request]], Iterator[tuple[int, Reply]]],
        requests: Iterable[Request],
        fields: Callable[[Reply], dict[str, Any]],
        reply_of: Callable[[RecordedReply], Reply],
    ) -> Iterator[tuple[int, Reply]]:
        sent: dict[int, Request] = {}

        def noted() -> Iterator[Request]:
            for position, request in enumerate(requests):
                sent[position] = request
                yield request

        for position, reply in ask(noted()):
            request = sent.pop(position)
            if request.label and not reply.error:
                line = _line(_named(request) | fields(reply))
                try:
                    reply = reply_of(RecordedReply.model_validate_json(line))
                    self._recorder.add(request.label, line)
                except ValidationError as error:
                    reply = replace(reply, error=f"the reply cannot be recorded: {problem(error)}")
            yield position, reply


def _named(request: ChatRequest | ScoreRequest | DecisionRequest) -> dict[str, Any]:
    protocol, key, order = request.label.split("|")
    return {"protocol": protocol, "key": key, "order": order, "prompt_digest": request_digest(request)}


def _line(row: dict[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()


def _label(line: bytes) -> str:
    """Label of a line; empty for a blank one."""
    if not line.strip():
        return ""
    row = json.loads(line)
    return f"{row['protocol']}|{row['key']}|{row.get('order', '')}"
