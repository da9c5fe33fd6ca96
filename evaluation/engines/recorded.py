"""One line of a record: made of an engine's reply, checked, and made into a reply again."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from evaluation.scoring.answer_token import impossible, letter_of, unseen_at_most
from evaluation.scoring.multiple_choice import LETTERS
from evaluation.scoring.protocol_kind import ProtocolKind
from pipeline.engines.client import ChatReply, TokenLogprob
from pipeline.engines.decisions import DecisionReply
from pipeline.engines.likelihood import LEAST_LOGPROB, ROUNDING, ScoreReply, checked
from pipeline.engines.untrusted import MOST_TOKENS, plain_text

LIKELIHOOD = "likelihood"  # the variants read the same lines
_WRITTEN = (ProtocolKind.LETTERS, ProtocolKind.LETTERS_LOGPROB, ProtocolKind.FREE_ANSWER)
_DIGITS = 6


def _without_nul(value: str) -> str:
    if "\0" in value:
        raise ValueError("must have no NUL character")
    return value


Text = Annotated[str, AfterValidator(_without_nul)]
_Logprob = Annotated[float, Field(ge=LEAST_LOGPROB, le=ROUNDING)]
_Letters = dict[Text, _Logprob]
_Token = tuple[Text, _Logprob | None, _Letters] | tuple[Text, _Logprob | None, _Letters, _Logprob]
_Count = Annotated[int, Field(ge=0, le=MOST_TOKENS)]


class RecordedReply(BaseModel):
    """The part of a line that is the reply, and what it was asked by. Numbers that cannot be are refused."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)
    protocol: Text
    key: Text
    order: Text = ""
    prompt_digest: Text = ""
    reply: Text | None = None
    refusal: Text = ""
    served: Text = ""
    logprobs: list[_Logprob] | list[_Token] | None = None
    probabilities: dict[Text, float] | None = None
    tokens: tuple[_Count, _Count] = (0, 0)

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.protocol == LIKELIHOOD:
            if error := self.scores().error:
                raise ValueError(error)
        elif self.protocol in _WRITTEN:
            if self.reply is None and not self.refusal:
                raise ValueError("has neither a reply nor a refusal")
            for place, token in enumerate(self._tokens(), start=1):
                if error := impossible(token):
                    raise ValueError(f"token {place}: {error}")
        return self

    @property
    def label(self) -> str:
        """Protocol, item and order: what a request for this is called."""
        return f"{self.protocol}|{self.key}|{self.order}"

    def chat(self, model: str) -> ChatReply:
        """As a reply of ``model``, unless the line names another that served it."""
        return ChatReply(
            text=self.reply or "",
            refusal=self.refusal,
            logprobs=tuple(self._tokens()),
            tokens_in=self.tokens[0],
            tokens_out=self.tokens[1],
            model=self.served or model,
        )

    def scores(self) -> ScoreReply:
        """As log-probabilities of a continuation."""
        values: list[float | None] = [value for value in self.logprobs or () if isinstance(value, float)]
        return checked(values, self.tokens[0])

    def decision(self, model: str) -> DecisionReply:
        """As a typed decision."""
        return DecisionReply(
            self.probabilities or {},
            is_refusal=bool(self.refusal),
            tokens_in=self.tokens[0],
            tokens_out=self.tokens[1],
            model=self.served or model,
        )

    def _tokens(self) -> list[TokenLogprob]:
        written = [token for token in self.logprobs or () if isinstance(token, tuple)]
        return [
            TokenLogprob(token, math.nan if logprob is None else logprob, letters, *most)
            for token, logprob, letters, *most in written
        ]


def chat_fields(reply: ChatReply, model: str) -> dict[str, Any]:
    """What a line keeps of a reply of ``model``; ``served`` where another has written it."""
    fields: dict[str, Any] = {"reply": reply.text} if reply.text or not reply.refusal else {}
    if reply.refusal:
        fields["refusal"] = reply.refusal
    if reply.logprobs:
        fields["logprobs"] = [_token_fields(token) for token in reply.logprobs]
    return fields | _served(reply.model, model) | _counted(reply.tokens_in, reply.tokens_out)


def score_fields(reply: ScoreReply) -> dict[str, Any]:
    """What a line keeps of log-probabilities."""
    return {"logprobs": [round(value, _DIGITS) for value in reply.logprobs]} | _counted(reply.tokens, 0)


def decision_fields(reply: DecisionReply, model: str) -> dict[str, Any]:
    """What a line keeps of a decision of ``model``."""
    fields: dict[str, Any] = {"probabilities": dict(reply.probabilities)}
    if reply.is_refusal:
        fields = {"refusal": "the endpoint refused"}
    return fields | _served(reply.model, model) | _counted(reply.tokens_in, reply.tokens_out)


def problem(error: ValidationError) -> str:
    """The first thing that is wrong with a line, and in which field."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(map(str, first["loc"])) or "line"
    return f"{where}: {first['msg']}"


def _token_fields(token: TokenLogprob) -> list[Any]:
    """Token, its log-probability, those of alternatives that spell a letter, and, where a letter is not among
    them, the most it can have. A letter with a spelling that has no number has none."""
    spelled = {plain_text(name): value for name, value in token.top.items() if letter_of(name)}
    lost = {letter_of(name) for name, value in spelled.items() if not math.isfinite(value)}
    letters = {name: round(value, _DIGITS) for name, value in spelled.items() if letter_of(name) not in lost}
    logprob = round(token.logprob, _DIGITS) if math.isfinite(token.logprob) else None
    fields: list[Any] = [plain_text(token.token), logprob, letters]
    if _unspelled(letters):
        fields.append(round(unseen_at_most(token), _DIGITS))
    return fields


def _unspelled(letters: Mapping[str, float]) -> bool:
    return {letter_of(name) for name in letters} != set(LETTERS)


def _served(served: str, model: str) -> dict[str, Any]:
    return {"served": served} if served and served != model else {}


def _counted(read: int, written: int) -> dict[str, Any]:
    return {"tokens": [read, written]} if read or written else {}
