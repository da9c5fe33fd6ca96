"""Large numbers of requests as files of an endpoint's Batch API: slower, cheaper, and kept over a stop."""

from __future__ import annotations

import json
import logging
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from time import sleep
from typing import Any, Protocol
from uuid import uuid4

from pipeline.engines.client import (
    BATCH_RUNS,
    BatchState,
    ChatReply,
    ChatRequest,
    EndpointUnavailableError,
    LanguageModel,
    Message,
)
from pipeline.engines.completions import encoded, exchange, read_completion, rejected_parameters, request_body

logger = logging.getLogger(__name__)
MOST_LINES = 50_000
MOST_BYTES = 200_000_000
FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0  # seconds between looks at a running batch
_INTENT = "intent:"  # and a nonce: stands for the id of a batch that is being started
_NOT_ASKED = frozenset({"batch_expired", "batch_cancelled"})


class BatchEndpoint(LanguageModel, Protocol):
    """A model whose endpoint takes batches; raises :class:`EndpointUnavailableError` when it does not."""

    base_url: str

    def start_batch(self, lines: bytes, nonce: str) -> str:
        """Start a batch over JSON lines of requests, marked by a nonce; returns its id."""
        ...

    def started_batch(self, nonce: str) -> str:
        """Id of the batch marked by a nonce, if it was started and has not failed; empty for none."""
        ...

    def batch(self, batch_id: str) -> BatchState:
        """How a batch stands."""
        ...

    def file(self, file_id: str) -> bytes:
        """What is in a file; nothing if it is no longer there."""
        ...


class BatchStore(Protocol):
    """Remembers which batch a request (40 hex digits) was sent in, also over a stop."""

    def find(self, digests: Sequence[str]) -> Mapping[str, str]:
        """Batch id by request, of those that were sent."""
        ...

    def add(self, batch_id: str, digests: Sequence[str]) -> None:
        """These requests were sent in this batch."""
        ...

    def rename(self, old: str, new: str) -> None:
        """The requests kept as sent in the batch ``old`` were sent in ``new``."""
        ...

    def forget(self, digests: Sequence[str]) -> None:
        """These requests are answered, or never will be."""
        ...


@dataclass
class _Talk:
    """A request on its way to its reply, and the messages that have to be asked next."""

    position: int
    request: ChatRequest
    exchange: Generator[Sequence[Message], ChatReply, ChatReply]
    messages: Sequence[Message]
    body: Mapping[str, Any]

    @classmethod
    def about(cls, position: int, request: ChatRequest) -> _Talk:
        """A request not asked yet."""
        talk = exchange(request)
        return cls(position, request, talk, next(talk), {})


class BatchModel:
    """A model asked through batches. Requests are read to their end, or to what a budget covers, first.

    Repairs, and what has to be asked without a parameter, become a further batch. A batch that was running
    when we were stopped is taken up again for the requests in it. Single requests are asked directly.

    That a batch is about to be started is kept before, under a nonce; its id takes that place. So a batch
    whose id was lost to a stop is found at the endpoint, and one whose replies were used never is.
    """

    def __init__(
        self,
        model: BatchEndpoint,
        store: BatchStore,
        most_lines: int = MOST_LINES,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self.name = model.name
        self._model = model
        self._store = store
        self._most_lines = most_lines
        self._most_bytes = most_bytes
        self._rejected: frozenset[str] = frozenset()

    def complete(self, request: ChatRequest) -> ChatReply:
        """The reply to one request, asked directly."""
        return self._model.complete(request)

    def complete_many(self, requests: Iterable[ChatRequest]) -> Iterator[tuple[int, ChatReply]]:
        """Yield ``(position, reply)`` batch by batch.

        Raises :class:`EndpointUnavailableError` when a batch ends without all its replies, after what it has.
        """
        waiting = [_Talk.about(position, request) for position, request in enumerate(requests)]
        answered: list[str] = []
        while waiting:
            asked: dict[str, list[_Talk]] = {}
            lines: dict[str, bytes] = {}
            for talk in waiting:
                talk.body = request_body(self.name, talk.request, talk.messages, self._rejected)
                try:
                    digest, line = self._line(talk.body)
                except ValueError as error:
                    yield talk.position, ChatReply(error=f"{type(error).__name__}: {error}", model=self.name)
                    continue
                asked.setdefault(digest, []).append(talk)
                lines[digest] = line
            waiting = []
            for batch_id, wanted in self._batches(lines).items():
                for digest, status, body in self._collected(batch_id, wanted):
                    answered.append(digest)
                    for talk in asked.pop(digest):
                        reply = self._next(talk, status, body)
                        if reply is None:
                            waiting.append(talk)
                        else:
                            yield talk.position, reply
        self._store.forget(answered)

    def _line(self, body: Mapping[str, Any]) -> tuple[str, bytes]:
        """Digest of a request, which is also its name in a batch, and its line."""
        content = encoded({"endpoint": self._model.base_url, "body": body})
        digest = blake2b(content, digest_size=20).hexdigest()
        line = {"custom_id": digest, "method": "POST", "url": "/v1/chat/completions", "body": body}
        return digest, encoded(line) + b"\n"

    def _batches(self, lines: Mapping[str, bytes]) -> dict[str, set[str]]:
        """Batches that hold these requests, and which: those still known, and new ones for the rest."""
        batches: dict[str, set[str]] = {}
        known = self._known(list(lines))
        for digest, batch_id in known.items():
            batches.setdefault(batch_id, set()).add(digest)
        for digests in self._files({digest: line for digest, line in lines.items() if digest not in known}):
            nonce = uuid4().hex
            self._store.add(_INTENT + nonce, digests)
            batch_id = self._model.start_batch(b"".join(lines[digest] for digest in digests), nonce)
            self._store.rename(_INTENT + nonce, batch_id)
            logger.info("batch %s started over %d requests", batch_id, len(digests))
            batches[batch_id] = set(digests)
        return batches

    def _known(self, digests: Sequence[str]) -> dict[str, str]:
        """Batch id by request, of those that were sent. Where only the start was kept, the endpoint is asked
        for the batch; if it has none, the requests are forgotten."""
        known = dict(self._store.find(digests))
        for intent in sorted({name for name in known.values() if name.startswith(_INTENT)}):
            meant = [digest for digest, name in known.items() if name == intent]
            if batch_id := self._model.started_batch(intent.removeprefix(_INTENT)):
                self._store.rename(intent, batch_id)
                known.update(dict.fromkeys(meant, batch_id))
            else:
                self._store.forget(meant)
                known = {digest: name for digest, name in known.items() if name != intent}
        return known

    def _files(self, lines: Mapping[str, bytes]) -> Iterator[list[str]]:
        """Requests by file, each no longer and no larger than allowed."""
        file: list[str] = []
        size = 0
        for digest, line in lines.items():
            if file and (len(file) == self._most_lines or size + len(line) > self._most_bytes):
                yield file
                file, size = [], 0
            file.append(digest)
            size += len(line)
        if file:
            yield file

    def _collected(self, batch_id: str, wanted: set[str]) -> Iterator[tuple[str, int, bytes]]:
        """Wait for a batch; then yield ``(request, status, body)`` of the wanted ones."""
        wait = FIRST_WAIT
        while (state := self._model.batch(batch_id)).status in BATCH_RUNS | {"cancelling"}:
            logger.info("batch %s is %s", batch_id, state.status)
            sleep(wait)
            wait = min(LONGEST_WAIT, wait * 1.5)
        for file_id in state.files:
            for line in self._model.file(file_id).splitlines():
                digest, status, body = _read_line(line)
                if digest in wanted:
                    wanted.discard(digest)
                    yield digest, status, body
        if wanted:
            self._store.forget(list(wanted))
            said = f"batch {batch_id} ended as {state.status} without {len(wanted)} of its replies"
            raise EndpointUnavailableError(f"{said}: {state.problem}" if state.problem else said)

    def _next(self, talk: _Talk, status: int, body: bytes) -> ChatReply | None:
        """The reply a request ends with, or ``None`` when there is more to ask."""
        if status == 200:
            reply = read_completion(body, talk.request, self.name)
        else:
            message = " ".join(body.decode(errors="replace").split())
            if status in {400, 422} and (named := rejected_parameters(message, talk.body)):
                self._rejected |= named
                return None
            reply = ChatReply(error=f"HTTP {status}: {message[:1000]}", model=self.name)
        try:
            talk.messages = talk.exchange.send(reply)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        return None


def _read_line(line: bytes) -> tuple[str, int, bytes]:
    """Request, status and body of a line of a batch's file; an empty request for a line that says nothing."""
    try:
        found = json.loads(line)
        response, problem = found.get("response"), found.get("error")
        if response is None and problem and problem.get("code") in _NOT_ASKED:
            return "", 0, b""
        if response is None:
            return found["custom_id"], 500, json.dumps(problem).encode()
        return found["custom_id"], int(response["status_code"]), json.dumps(response["body"]).encode()
    except (ValueError, KeyError, TypeError, AttributeError):
        logger.warning("a line of a batch's file cannot be read: %.200r", line)
        return "", 0, b""
