"""Any OpenAI-compatible endpoint: questions through our own wire, files and vectors through the ``openai``
SDK, which this module alone imports."""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Coroutine, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from pipeline.engines.client import (
    BATCH_RUNS,
    BatchState,
    ChatReply,
    ChatRequest,
    EmbeddingError,
    EndpointUnavailableError,
    Message,
)
from pipeline.engines.completions import encoded, exchange, read_completion, rejected_parameters, request_body
from pipeline.engines.decisions import DecisionReply, DecisionRequest, decision_body, read_decision
from pipeline.engines.likelihood import ScoreReply, ScoreRequest, echo_body, read_echo
from pipeline.engines.untrusted import plain_text
from pipeline.engines.wire import NotReachedError, StatusError, Wire, WireError
from pipeline.engines.workers import Workers

logger = logging.getLogger(__name__)
T = TypeVar("T")
COMPLETIONS = "/chat/completions"
_ECHO, _DECISIONS = "/completions", "/decisions"
_UNKNOWN_TO_US = frozenset({401, 404})  # our key, or the model or page: no request would fare better
_NONCE = "nonce"  # in a batch's metadata: what it is known by until its id is kept
_LISTS_NONE = frozenset({404, 405, 501})


class OpenAIModel:
    """A model at an endpoint. At most ``concurrency`` requests are under way at once, over all callers.

    Status 429 and 5xx, lost connections and time-outs are tried again, after what Retry-After says.
    ``timeout`` is in seconds per attempt; ``read_ahead`` as in :class:`~pipeline.engines.workers.Workers`.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        model: str,
        concurrency: int = 16,
        timeout: float = 120.0,
        max_retries: int = 4,
        read_ahead: int = 2,
    ) -> None:
        self.base_url = base_url
        self.concurrency = concurrency
        self._api_key = api_key
        self._model = model
        self._timeout = timeout
        self._max_retries = max_retries
        self._wire = Wire(
            base_url, api_key, concurrency=concurrency, timeout=timeout, max_retries=max_retries
        )
        self._workers = Workers(f"openai {model}", concurrency, read_ahead)
        self._echo_writes = 0
        self._lock = threading.Lock()
        self._made: Any = None
        self._rejected: frozenset[str] = frozenset()
        weakref.finalize(self, self._workers.end, self._wire.close)

    def __repr__(self) -> str:
        return f"OpenAIModel(base_url={self.base_url!r}, model={self._model!r})"

    @property
    def name(self) -> str:
        """The model's name at its endpoint."""
        return self._model

    def complete(self, request: ChatRequest) -> ChatReply:
        """Answer one request; a failure is ``ChatReply.error``."""
        return self._workers.one(self.answer, request)

    def complete_many(self, requests: Iterable[ChatRequest]) -> Iterator[tuple[int, ChatReply]]:
        """Answer requests concurrently; yields ``(position, reply)`` as replies arrive."""
        return self._workers.map(self.answer, requests)

    def score_many(self, requests: Iterable[ScoreRequest]) -> Iterator[tuple[int, ScoreReply]]:
        """Log-likelihoods of continuations, by echo; yields ``(position, reply)`` as replies arrive."""
        return self._workers.map(self.score, requests)

    def decide_many(self, requests: Iterable[DecisionRequest]) -> Iterator[tuple[int, DecisionReply]]:
        """Typed decisions, concurrently; yields ``(position, reply)`` as replies arrive."""
        return self._workers.map(self.decide, requests)

    def embed_many(self, batches: Iterable[Sequence[str]]) -> Iterator[tuple[int, list[list[float]]]]:
        """Vectors of batches of texts, concurrently; raises ``EmbeddingError`` when one fails."""
        return self._workers.map(self._embed, batches)

    def close(self) -> None:
        """Stop the event loop; a later request starts a new one."""

        async def close() -> None:
            with self._lock:
                client, self._made = self._made, None
            if client is not None:
                await client.close()
            await self._wire.close()

        self._workers.stop(close)

    async def leave(self) -> None:
        """Close the connections that were opened in the caller's event loop."""
        await self._wire.close()

    def start_batch(self, lines: bytes, nonce: str) -> str:
        """Upload JSON lines of requests and start a batch over them, marked by ``nonce``; returns its id.

        This and the three below raise :class:`EndpointUnavailableError` when the endpoint does not do it.
        """

        async def start() -> str:
            file = await self._client.files.create(file=("requests.jsonl", lines), purpose="batch")
            batch = await self._client.batches.create(
                input_file_id=file.id,
                endpoint=f"/v1{COMPLETIONS}",
                completion_window="24h",
                metadata={_NONCE: nonce},
            )
            return str(batch.id)

        return self._carried_out(start())

    def started_batch(self, nonce: str) -> str:
        """Id of the batch marked by ``nonce`` among the endpoint's newest, if it runs or is completed; empty
        for none, also where the endpoint lists no batches."""
        import openai

        async def find() -> str:
            try:
                newest = await self._client.batches.list(limit=100)
            except openai.APIStatusError as error:
                if error.status_code in _LISTS_NONE:
                    return ""
                raise
            for batch in newest.data:
                if (batch.metadata or {}).get(_NONCE) == nonce and batch.status in BATCH_RUNS | {"completed"}:
                    return str(batch.id)
            return ""

        return self._carried_out(find())

    def batch(self, batch_id: str) -> BatchState:
        """How a batch stands; ``unknown`` if the endpoint knows no such batch."""
        import openai

        async def retrieve() -> BatchState:
            try:
                found = await self._client.batches.retrieve(batch_id)
            except openai.NotFoundError:
                return BatchState("unknown")
            problems = [error.message for error in (found.errors and found.errors.data) or ()]
            files = [file for file in (found.output_file_id, found.error_file_id) if file]
            return BatchState(found.status, tuple(files), "; ".join(filter(None, problems)))

        return self._carried_out(retrieve())

    def file(self, file_id: str) -> bytes:
        """What is in a file; nothing if the endpoint does not keep it any more."""
        import openai

        async def content() -> bytes:
            try:
                return bytes((await self._client.files.content(file_id)).content)
            except openai.NotFoundError:
                return b""

        return self._carried_out(content())

    def _carried_out(self, coroutine: Coroutine[Any, Any, T]) -> T:
        import openai

        try:
            return self._workers.run(coroutine)
        except openai.OpenAIError as error:
            message = f"{type(error).__name__}: {self._safe(error)}"
            raise EndpointUnavailableError(f"model {self.name} takes no batches: {message}") from None

    @property
    def _client(self) -> Any:
        import openai

        with self._lock:
            if self._made is None:
                self._made = openai.AsyncOpenAI(
                    base_url=self.base_url,
                    api_key=self._api_key or "none",  # the SDK wants one; local servers take any
                    timeout=self._timeout,
                    max_retries=self._max_retries,
                )
            return self._made

    async def answer(self, request: ChatRequest) -> ChatReply:
        """Ask, and where a schema is wanted ask once more for what could not be read.

        In the caller's event loop, which :meth:`leave` has to be called in at the end.
        """
        talk = exchange(request)
        messages = next(talk)
        while True:
            reply = await self._ask(request, messages)
            try:
                messages = talk.send(reply)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]

    async def _ask(self, request: ChatRequest, messages: Sequence[Message]) -> ChatReply:
        try:
            return read_completion(await self._completed(request, messages), request, self.name)
        except (WireError, ValueError) as error:
            return ChatReply(error=self._told(error), model=self.name, is_unavailable=_is_away(error))

    async def _completed(self, request: ChatRequest, messages: Sequence[Message]) -> bytes:
        """Body of a chat completion. Optional parameters that are rejected are left out from then on."""
        rejected = self._rejected
        while True:
            body = request_body(self._model, request, messages, rejected)
            try:
                content = await self._wire.post(COMPLETIONS, encoded(body))
            except StatusError as error:
                if error.status not in {400, 422}:
                    raise
                named = rejected_parameters(f"{error.param} {error}", body)
                if not named:
                    raise
                rejected |= named
                continue
            if rejected != self._rejected:
                logger.warning("%r takes no %s; asking without", self, ", ".join(sorted(rejected)))
                self._rejected |= rejected
            return content

    async def score(self, request: ScoreRequest) -> ScoreReply:
        """As :meth:`score_many` for one, in the caller's event loop."""
        try:
            return read_echo(await self._echoed(request), request)
        except (WireError, ValueError) as error:
            return ScoreReply(error=self._told(error), is_unavailable=_is_away(error))

    async def _echoed(self, request: ScoreRequest) -> bytes:
        """Body of an echo; one token is written where the endpoint refuses to write none, from then on."""
        written = self._echo_writes
        try:
            return await self._wire.post(_ECHO, encoded(echo_body(self._model, request, written)))
        except StatusError as error:
            if written or error.status not in {400, 422}:
                raise
        content = await self._wire.post(_ECHO, encoded(echo_body(self._model, request, 1)))
        self._echo_writes = 1
        return content

    async def decide(self, request: DecisionRequest) -> DecisionReply:
        """As :meth:`decide_many` for one, in the caller's event loop."""
        try:
            body: Mapping[str, Any] = decision_body(self._model, request)
            return read_decision(await self._wire.post(_DECISIONS, encoded(body)), request)
        except (WireError, ValueError) as error:
            return DecisionReply(error=self._told(error), is_unavailable=_is_away(error))

    def _told(self, error: Exception) -> str:
        """What is kept of a failure."""
        kind = f"HTTP {error.status}" if isinstance(error, StatusError) else type(error).__name__
        return f"{kind}: {self._safe(error)}"

    async def _embed(self, texts: Sequence[str]) -> list[list[float]]:
        import openai

        try:
            response = await self._client.embeddings.create(model=self._model, input=list(texts))
            ordered = sorted(response.data, key=lambda row: row.index)
            vectors = [row.embedding for row in ordered]
        except (openai.OpenAIError, ValueError, AttributeError, TypeError) as error:
            message = f"{self!r} gave no embeddings: {type(error).__name__}: {self._safe(error)}"
            raise EmbeddingError(message) from None
        if len(vectors) != len(texts):
            raise EmbeddingError(f"{self!r} gave {len(vectors)} vectors for {len(texts)} texts")
        return vectors

    def _safe(self, error: Exception) -> str:
        """An error's message without the key, which some servers repeat."""
        message = " ".join(plain_text(str(error)).split())[:1000]
        return message.replace(self._api_key, "[key]") if self._api_key else message


def _is_away(error: Exception) -> bool:
    """Whether no other request would have fared better. A time-out may be the fault of one long request."""
    if isinstance(error, StatusError):
        return error.status in _UNKNOWN_TO_US
    return isinstance(error, NotReachedError)
