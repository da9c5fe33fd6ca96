"""JSON: one object a line, or one list of objects."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from pipeline.ingest.clean import excerpt_of
from pipeline.ingest.readers.lines import DamagedError, decode, open_bytes, read_lines
from pipeline.ingest.rows import BadRow, Meter, Row

_BLOCK = 64 * 1024


def read_jsonl(path: Path, *, max_line: int, meter: Meter) -> Iterator[Row | BadRow]:
    """A row for each line that is not blank; positions are line numbers."""
    for line in read_lines(path, max_line=max_line, meter=meter):
        start = line.data[:2000].decode("utf-8", "replace")
        if line.problem:
            yield BadRow(line.number, line.problem, excerpt_of(start))
        elif line.data.strip():
            try:
                yield Row(line.number, _object(_loads(decode(line.data))))
            except (ValueError, RecursionError) as error:
                yield BadRow(line.number, _reason(error), excerpt_of(start))


def read_json_list(path: Path, *, max_line: int, meter: Meter) -> Iterator[Row | BadRow]:
    """A row for each object of a JSON list, parsed as it streams; positions count the list from 1.

    After broken JSON nothing more can be told apart, so reading ends there with one bad row.
    """
    number = 1
    try:
        with open_bytes(path, meter) as file:
            window = _Window(file, max_line)
            window.expect("[")
            while not window.at("]"):
                if number > 1:
                    window.expect(",")
                value = window.value()
                try:
                    yield Row(number, _object(value))
                except ValueError as error:
                    yield BadRow(number, _reason(error), excerpt_of(json.dumps(value)[:2000]))
                number += 1
    except (DamagedError, ValueError, RecursionError) as error:
        yield BadRow(number, f"{_reason(error)}; the list cannot be read any further")


def is_json_list(path: Path) -> bool:
    """Whether the first character that is not blank opens a list."""
    with open_bytes(path, Meter()) as file:
        try:
            start = file.read(4096)
        except DamagedError:
            return False
    return start.removeprefix(codecs.BOM_UTF8).lstrip()[:1] == b"["


class _Window:
    """The part of a long JSON text being parsed; grows only as far as one element needs."""

    def __init__(self, file: IO[bytes], limit: int) -> None:
        self._file, self._limit = file, limit
        self._decode = codecs.getincrementaldecoder("utf-8-sig")()
        self._text, self._at, self._ended = "", 0, False

    def at(self, mark: str) -> bool:
        """Whether ``mark`` comes next; blanks are passed."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in " \t\r\n":
                self._at += 1
            if self._at < len(self._text) or not self._more(_BLOCK):
                return self._text[self._at : self._at + 1] == mark

    def expect(self, mark: str) -> None:
        """Pass ``mark``; raise ``ValueError`` when something else comes next."""
        if not self.at(mark):
            raise ValueError(f"broken JSON: {mark!r} expected")
        self._at += 1

    def value(self) -> Any:
        """The next element; raises ``ValueError`` when it is broken or longer than the limit."""
        self.at("")
        while True:
            try:
                value, self._at = _DECODER.raw_decode(self._text, self._at)
            except ValueError:
                size = len(self._text) - self._at
                if size > self._limit:
                    raise ValueError(f"element longer than the {self._limit} allowed") from None
                if not self._more(max(_BLOCK, size)):
                    raise
            else:
                return value

    def _more(self, size: int) -> bool:
        if self._ended:
            return False
        data = self._file.read(size)
        self._ended = not data
        self._text = self._text[self._at :] + self._decode.decode(data, final=self._ended)
        self._at = 0
        return True


def _no_number(_: str) -> None:
    """NaN and infinities are no JSON and no value: as if absent."""


_DECODER = json.JSONDecoder(parse_constant=_no_number)
_loads = _DECODER.decode


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"not a JSON object but {type(value).__name__}")
    return value


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "broken JSON: nested too deeply"
    if isinstance(error, json.JSONDecodeError):
        return f"broken JSON: {error.msg} at character {error.pos + 1}"
    return str(error)
