"""The protocol every language model client speaks: chat requests in, chat replies out, errors as values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pydantic import BaseModel

Message = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TokenLogprob:
    """A token of a reply with its natural log-probability, and the likeliest tokens in its place. ``unseen``
    is the most that what is not in ``top`` can have, where ``top`` does not tell."""

    token: str
    logprob: float
    top: Mapping[str, float] = field(default_factory=dict)
    unseen: float | None = None


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One question to a model.

    With ``schema`` the reply must be JSON of that shape. ``task`` names the schema to the endpoint.
    ``top_logprobs`` (0 to 20) asks for alternatives at each token and implies ``want_logprobs``; of the first
    token, an engine that knows them all also gives those in ``watched``. ``label`` is the caller's name for
    the request. Neither is sent to an endpoint.
    """

    messages: tuple[Message, ...]
    schema: type[BaseModel] | None = None
    task: str = "reply"
    max_tokens: int = 2048
    temperature: float = 0.0
    seed: int | None = None
    want_logprobs: bool = False
    top_logprobs: int = 0
    watched: tuple[str, ...] = ()
    label: str = ""


@dataclass(frozen=True, slots=True)
class ChatReply:
    """What came back: text, and ``parsed`` where a schema was asked for, or why there is none.

    ``logprobs`` is empty where the endpoint gives none. ``earlier`` are replies that had to be repaired.
    ``is_cut`` says that the reply ended at ``max_tokens``.
    ``refusal`` is the model's own words (or the endpoint's reason) for not answering; ``error`` is set when
    there is no usable reply, a refusal of a structured reply included. ``is_unavailable`` says that no other
    request would have fared better: the endpoint is away, or knows neither our key nor the model.
    """

    text: str = ""
    parsed: BaseModel | None = None
    logprobs: tuple[TokenLogprob, ...] = ()
    refusal: str = ""
    error: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    model: str = ""
    earlier: tuple[str, ...] = ()
    is_cut: bool = False
    is_unavailable: bool = False

    @property
    def raw(self) -> str:
        """Everything the model said, as it came: repaired replies, the last one, a refusal."""
        return "\n".join(part for part in (*self.earlier, self.text, self.refusal) if part)


class EndpointUnavailableError(RuntimeError):
    """The endpoint answers nobody: what was asked is not at fault and has to wait."""


def available(reply: ChatReply, model: LanguageModel) -> ChatReply:
    """The reply, unless it says that the endpoint answers nobody: then :class:`EndpointUnavailableError`."""
    if reply.is_unavailable:
        raise EndpointUnavailableError(f"model {model.name} cannot be asked: {reply.error}")
    return reply


class LanguageModel(Protocol):
    """A model that answers chat requests. ``name`` is what its answers are recorded under."""

    @property
    def name(self) -> str:
        """The model's name at its endpoint."""
        ...

    def complete(self, request: ChatRequest) -> ChatReply:
        """Answer one request; a failure is ``ChatReply.error``, not an exception."""
        ...

    def complete_many(self, requests: Iterable[ChatRequest]) -> Iterator[tuple[int, ChatReply]]:
        """Answer requests, several at a time, and yield ``(position, reply)`` as replies arrive.

        ``requests`` is read in the caller's thread and only a little ahead of the replies taken.
        """
        ...


BATCH_RUNS = frozenset({"validating", "in_progress", "finalizing"})  # statuses of a batch on its way


@dataclass(frozen=True, slots=True)
class BatchState:
    """How a batch of requests stands at its endpoint: its status, the ids of its files of replies, and what
    the endpoint says against it."""

    status: str
    files: tuple[str, ...] = ()
    problem: str = ""


class EmbeddingClient(Protocol):
    """A model that turns texts into vectors."""

    @property
    def name(self) -> str:
        """The model's name at its endpoint."""
        ...

    def embed_many(self, batches: Iterable[Sequence[str]]) -> Iterator[tuple[int, list[list[float]]]]:
        """Yield ``(position, vectors)`` per batch as they arrive; raises ``EmbeddingError``."""
        ...


class EmbeddingError(RuntimeError):
    """An endpoint gave no usable vectors; the message says why."""
