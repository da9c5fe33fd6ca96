"""An event loop in a thread of its own that works through items, several at once."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

T = TypeVar("T")
Item = TypeVar("Item")
Work = Callable[[Item], Coroutine[Any, Any, T]]


class Workers:
    """At most ``concurrency`` items are under way at once, over all callers.

    The loop runs in a daemon thread, so a caller that stops leaves nothing running. It is started when first
    needed, and after :meth:`stop` again. Up to ``read_ahead`` times ``concurrency`` items are taken at once,
    so that the next one is there when a slot is free; with 1, none is taken before it is worked on.
    """

    def __init__(self, name: str, concurrency: int, read_ahead: int = 2) -> None:
        self.concurrency = concurrency
        self._most = read_ahead * concurrency
        self._name = name
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._slots = asyncio.Semaphore(concurrency)

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Wait for one coroutine, which needs no slot."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._started()).result()

    def one(self, work: Work[Item, T], item: Item) -> T:
        """Work on one item."""
        return self.run(self._in_slot(work, item))

    def map(self, work: Work[Item, T], items: Iterable[Item]) -> Iterator[tuple[int, T]]:
        """Yield ``(position, result)`` as results arrive; an item's exception is raised, and ends the rest.

        ``items`` is read in the caller's thread, only as far ahead as allowed. Items are handed over
        and results taken several at a time: waking a thread costs as much as half a request.
        """
        loop = self._started()
        done: queue.SimpleQueue[list[tuple[int, T | BaseException]]] = queue.SimpleQueue()
        # Touched by the loop's thread only:
        ready: list[tuple[int, T | BaseException]] = []
        tasks: set[asyncio.Task[None]] = set()

        async def answer(position: int, item: Item) -> None:
            result: T | BaseException
            try:
                result = await self._in_slot(work, item)
            except Exception as error:
                result = error
            if not ready:
                loop.call_soon(hand_over)
            ready.append((position, result))

        def hand_over() -> None:
            done.put(ready.copy())
            ready.clear()

        def start(batch: Sequence[tuple[int, Item]]) -> None:
            for entry in batch:
                task = loop.create_task(answer(*entry))
                tasks.add(task)
                task.add_done_callback(tasks.discard)

        def cancel() -> None:
            for task in tasks:
                task.cancel()

        numbered = enumerate(items)
        most, under_way = self._most, 0
        step = max(1, (most - self.concurrency) // 2)
        try:
            while True:
                if under_way <= most - step and (batch := list(islice(numbered, most - under_way))):
                    under_way += len(batch)
                    loop.call_soon_threadsafe(start, batch)
                if not under_way:
                    return
                for position, result in done.get():
                    under_way -= 1
                    if isinstance(result, BaseException):
                        raise result
                    yield position, result
        finally:
            if under_way:
                loop.call_soon_threadsafe(cancel)

    def stop(self, last: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run ``last`` and stop the loop, if one runs."""
        with self._lock:
            loop, self._loop = self._loop, None
        if loop is not None:
            asyncio.run_coroutine_threadsafe(last(), loop).result()
            loop.call_soon_threadsafe(loop.stop)

    def end(self, last: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """As :meth:`stop`, but waits a second at most, and not at all in the loop's own thread: for when
        nobody can ask any more."""
        with self._lock:
            loop, self._loop = self._loop, None
        if loop is None or loop.is_closed():
            return
        over = threading.Event()

        async def finish() -> None:
            await last()
            over.set()
            loop.stop()

        loop.call_soon_threadsafe(lambda: loop.create_task(finish()))
        if threading.current_thread() is not self._thread:
            over.wait(1.0)

    async def _in_slot(self, work: Work[Item, T], item: Item) -> T:
        async with self._slots:
            return await work(item)

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._slots = asyncio.Semaphore(self.concurrency)
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=_serve, args=(self._loop,), name=self._name, daemon=True
                )
                self._thread.start()
            return self._loop


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    try:
        loop.run_forever()
    finally:
        loop.close()
