"""Any OpenAI-compatible endpoint through the ``openai`` SDK: the one module that imports it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Coroutine, Iterable, Iterator, Sequence
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
from pipeline.engines.workers import Workers

logger = logging.getLogger(__name__)
T = TypeVar("T")
COMPLETIONS = "/chat/completions"
_NONCE = "nonce"  # in a batch's metadata: what it is known by until its id is kept
_LISTS_NONE = frozenset({404, 405, 501})


class OpenAIModel:
    """A model at an endpoint. At most ``concurrency`` requests are under way at once, over all callers.

    Status 429 and 5xx, lost connections and time-outs are retried by the SDK, which honours Retry-After.
    ``timeout`` is in seconds per attempt.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        model: str,
        concurrency: int = 16,
        timeout: float = 120.0,
        max_retries: int = 4,
    ) -> None:
        self.base_url = base_url
        self.concurrency = concurrency
        self._api_key = api_key
        self._model = model
        self._timeout = timeout
        self._max_retries = max_retries
        self._address = base_url.rstrip("/") + COMPLETIONS
        self._workers = Workers(f"openai {model}", concurrency)
        self._lock = threading.Lock()
        self._made: Any = None
        self._rejected: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"OpenAIModel(base_url={self.base_url!r}, model={self._model!r})"

    @property
    def name(self) -> str:
        """The model's name at its endpoint."""
        return self._model

    def complete(self, request: ChatRequest) -> ChatReply:
        """Answer one request; a failure is ``ChatReply.error``."""
        return self._workers.one(self._answer, request)

    def complete_many(self, requests: Iterable[ChatRequest]) -> Iterator[tuple[int, ChatReply]]:
        """Answer requests concurrently; yields ``(position, reply)`` as replies arrive."""
        return self._workers.map(self._answer, requests)

    def embed_many(self, batches: Iterable[Sequence[str]]) -> Iterator[tuple[int, list[list[float]]]]:
        """Vectors of batches of texts, concurrently; raises ``EmbeddingError`` when one fails."""
        return self._workers.map(self._embed, batches)

    def close(self) -> None:
        """Stop the event loop; a later request starts a new one."""
        with self._lock:
            client, self._made = self._made, None
        if client is not None:
            self._workers.stop(client.close)

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

    async def _answer(self, request: ChatRequest) -> ChatReply:
        """Ask, and where a schema is wanted ask once more for what could not be read."""
        talk = exchange(request)
        messages = next(talk)
        while True:
            reply = await self._ask(request, messages)
            try:
                messages = talk.send(reply)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]

    async def _ask(self, request: ChatRequest, messages: Sequence[Message]) -> ChatReply:
        import openai

        try:
            return read_completion(await self._post(request, messages), request, self.name)
        except openai.APIStatusError as error:
            return ChatReply(
                error=f"HTTP {error.status_code}: {self._safe(error)}",
                model=self.name,
                is_unavailable=isinstance(error, openai.AuthenticationError | openai.NotFoundError),
            )
        except (openai.OpenAIError, ValueError) as error:
            is_away = isinstance(error, openai.APIConnectionError)
            return ChatReply(
                error=f"{type(error).__name__}: {self._safe(error)}",
                model=self.name,
                # A time-out may be the fault of one long request.
                is_unavailable=is_away and not isinstance(error, openai.APITimeoutError),
            )

    async def _post(self, request: ChatRequest, messages: Sequence[Message]) -> bytes:
        """Body of a completion. Optional parameters the endpoint rejects are left out, and remembered so.

        The SDK sends bytes and gives bytes back: its own models of request and reply cost more than the rest.
        """
        import openai

        rejected = self._rejected
        while True:
            body = request_body(self._model, request, messages, rejected)
            try:
                response = await self._client.post(
                    self._address,
                    content=encoded(body),
                    cast_to=openai.HttpxBinaryResponseContent,
                )
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                named = rejected_parameters(f"{error.param or ''} {error}", body)
                if not named:
                    raise
                rejected |= named
                continue
            if rejected != self._rejected:
                logger.warning("%r takes no %s; asking without", self, ", ".join(sorted(rejected)))
                self._rejected |= rejected
            return bytes(response.content)

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
        message = " ".join(str(error).split())[:1000]
        return message.replace(self._api_key, "[key]") if self._api_key else message
