"""A JSON array read item by item, for files that are larger than memory should be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import TextIOWrapper
from typing import Any, BinaryIO

_PIECE = 1 << 20  # characters
_LARGEST = 1 << 24  # characters of one item
_SPACE = " \t\r\n"


def array_items(binary: BinaryIO) -> Iterator[Any]:
    """Items of the array in a UTF-8 file. Raises ``ValueError`` for anything but one JSON array."""
    decoder = json.JSONDecoder()
    file = TextIOWrapper(binary, "utf-8", newline="")
    waiting = file.read(_PIECE).lstrip(_SPACE)
    if not waiting.startswith("["):
        raise ValueError("is no JSON array")
    waiting, number = waiting[1:].lstrip(_SPACE), 0
    while not waiting.startswith("]"):
        item, waiting = _item(file, decoder, waiting, number)
        yield item
        number += 1
        waiting = _more(file, waiting)
        if waiting.startswith(","):
            waiting = _more(file, waiting[1:])
            if waiting.startswith("]"):
                raise ValueError(f"has a comma after its last item, {number}")
        elif not waiting.startswith("]"):
            raise ValueError(f"ends or breaks off after item {number}")
    if (waiting[1:] + file.read(_PIECE)).strip(_SPACE):
        raise ValueError("has something after its end")


def _more(file: TextIOWrapper, waiting: str) -> str:
    """``waiting`` without space before it, and more of the file when it is empty."""
    waiting = waiting.lstrip(_SPACE)
    while not waiting and (piece := file.read(_PIECE)):
        waiting = piece.lstrip(_SPACE)
    return waiting


def _item(file: TextIOWrapper, decoder: json.JSONDecoder, waiting: str, number: int) -> tuple[Any, str]:
    while True:
        try:
            item, end = decoder.raw_decode(waiting)
            if end < len(waiting):  # a number could go on in the next piece
                return item, waiting[end:]
        except (ValueError, RecursionError) as error:
            if len(waiting) > _LARGEST or isinstance(error, RecursionError):
                raise ValueError(f"item {number + 1} is no JSON or too long") from None
        piece = file.read(max(_PIECE, len(waiting)))
        if not piece:
            raise ValueError(f"breaks off in item {number + 1}, or that is no JSON")
        waiting += piece
