"""An endpoint asked by a process of its own, so that whoever asks has a processor to itself.

In one process the thread that talks and the thread that writes down hinder each other: each system call of
the one may wait for the other's turn. The child (``python -m pipeline.engines.remote``) is started for long
lists only, gets its settings and the requests through a socket pair, and ends with its parent.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import socket
import struct
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeVar

from pipeline.engines.client import ChatReply, ChatRequest, EndpointUnavailableError
from pipeline.engines.decisions import DecisionReply, DecisionRequest
from pipeline.engines.likelihood import ScoreReply, ScoreRequest
from pipeline.engines.openai import OpenAIModel

FEW = 512  # requests that are not worth a process
_CANCEL = "cancel"
_LENGTH = struct.Struct("!I")
Request = TypeVar("Request")
Reply = TypeVar("Reply")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What an :class:`OpenAIModel` is made of."""

    base_url: str
    api_key: str
    model: str
    concurrency: int = 16
    read_ahead: int = 4
    far_ahead: int = (
        32  # the same for the child: it must not run dry while its parent writes, or waits its turn
    )

    def open(self) -> OpenAIModel:
        """The model, in this process."""
        return OpenAIModel(
            self.base_url, self.api_key, self.model, self.concurrency, read_ahead=self.read_ahead
        )


class RemoteModel:
    """Asks the first requests here, and when there are more all others in a child. One list at a time; no
    schemas."""

    def __init__(self, endpoint: Endpoint, few: int = FEW) -> None:
        self.name = endpoint.model
        self._endpoint = endpoint
        self._few = few
        self._here = endpoint.open()
        self._child: _Child | None = None

    def complete(self, request: ChatRequest) -> ChatReply:
        """Answer one request."""
        return self._here.complete(request)

    def complete_many(self, requests: Iterable[ChatRequest]) -> Iterator[tuple[int, ChatReply]]:
        """As :class:`OpenAIModel`."""
        return self._map("answer", self._here.complete_many, requests)

    def score_many(self, requests: Iterable[ScoreRequest]) -> Iterator[tuple[int, ScoreReply]]:
        """As :class:`OpenAIModel`."""
        return self._map("score", self._here.score_many, requests)

    def decide_many(self, requests: Iterable[DecisionRequest]) -> Iterator[tuple[int, DecisionReply]]:
        """As :class:`OpenAIModel`."""
        return self._map("decide", self._here.decide_many, requests)

    def _map(
        self,
        kind: str,
        here: Callable[[Iterable[Request]], Iterator[tuple[int, Reply]]],
        requests: Iterable[Request],
    ) -> Iterator[tuple[int, Reply]]:
        waiting = iter(requests)
        few = 0 if self._child else self._few
        yield from here(islice(waiting, few))
        for first in waiting:
            if self._child is None:
                self._child = _Child(self._endpoint)
            yield from self._child.map(kind, enumerate(chain([first], waiting), start=few))


class _Child:
    """A running child, and the socket to it."""

    def __init__(self, endpoint: Endpoint) -> None:
        ours, theirs = socket.socketpair()
        self._most = endpoint.far_ahead * endpoint.concurrency
        self._step = max(1, (self._most - endpoint.concurrency) // 2)
        self._socket = ours
        self._round = 0
        root = str(Path(__file__).resolve().parents[2])
        with theirs:
            process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", __name__, str(theirs.fileno())],
                cwd=root,
                env={**os.environ, "PYTHONPATH": root},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # an interrupt is the parent's to handle
            )
        weakref.finalize(self, _end, ours, process)
        # Not by its arguments: they can be read by others, and the key is among these.
        self._send(endpoint)

    def map(self, kind: str, numbered: Iterator[tuple[int, Any]]) -> Iterator[tuple[int, Any]]:
        """Replies as they arrive; requests are read only as far ahead as allowed."""
        self._round += 1
        now, under_way = self._round, 0
        try:
            while True:
                if under_way <= self._most - self._step and (
                    batch := list(islice(numbered, self._most - under_way))
                ):
                    under_way += len(batch)
                    self._send((kind, now, batch))
                if not under_way:
                    return
                asked, replies = self._receive()
                if asked != now:
                    continue  # of a list that was given up
                for entry in replies:
                    under_way -= 1
                    yield entry
        finally:
            if under_way:
                self._send((_CANCEL, now, []))

    def _send(self, message: object) -> None:
        try:
            self._socket.sendall(_frame(message))
        except OSError as error:
            raise EndpointUnavailableError(f"the process that asks has ended: {error}") from error

    def _receive(self) -> Any:
        # What comes is of our own child.
        return pickle.loads(self._exactly(_LENGTH.unpack(self._exactly(_LENGTH.size))[0]))  # noqa: S301

    def _exactly(self, size: int) -> bytearray:
        content = bytearray()
        while len(content) < size:
            part = self._socket.recv(size - len(content))
            if not part:
                raise EndpointUnavailableError("the process that asks has ended")
            content += part
        return content


def _end(ours: socket.socket, process: subprocess.Popen[bytes]) -> None:
    """The child ends when its socket does; whoever ends it does not wait for that."""
    ours.close()
    threading.Thread(target=process.wait, daemon=True).start()


def _frame(message: object) -> bytes:
    content = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(content)) + content


class _Answering:
    """The child: a few workers that take requests off a queue, and hand replies over several at a time."""

    def __init__(self, endpoint: Endpoint, writer: asyncio.StreamWriter) -> None:
        self._model = endpoint.open()
        self._concurrency = endpoint.concurrency
        self._writer = writer
        self._now = 0
        self._ready: list[tuple[int, Any]] = []
        self._queue: asyncio.Queue[tuple[int, Any]] = asyncio.Queue()
        self._workers: list[asyncio.Task[None]] = []

    def take(self, kind: str, now: int, batch: list[tuple[int, Any]]) -> None:
        """Requests of a list, or that it was given up."""
        if kind == _CANCEL or now != self._now:
            for worker in self._workers:
                worker.cancel()
            self._workers, self._queue, self._now = [], asyncio.Queue(), now
            self._ready.clear()
        for entry in batch:
            self._queue.put_nowait(entry)
        if batch and not self._workers:
            ask = getattr(self._model, kind)
            self._workers = [asyncio.create_task(self._work(ask)) for _ in range(self._concurrency)]

    async def leave(self) -> None:
        """Close the connections."""
        await self._model.leave()

    async def _work(self, ask: Callable[[Any], Any]) -> None:
        queue = self._queue
        while True:
            position, request = await queue.get()
            reply = await ask(request)
            if not self._ready:
                asyncio.get_running_loop().call_soon(self._hand_over)
            self._ready.append((position, reply))

    def _hand_over(self) -> None:
        self._writer.write(_frame((self._now, self._ready)))
        self._ready.clear()


async def _answer(descriptor: int) -> None:
    """The child's whole life: requests in, replies out, until the parent is gone."""
    reader, writer = await asyncio.open_connection(sock=socket.socket(fileno=descriptor))

    async def message() -> Any:
        (size,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
        # What comes is of our own parent.
        return pickle.loads(await reader.readexactly(size))  # noqa: S301

    answering = _Answering(await message(), writer)
    try:
        while True:
            answering.take(*await message())
    except (asyncio.IncompleteReadError, ConnectionError):
        return
    finally:
        await answering.leave()


if __name__ == "__main__":
    # By its name in the package, so that what is pickled here is known there.
    from pipeline.engines.remote import _answer as _serve

    asyncio.run(_serve(int(sys.argv[1])))
