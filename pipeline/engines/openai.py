"""Any OpenAI-compatible endpoint through the ``openai`` SDK: the one module that imports it."""

from __future__ import annotations

import asyncio
import json
import logging
import math
import queue
import re
import threading
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from pydantic import BaseModel, Field, ValidationError

from pipeline.engines.batch import BatchState
from pipeline.engines.client import (
    ChatReply,
    ChatRequest,
    EmbeddingError,
    EndpointUnavailableError,
    TokenLogprob,
)
from pipeline.engines.replies import (
    UnusableReplyError,
    json_schema,
    read_reply,
    repair_instruction,
    schema_instruction,
)

logger = logging.getLogger(__name__)
T = TypeVar("T")
Item = TypeVar("Item")

# What an endpoint may reject without being useless; a schema goes into the prompt then.
_OPTIONAL = ("response_format", "top_logprobs", "logprobs", "seed", "temperature", "max_completion_tokens")


class _Top(BaseModel):
    token: str
    logprob: float | None = None


class _Token(_Top):
    top_logprobs: list[_Top] | None = None


class _Logprobs(BaseModel):
    content: list[_Token] | None = None


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None
    logprobs: _Logprobs | None = None


class _Usage(BaseModel):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Completion(BaseModel):
    """The part of a chat completion we read. Endpoints differ in the rest."""

    choices: list[_Choice] = Field(min_length=1)
    model: str | None = None
    usage: _Usage | None = None


class OpenAIModel:
    """A model at an endpoint. At most ``concurrency`` requests are under way at once, over all callers.

    Requests run on one event loop in a daemon thread, so a caller that stops leaves nothing running.
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
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client: Any = None
        self._slots: Any = None
        self._rejected: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"OpenAIModel(base_url={self.base_url!r}, model={self._model!r})"

    @property
    def name(self) -> str:
        """The model's name at its endpoint."""
        return self._model

    def complete(self, request: ChatRequest) -> ChatReply:
        """Answer one request; a failure is ``ChatReply.error``."""
        return self._submit(self._answer(request)).result()

    def complete_many(self, requests: Iterable[ChatRequest]) -> Iterator[tuple[int, ChatReply]]:
        """Answer requests concurrently; yields ``(position, reply)`` as replies arrive."""
        return self._map(self._answer, requests)

    def embed_many(self, batches: Iterable[Sequence[str]]) -> Iterator[tuple[int, list[list[float]]]]:
        """Vectors of batches of texts, concurrently; raises ``EmbeddingError`` when one fails."""
        return self._map(self._embed, batches)

    def body(self, request: ChatRequest) -> dict[str, Any]:
        """Body of a chat request, as a batch wants it."""
        return self._parameters(request, list(request.messages), self._rejected)

    def read(self, body: dict[str, Any], request: ChatRequest) -> ChatReply:
        """The reply in the body of a chat completion."""
        try:
            return _read(_Completion.model_validate(body), json.dumps(body), request)
        except ValidationError as error:
            return ChatReply(error=f"not a chat completion: {self._safe(error)}", model=self.name)

    def start_batch(self, lines: bytes) -> str:
        """Upload requests as JSON Lines and have them answered within a day; returns the batch's id."""
        return self._submit(self._batches(self._start_batch, lines)).result()

    def batch_state(self, batch: str) -> BatchState:
        """How a batch stands."""
        return self._submit(self._batches(self._batch_state, batch)).result()

    async def _batches(self, work: Callable[[Any], Coroutine[Any, Any, T]], argument: Any) -> T:
        import openai

        try:
            return await work(argument)
        except openai.OpenAIError as error:
            raise EndpointUnavailableError(f"{self!r} takes no batch: {self._safe(error)}") from None

    async def _start_batch(self, lines: bytes) -> str:
        uploaded = await self._client.files.create(file=("requests.jsonl", lines), purpose="batch")
        batch = await self._client.batches.create(
            input_file_id=uploaded.id, endpoint="/v1/chat/completions", completion_window="24h"
        )
        return str(batch.id)

    async def _batch_state(self, batch: str) -> BatchState:
        found = await self._client.batches.retrieve(batch)
        reasons = "; ".join(str(one.message) for one in (found.errors.data or ())) if found.errors else ""
        state = BatchState(str(found.status), error=reasons)
        lines: list[dict[str, Any]] = []
        for file in (found.output_file_id, found.error_file_id) if state.is_over else ():
            if file:
                content = await self._client.files.content(file)
                lines += [json.loads(line) for line in content.text.splitlines() if line.strip()]
        return replace(state, lines=tuple(lines))

    def close(self) -> None:
        """Stop the event loop; a later request starts a new one."""
        with self._lock:
            loop, client, self._loop, self._client = self._loop, self._client, None, None
        if loop is not None:
            asyncio.run_coroutine_threadsafe(client.close(), loop).result()
            loop.call_soon_threadsafe(loop.stop)

    def _map(self, work: Any, items: Iterable[Item]) -> Iterator[tuple[int, Any]]:
        """Keep at most twice ``concurrency`` items waiting or under way; closing cancels what is left.

        Items go to the event loop several at a time: to wake it costs as much as a good part of a request.
        """
        done: queue.SimpleQueue[tuple[int, asyncio.Task[Any]]] = queue.SimpleQueue()
        tasks: set[asyncio.Task[Any]] = set()  # touched by the loop's thread alone
        numbered = enumerate(items)
        under_way = 0

        def start(batch: list[tuple[int, Item]]) -> None:
            for position, item in batch:
                task = asyncio.ensure_future(work(item))
                tasks.add(task)
                task.add_done_callback(partial(finish, position))

        def finish(position: int, task: asyncio.Task[Any]) -> None:
            tasks.discard(task)
            done.put((position, task))

        def cancel() -> None:
            for task in tasks:
                task.cancel()

        loop = self._running_loop()
        try:
            while True:
                if under_way <= self.concurrency:
                    batch = list(islice(numbered, 2 * self.concurrency - under_way))
                    under_way += len(batch)
                    if batch:
                        loop.call_soon_threadsafe(start, batch)
                if not under_way:
                    return
                position, task = done.get()
                under_way -= 1
                yield position, task.result()
        finally:
            if under_way and not loop.is_closed():
                loop.call_soon_threadsafe(cancel)

    def _submit(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(coroutine, self._running_loop())

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = self._start()
            return self._loop

    def _start(self) -> asyncio.AbstractEventLoop:
        import openai

        self._client = openai.AsyncOpenAI(
            base_url=self.base_url,
            api_key=self._api_key or "none",  # the SDK wants one; local servers take any
            timeout=self._timeout,
            max_retries=self._max_retries,
        )
        self._slots = asyncio.Semaphore(self.concurrency)
        loop = asyncio.new_event_loop()
        threading.Thread(target=_serve, args=(loop,), name=f"openai {self._model}", daemon=True).start()
        return loop

    async def _answer(self, request: ChatRequest) -> ChatReply:
        """Ask, and where a schema is wanted ask once more for what could not be read."""
        async with self._slots:
            reply = await self._ask(request, list(request.messages))
            if request.schema is None or reply.error or reply.refusal:
                return reply
            try:
                return replace(reply, parsed=read_reply(reply.text, request.schema))
            except UnusableReplyError as error:
                problem = str(error)
            repaired = await self._ask(
                request,
                [
                    *request.messages,
                    {"role": "assistant", "content": reply.text},
                    {"role": "user", "content": repair_instruction(problem)},
                ],
            )
            repaired = replace(
                repaired,
                earlier=(reply.text,),
                tokens_in=reply.tokens_in + repaired.tokens_in,
                tokens_out=reply.tokens_out + repaired.tokens_out,
            )
            if repaired.error or repaired.refusal:
                return repaired
            try:
                return replace(repaired, parsed=read_reply(repaired.text, request.schema))
            except UnusableReplyError as error:
                return replace(repaired, error=f"reply does not fit the schema, also after repair: {error}")

    async def _ask(self, request: ChatRequest, messages: list[Any]) -> ChatReply:
        import openai

        try:
            body = await self._post(request, messages)
            return _read(_Completion.model_validate_json(body), body, request)
        except ValidationError as error:
            return ChatReply(error=f"not a chat completion: {self._safe(error)}", text=body, model=self.name)
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

    async def _post(self, request: ChatRequest, messages: list[Any]) -> str:
        """Body of a completion. Optional parameters the endpoint rejects are left out, and remembered so."""
        import httpx2
        import openai

        rejected = self._rejected
        while True:
            parameters = self._parameters(request, messages, rejected)
            try:
                # The SDK's own method, retries included, without its check and copy of every parameter.
                response = await self._client.post(
                    "/chat/completions", cast_to=httpx2.Response, body=parameters
                )
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                named = _named_in(error, parameters)
                if not named:
                    raise
                rejected |= named
                continue
            if rejected != self._rejected:
                logger.warning("%r takes no %s; asking without", self, ", ".join(sorted(rejected)))
                self._rejected |= rejected
            return str(response.text).replace("\0", "")

    def _parameters(
        self, request: ChatRequest, messages: list[Any], rejected: frozenset[str]
    ) -> dict[str, Any]:
        wanted: dict[str, Any] = {"temperature": request.temperature}
        if request.seed is not None:
            wanted["seed"] = request.seed
        if request.want_logprobs or request.top_logprobs:
            wanted["logprobs"] = True
        if request.top_logprobs and "logprobs" not in rejected:
            wanted["top_logprobs"] = request.top_logprobs
        if request.schema is not None:
            if "response_format" in rejected:
                first, *rest = messages
                content = f"{first['content']}\n\n{schema_instruction(request.schema)}"
                messages = [{**first, "content": content}, *rest]
            schema = {"name": request.task, "schema": json_schema(request.schema), "strict": True}
            wanted["response_format"] = {"type": "json_schema", "json_schema": schema}
        # Older servers know only the older name of the limit.
        limit = "max_tokens" if "max_completion_tokens" in rejected else "max_completion_tokens"
        return {
            "model": self._model,
            "messages": messages,
            limit: request.max_tokens,
            **{name: value for name, value in wanted.items() if name not in rejected},
        }

    async def _embed(self, texts: Sequence[str]) -> list[list[float]]:
        import openai

        async with self._slots:
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


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    try:
        loop.run_forever()
    finally:
        loop.close()


def _named_in(error: Any, parameters: dict[str, Any]) -> frozenset[str]:
    """Optional parameters of a request that a rejection names; the response format if it names none."""
    message = f"{error.param or ''} {error}"
    named = [name for name in _OPTIONAL if name in parameters and re.search(rf"\b{name}\b", message)]
    if not named and "response_format" in parameters:
        named = ["response_format"]
    return frozenset(named)


def _number(logprob: float | None) -> float:
    """A missing log-probability is not a number, and never zero."""
    return math.nan if logprob is None else logprob


def _alternatives(tops: list[_Top] | None) -> dict[str, float]:
    return {top.token: top.logprob for top in tops or () if top.logprob is not None}


def _read(completion: _Completion, body: str, request: ChatRequest) -> ChatReply:
    choice = completion.choices[0]
    tokens = (choice.logprobs.content if choice.logprobs else None) or []
    usage = completion.usage or _Usage()
    reply = ChatReply(
        text=(choice.message.content or "").replace("\0", ""),
        logprobs=tuple(
            TokenLogprob(token.token, _number(token.logprob), _alternatives(token.top_logprobs))
            for token in tokens
        ),
        refusal=(choice.message.refusal or "").replace("\0", ""),
        tokens_in=usage.prompt_tokens or 0,
        tokens_out=usage.completion_tokens or 0,
        model=completion.model or "",
        is_cut=choice.finish_reason == "length",
    )
    if choice.finish_reason == "content_filter" and not reply.refusal:
        reply = replace(reply, refusal="stopped by the endpoint's content filter")
    if reply.refusal:
        return replace(reply, error="the model refused") if request.schema else reply
    if reply.is_cut and request.schema:
        return replace(reply, error=f"reply cut off at {request.max_tokens} tokens")
    if not reply.text.strip():
        return replace(reply, error="empty reply", text=reply.text or body)
    return reply
