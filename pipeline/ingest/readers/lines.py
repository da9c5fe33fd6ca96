"""Lines of plain or gzipped files, never more than a bound of them in memory."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pipeline.ingest.rows import Meter

_CHUNK = 16 * 1024
_UTF8_BOM = b"\xef\xbb\xbf"
_OTHER_BOMS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)


class DamagedError(OSError):
    """Compressed data cannot be unpacked any further."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its end, or why there is none: ``problem`` is then set and ``data`` only its beginning.

    After a ``fatal`` problem nothing follows.
    """

    number: int
    data: bytes
    problem: str = ""
    fatal: bool = False


def is_gzip(path: Path) -> bool:
    """Whether the file begins as gzip does, whatever its name."""
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def open_bytes(path: Path, meter: Meter) -> IO[bytes]:
    """The file's bytes, unpacked when gzipped. Reading damaged data raises :class:`DamagedError`, after all
    that came before the damage."""
    raw = path.open("rb", buffering=0)
    packed = is_gzip(path)
    return io.BufferedReader(_Unpacked(raw, meter) if packed else _Metered(raw, meter), 64 * 1024)


def read_lines(path: Path, *, max_line: int, meter: Meter) -> Iterator[Line]:
    """Every line of a file, numbered from 1; one above ``max_line`` bytes is skipped as it streams."""
    with open_bytes(path, meter) as file:
        number = 0
        try:
            while data := file.readline(max_line + 1):
                number += 1
                if number == 1:
                    if problem := foreign_encoding(data):
                        yield Line(1, data[:1000], problem, fatal=True)
                        return
                    data = data.removeprefix(_UTF8_BOM)
                if len(data) > max_line and not data.endswith(b"\n"):
                    start = data[:2000]
                    del data
                    size = max_line + 1 + _skip_line(file)
                    yield Line(number, start, f"line of {size} bytes is longer than the {max_line} allowed")
                    continue
                yield Line(number, data.rstrip(b"\r\n"))
        except DamagedError as error:
            yield Line(number + 1, b"", f"{error}; nothing after line {number} can be read", fatal=True)


def foreign_encoding(start: bytes) -> str:
    """Why a file that begins so is not UTF-8, or an empty string."""
    for mark, name in _OTHER_BOMS:
        if start.startswith(mark):
            return f"the file is {name}, not UTF-8; convert it to UTF-8"
    return ""


def decode(data: bytes) -> str:
    """UTF-8 text of ``data``; raises ``ValueError`` that says which byte is wrong."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8: byte 0x{data[error.start]:02x} at {error.start + 1}") from None


def _skip_line(file: IO[bytes]) -> int:
    skipped = 0
    while piece := file.readline(64 * 1024):
        skipped += len(piece.rstrip(b"\r\n"))
        if piece.endswith(b"\n"):
            break
    return skipped


class _Metered(io.RawIOBase):
    """A raw file that tells the meter how far it has been read."""

    def __init__(self, raw: io.FileIO, meter: Meter) -> None:
        self._raw, self._meter = raw, meter

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int | None:
        count = self._raw.readinto(buffer)  # type: ignore[arg-type]
        self._meter.done += count or 0
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Unpacked(_Metered):
    """Gzip members unpacked so that damage costs no byte before it: on an error the last chunk is taken
    again byte by byte (the standard reader drops up to a whole buffer)."""

    def __init__(self, raw: io.FileIO, meter: Meter) -> None:
        super().__init__(raw, meter)
        self._decoder = zlib.decompressobj(wbits=31)
        self._input = b""
        self._started = False
        self._error: DamagedError | None = None
        self._salvaged = b""

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        data = self._take(len(view))
        view[: len(data)] = data
        return len(data)

    def _take(self, size: int) -> bytes:
        while True:
            if self._salvaged:
                data, self._salvaged = self._salvaged[:size], self._salvaged[size:]
                return data
            if self._error is not None:
                raise self._error
            if not self._input:
                self._input = self._raw.read(_CHUNK) or b""
                self._meter.done += len(self._input)
                if not self._input:
                    if self._started:
                        self._error = DamagedError("the compressed data ends in the middle")
                        continue
                    return b""
            if not self._started:
                self._input = self._input.lstrip(b"\0")  # padding between members is allowed
                if not self._input:
                    continue
            if data := self._unpack(size):
                return data

    def _unpack(self, size: int) -> bytes:
        before = self._decoder.copy()
        self._started = True
        try:
            data = self._decoder.decompress(self._input, size)
        except zlib.error as error:
            self._salvaged = _salvage(before, self._input)
            self._error = DamagedError(f"the compressed data is damaged ({_cause(error)})")
            return b""
        self._input = self._decoder.unconsumed_tail
        if self._decoder.eof:
            self._input = self._decoder.unused_data
            self._decoder = zlib.decompressobj(wbits=31)
            self._started = False
        return data


def _salvage(decoder: zlib._Decompress, data: bytes) -> bytes:
    out = []
    try:
        for start in range(len(data)):
            out.append(decoder.decompress(data[start : start + 1]))
    except zlib.error:
        pass
    return b"".join(out)


def _cause(error: zlib.error) -> str:
    return str(error).rpartition(": ")[2]
