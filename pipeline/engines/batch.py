"""Large runs at half the price: requests go to the endpoint as files and are answered within a day."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import islice
from typing import Any, Protocol

from pipeline.engines.cache import ReplyStore
from pipeline.engines.client import ChatReply, ChatRequest, EndpointUnavailableError
from pipeline.engines.replies import UnusableReplyError, read_reply

MOST_REQUESTS, MOST_BYTES = 50_000, 200_000_000  # of one file, by the protocol
WAIT = 30.0  # seconds between two looks at a batch
_OVER = frozenset({"completed", "failed", "expired", "cancelled"})


@dataclass(frozen=True, slots=True)
class BatchState:
    """How a batch stands; ``lines`` are its answers and errors, once it is over."""

    status: str
    lines: tuple[dict[str, Any], ...] = ()
    error: str = ""

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.status in _OVER


class BatchEndpoint(Protocol):
    """An endpoint with files and batches."""

    @property
    def name(self) -> str:
        """The model's name at its endpoint."""
        ...

    def body(self, request: ChatRequest) -> dict[str, Any]:
        """Body of a chat request."""
        ...

    def read(self, body: dict[str, Any], request: ChatRequest) -> ChatReply:
        """The reply in the body of a chat completion."""
        ...

    def start_batch(self, lines: bytes) -> str:
        """Upload requests as JSON Lines and have them answered; returns the batch's id."""
        ...

    def batch_state(self, batch: str) -> BatchState:
        """How a batch stands."""
        ...


class BatchModel:
    """Answers requests in batches. The id of a batch is kept by what it asks, so that a run that was stopped
    picks it up again and pays once. ``wait`` seconds are slept between two looks."""

    def __init__(
        self,
        endpoint: BatchEndpoint,
        store: ReplyStore,
        *,
        wait: float | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._endpoint = endpoint
        self._store = store
        self._wait = WAIT if wait is None else wait
        self._sleep = sleep

    @property
    def name(self) -> str:
        """The model's name at its endpoint."""
        return self._endpoint.name

    def complete(self, request: ChatRequest) -> ChatReply:
        """Answer one request, in a batch of its own."""
        [(_, reply)] = self.complete_many([request])
        return reply

    def complete_many(self, requests: Iterable[ChatRequest]) -> Iterator[tuple[int, ChatReply]]:
        """Answer requests, file by file; a request the batch did not answer has an error."""
        waiting = iter(enumerate(requests))
        left: list[tuple[int, ChatRequest, bytes]] = []
        while True:
            left += [
                (position, request, self._line(position, request))
                for position, request in islice(waiting, MOST_REQUESTS - len(left))
            ]
            if not left:
                return
            size = count = 0
            for *_, line in left:
                if count and size + len(line) > MOST_BYTES:
                    break
                size, count = size + len(line), count + 1
            part, left = left[:count], left[count:]
            yield from self._answered(part)

    def _line(self, position: int, request: ChatRequest) -> bytes:
        line = {
            "custom_id": str(position),
            "method": "POST",
            "url": "/v1/chat/completions",
            "body": self._endpoint.body(request),
        }
        return json.dumps(line, ensure_ascii=False, sort_keys=True).encode() + b"\n"

    def _answered(self, part: list[tuple[int, ChatRequest, bytes]]) -> Iterator[tuple[int, ChatReply]]:
        content = b"".join(line for *_, line in part)
        key = blake2b(b"batch\0" + self.name.encode() + b"\0" + content, digest_size=32).hexdigest()
        batch = self._store.get(key)
        if batch is None:
            batch = self._endpoint.start_batch(content)
            self._store.put({key: batch})
        while not (state := self._endpoint.batch_state(batch)).is_over:
            self._sleep(self._wait)
        if state.status != "completed" and not state.lines:
            raise EndpointUnavailableError(
                f"batch {batch} has {state.status}: {state.error or 'no reason given'}"
            )
        answers = {str(line.get("custom_id")): line for line in state.lines}
        for position, request, _ in part:
            yield position, self._reply(answers.get(str(position)), request)

    def _reply(self, line: dict[str, Any] | None, request: ChatRequest) -> ChatReply:
        if line is None:
            return ChatReply(error="the batch gave no answer", model=self.name)
        response = line.get("response") or {}
        if line.get("error") or response.get("status_code") != 200:
            return ChatReply(error=f"in the batch: {line.get('error') or response}", model=self.name)
        reply = self._endpoint.read(response.get("body") or {}, request)
        if request.schema is None or reply.error or reply.refusal:
            return reply
        try:
            return replace(reply, parsed=read_reply(reply.text, request.schema))
        except UnusableReplyError as error:
            return replace(reply, error=f"reply does not fit the schema: {error}")
