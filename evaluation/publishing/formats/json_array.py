"""A JSON array written piece by piece."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any


def json_array(rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """The bytes ``json.dumps(rows, indent=2)`` gives for a list, and a line feed; one row in memory."""
    opening = "[\n"
    for row in rows:
        text = json.dumps(row, ensure_ascii=False, indent=2).replace("\n", "\n  ")
        yield f"{opening}  {text}".encode()
        opening = ",\n"
    yield b"[]\n" if opening == "[\n" else b"\n]\n"
