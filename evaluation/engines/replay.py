"""Recorded answers as an engine: the file of :mod:`evaluation.engines.record`, read back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator

from evaluation.engines.probe import Probe
from evaluation.engines.record import FORMAT
from evaluation.scoring.protocol_kind import LIKELIHOODS, ProtocolKind
from pipeline.engines.client import ChatReply, ChatRequest, TokenLogprob
from pipeline.engines.decisions import DecisionReply, DecisionRequest, problem_of
from pipeline.engines.digests import request_digest
from pipeline.engines.likelihood import LEAST_LOGPROB, ScoreReply, ScoreRequest, checked
from pipeline.engines.untrusted import MOST_TOKENS

T = TypeVar("T")


def _without_nul(value: str) -> str:
    if "\0" in value:
        raise ValueError("must have no NUL character")
    return value


_Text = Annotated[str, AfterValidator(_without_nul)]
_Logprob = Annotated[float, Field(ge=LEAST_LOGPROB, le=0)]
_Tokens = Annotated[int, Field(ge=0, le=MOST_TOKENS)]
_STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)


class RecordError(ValueError):
    """A file is no record of answers; the message says which line and why."""


class Header(BaseModel):
    """Of what, by what and when a record was made."""

    model_config = ConfigDict(extra="allow")
    format: str
    model: _Text = Field(min_length=1, max_length=200)
    recorded_at: _Text = Field(min_length=1, max_length=40)
    engine: _Text = ""
    release: _Text = ""
    release_digest: _Text = ""
    about: _Text = Field("", max_length=2000)

    @field_validator("format")
    @classmethod
    def _known(cls, value: str) -> str:
        if value != FORMAT:
            raise ValueError(f"must be {FORMAT}")
        return value


class _Row(BaseModel):
    model_config = _STRICT
    protocol: _Text
    key: _Text
    order: _Text = ""
    prompt_digest: _Text = ""
    reply: _Text = ""
    refusal: _Text = ""
    logprobs: list[_Logprob] | list[tuple[_Text, _Logprob, dict[_Text, _Logprob]]] | None = None
    probabilities: dict[_Text, float] | None = None
    tokens: tuple[_Tokens, _Tokens] = (0, 0)


class Replay:
    """Gives recorded answers. One that was not recorded, or was for another prompt, is an error."""

    def __init__(self, path: Path) -> None:
        """Raises :class:`RecordError`, and ``OSError`` where the file cannot be read."""
        self.path = path
        self._rows: dict[str, _Row] = {}
        digest = sha256()
        header: Header | None = None
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                digest.update(line)
                if header is None:
                    header = _parsed(Header, line, path, number)
                elif line.strip():
                    row = _parsed(_Row, line, path, number)
                    self._rows[f"{row.protocol}|{row.key}|{row.order}"] = row
        if header is None:
            raise RecordError(f"{path} is empty; its first line must say what it records")
        self.header = header
        self.digest = digest.hexdigest()
        self._counts = Counter(row.protocol for row in self._rows.values())

    @property
    def name(self) -> str:
        """The recorded model's."""
        return self.header.model

    def probe(self, kind: ProtocolKind) -> Probe:
        """Whether answers by this protocol were recorded at all."""
        recorded = "likelihood" if kind in LIKELIHOODS else kind.value
        count = self._counts[recorded]
        if not count:
            known = ", ".join(sorted(self._counts)) or "nothing"
            return Probe(False, f"{self.path.name} holds no {recorded} answers, only {known}")
        return Probe(True, f"{count} answers recorded on {self.header.recorded_at}", {"recorded": count})

    def complete(self, request: ChatRequest) -> ChatReply:
        """The recorded reply."""
        row = self._found(request)
        if isinstance(row, str):
            return ChatReply(error=row, model=self.name)
        tops = [token for token in row.logprobs or () if isinstance(token, tuple)]
        return ChatReply(
            text=row.reply,
            refusal=row.refusal,
            logprobs=tuple(TokenLogprob(token, logprob, top) for token, logprob, top in tops),
            error="" if row.reply.strip() or row.refusal else "empty reply",
            tokens_in=row.tokens[0],
            tokens_out=row.tokens[1],
            model=self.name,
        )

    def complete_many(self, requests: Iterable[ChatRequest]) -> Iterator[tuple[int, ChatReply]]:
        """One after another."""
        for position, request in enumerate(requests):
            yield position, self.complete(request)

    def score_many(self, requests: Iterable[ScoreRequest]) -> Iterator[tuple[int, ScoreReply]]:
        """Recorded log-probabilities, one after another."""
        for position, request in enumerate(requests):
            row = self._found(request)
            if isinstance(row, str):
                yield position, ScoreReply(error=row)
                continue
            values = [value for value in row.logprobs or () if isinstance(value, float)]
            yield position, checked([*values], row.tokens[0])

    def decide_many(self, requests: Iterable[DecisionRequest]) -> Iterator[tuple[int, DecisionReply]]:
        """Recorded decisions, one after another."""
        for position, request in enumerate(requests):
            yield position, self._decision(request)

    def _decision(self, request: DecisionRequest) -> DecisionReply:
        row = self._found(request)
        if isinstance(row, str):
            return DecisionReply(error=row)
        read, written = row.tokens
        if row.refusal:
            return DecisionReply(is_refusal=True, tokens_in=read, tokens_out=written)
        given = row.probabilities or {}
        if error := problem_of(given, [value for value, _ in request.choices]):
            return DecisionReply(error=f"{request.label}: {error}"[:1000])
        return DecisionReply(given, tokens_in=read, tokens_out=written, model=self.name)

    def _found(self, request: ChatRequest | ScoreRequest | DecisionRequest) -> _Row | str:
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
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "line"
        raise RecordError(f"{path}, line {number}: {where}: {first['msg']}") from None
