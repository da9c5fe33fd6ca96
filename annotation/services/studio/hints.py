"""Hints that votes changed, followed up outside the request that brought them."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Iterable

from django.db import close_old_connections

from annotation.label_studio.errors import StudioError
from annotation.services.studio.pull import pull_tasks
from annotation.services.studio.servers import studio_client, studio_server

logger = logging.getLogger(__name__)
_CAPACITY = 10_000
_TIMEOUT = 10.0  # seconds a call

# A hook that is not answered within a second costs the annotator that second on every click, and Label Studio
# serves our fetch from the same process that waits for our answer: so the fetch must happen after the answer.
# A thread of the web process is enough, without a queue server, because a hint may be lost: the next pull
# finds whatever a thread that died did not.
_hints: queue.Queue[tuple[str, int]] = queue.Queue(_CAPACITY)
_starting = threading.Lock()
_reader: threading.Thread | None = None


def hint_tasks(task_ids: Iterable[int], server_name: str = "") -> None:
    """Have these tasks of a server fetched soon (by default of the common one). Returns at once; what the
    queue cannot hold is left to the pull."""
    global _reader
    for task_id in task_ids:
        try:
            _hints.put_nowait((server_name, task_id))
        except queue.Full:
            logger.warning("too many hints of votes at once; the next pull reads the rest")
            break
    with _starting:
        if _reader is None or not _reader.is_alive():
            _reader = threading.Thread(target=_read_forever, name="vote-hints", daemon=True)
            _reader.start()


def wait_for_hints() -> None:
    """Return when all hints taken so far have been followed up, well or not."""
    _hints.join()


def _read_forever() -> None:
    while True:
        taken = [_hints.get()]
        while not _hints.empty():
            taken.append(_hints.get_nowait())
        close_old_connections()
        try:
            for name in {name for name, _ in taken}:
                _follow(name, [task_id for server, task_id in taken if server == name])
        except Exception:
            logger.exception("votes announced by Label Studio were not written; the next pull tries again")
        finally:
            close_old_connections()
            for _ in taken:
                _hints.task_done()


def _follow(name: str, task_ids: list[int]) -> None:
    try:
        pull_tasks(task_ids, client=studio_client(name, timeout=_TIMEOUT), server=studio_server(name))
    except StudioError as error:
        logger.warning("votes announced by Label Studio were not fetched now, the next pull will: %s", error)
