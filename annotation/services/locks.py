"""Locks between processes of this machine; they end with their holder, however that ends."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from django.conf import settings


class BusyError(RuntimeError):
    """Another process does the same just now."""


@contextmanager
def one_at_a_time(name: str, *, patience: float = 0.0) -> Iterator[TextIO]:
    """Hold the lock ``name``, waiting for it at most ``patience`` seconds; yields its file, which is kept."""
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + patience
    with (settings.DATA_DIR / f"{name}.lock").open("a+") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= end:
                    raise BusyError(f"{name} is running on this machine; wait until it is done") from None
                time.sleep(0.2)
        yield file
