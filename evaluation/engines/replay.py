"""Recorded answers as an engine: the file of :mod:`evaluation.engines.record`, read back."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from evaluation.engines.probe import Probe
from evaluation.engines.record import FORMAT
from evaluation.engines.recorded import LIKELIHOOD, RecordedReply, Text, problem
from evaluation.scoring.protocol_kind import LIKELIHOODS, ProtocolKind
from pipeline.engines.client import ChatReply, ChatRequest
from pipeline.engines.decisions import DecisionReply, DecisionRequest, problem_of
from pipeline.engines.digests import request_digest
from pipeline.engines.likelihood import ScoreReply, ScoreRequest

T = TypeVar("T")


class RecordError(ValueError):
    """A file is no record of answers; the message says which line and why."""


class Header(BaseModel):
    """Of what, by what and when a record was made."""

    model_config = ConfigDict(extra="allow")
    format: str
    model: Text = Field(min_length=1, max_length=200)
    recorded_at: Text = Field(min_length=1, max_length=40)
    engine: Text = ""
    release: Text = ""
    release_digest: Text = ""
    about: Text = Field("", max_length=2000)

    @field_validator("format")
    @classmethod
    def _known(cls, value: str) -> str:
        if value != FORMAT:
            raise ValueError(f"must be {FORMAT}")
        return value


class Replay:
    """Gives recorded answers. One that was not recorded, or was for another prompt, is an error."""

    def __init__(self, path: Path) -> None:
        """Raises :class:`RecordError`, and ``OSError`` where the file cannot be read."""
        self.path = path
        self._rows: dict[str, RecordedReply] = {}
        digest = sha256()
        header: Header | None = None
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                digest.update(line)
                if header is None:
                    header = _parsed(Header, line, path, number)
                elif line.strip():
                    row = _parsed(RecordedReply, line, path, number)
                    self._rows[row.label] = row
        if header is None:
            raise RecordError(f"{path} is empty; its first line must say what it records")
        self.header = header
        self.digest = digest.hexdigest()
        self._counts = Counter(row.protocol for row in self._rows.values())
        self._served: dict[str, set[str]] = defaultdict(set)
        for row in self._rows.values():
            self._served[row.protocol].add(row.served or header.model)

    @property
    def name(self) -> str:
        """The recorded model's."""
        return self.header.model

    def probe(self, kind: ProtocolKind) -> Probe:
        """Whether answers by this protocol were recorded at all, and of which models."""
        recorded = LIKELIHOOD if kind in LIKELIHOODS else kind.value
        count = self._counts[recorded]
        if not count:
            known = ", ".join(sorted(self._counts)) or "nothing"
            return Probe(False, f"{self.path.name} holds no {recorded} answers, only {known}")
        facts = {"recorded": count, "models": sorted(self._served[recorded])}
        return Probe(True, f"{count} answers recorded on {self.header.recorded_at}", facts)

    def complete(self, request: ChatRequest) -> ChatReply:
        """The recorded reply."""
        row = self._found(request)
        if isinstance(row, str):
            return ChatReply(error=row, model=self.name)
        return row.chat(self.name)

    def complete_many(self, requests: Iterable[ChatRequest]) -> Iterator[tuple[int, ChatReply]]:
        """One after another."""
        for position, request in enumerate(requests):
            yield position, self.complete(request)

    def score_many(self, requests: Iterable[ScoreRequest]) -> Iterator[tuple[int, ScoreReply]]:
        """Recorded log-probabilities, one after another."""
        for position, request in enumerate(requests):
            row = self._found(request)
            yield position, ScoreReply(error=row) if isinstance(row, str) else row.scores()

    def decide_many(self, requests: Iterable[DecisionRequest]) -> Iterator[tuple[int, DecisionReply]]:
        """Recorded decisions, one after another."""
        for position, request in enumerate(requests):
            yield position, self._decision(request)

    def _decision(self, request: DecisionRequest) -> DecisionReply:
        row = self._found(request)
        if isinstance(row, str):
            return DecisionReply(error=row)
        reply = row.decision(self.name)
        error = problem_of(reply.probabilities, [value for value, _ in request.choices])
        if error and not reply.is_refusal:
            return DecisionReply(error=f"{request.label}: {error}"[:1000])
        return reply

    def _found(self, request: ChatRequest | ScoreRequest | DecisionRequest) -> RecordedReply | str:
        row = self._rows.get(request.label)
        if row is None:
            return f"no recorded answer for {request.label}"
        if row.prompt_digest and row.prompt_digest != request_digest(request):
            return f"the recorded answer for {request.label} is to another prompt"
        return row


def _parsed(kind: type[T], line: bytes, path: Path, number: int) -> T:
    try:
        return kind.model_validate_json(line)  # type: ignore[attr-defined,no-any-return]
    except ValidationError as error:
        raise RecordError(f"{path}, line {number}: {problem(error)}") from None
