"""Text files as they come: plain or compressed, JSON with its escapes undone; what is no UTF-8 is refused."""

from __future__ import annotations

import gzip
import re
import zlib
from codecs import BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from collections.abc import Iterator
from pathlib import Path

_PIECE = 1 << 20  # bytes of a file in memory
_JSON = frozenset({".json", ".jsonl", ".ndjson"})
_BAD = re.compile(r"[\x00\udc80-\udcff]")  # NUL, and bytes that are no UTF-8 as they were decoded
_HIGH = r"\\u[dD][89abAB][0-9a-fA-F]{2}"
_ESCAPE = re.compile(rf'{_HIGH}\\u[dD][c-fC-F][0-9a-fA-F]{{2}}|\\u[0-9a-fA-F]{{4}}|\\["\\/bfnrt]')
_UNFINISHED = re.compile(r"(?:\\(?:u[0-9a-fA-F]{0,3})?)?\Z")
_LONGEST = 12  # characters of an escape
_PLAIN = {"b": " ", "f": " ", "n": "\n", "r": "\r", "t": "\t"}


class NotTextError(ValueError):
    """A file is not text in UTF-8; the message names it and says what to do."""


def text_pieces(path: Path) -> Iterator[str]:
    """The text of a file in pieces. ``.gz`` is decompressed; in ``.json``, ``.jsonl`` and ``.ndjson`` the
    escapes of strings are undone, so that words stand there as they were meant.

    A few bytes that are no UTF-8 are replaced. Raises :class:`NotTextError` where a piece has more than one
    in a thousand of them (NUL among them: UTF-16, an archive, another encoding), ``OSError`` where the file
    cannot be opened.
    """
    is_packed = path.suffix.lower() == ".gz"
    pieces = _decoded(path, is_packed)
    inner = path.with_suffix("") if is_packed else path
    return unescaped(pieces) if inner.suffix.lower() in _JSON else pieces


def unescaped(pieces: Iterator[str]) -> Iterator[str]:
    """JSON text with its escapes undone wherever they stand, also between two pieces."""
    rest = ""
    for piece in pieces:
        text = rest + piece
        cut = _unfinished(text)
        rest = text[cut:]
        if cut:
            yield _ESCAPE.sub(_meant, text[:cut])
    if rest:
        yield _ESCAPE.sub(_meant, rest)


def _unfinished(text: str) -> int:
    """Where an escape begins that the next piece may complete; the end of the text where none does."""
    start = max(0, len(text) - _LONGEST)
    # Which of several backslashes in a row escapes the next is known from the first of them.
    while start and text[start - 1] == "\\":
        start -= 1
    at = start
    while found := _ESCAPE.search(text, at):
        if re.fullmatch(_HIGH, found[0]) and _UNFINISHED.match(text, found.end()):
            return found.start()  # half of a pair
        at = found.end()
    unfinished = _UNFINISHED.search(text, at)
    return unfinished.start() if unfinished else len(text)


def _meant(escape: re.Match[str]) -> str:
    text = escape[0]
    if text[1] != "u":
        return _PLAIN.get(text[1], text[1])
    units = bytes.fromhex(text.replace("\\u", ""))
    return units.decode("utf-16-be", "replace")


def _decoded(path: Path, is_packed: bool) -> Iterator[str]:
    decoder = getincrementaldecoder("utf-8")("surrogateescape")
    is_first = True
    for piece in _bytes(path, is_packed):
        if is_first and piece.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
            raise NotTextError(f"{path}: is UTF-16, not UTF-8; convert it: iconv -f UTF-16 -t UTF-8")
        is_first = False
        text = decoder.decode(piece)
        if _BAD.search(text):
            bad = len(_BAD.findall(text))
            if bad > 1 + len(piece) / 1000:
                raise NotTextError(
                    f"{path}: is no text in UTF-8 ({bad} of {len(piece)} bytes cannot be read); convert it "
                    "(iconv -t UTF-8), unpack it, or write its texts as text, JSON Lines or either in .gz"
                )
            text = _BAD.sub("\ufffd", text)
        if text:
            yield text


def _bytes(path: Path, is_packed: bool) -> Iterator[bytes]:
    if not is_packed:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece
        return
    try:
        with gzip.open(path) as unpacked:
            while piece := unpacked.read(_PIECE):
                yield piece
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise NotTextError(f"{path}: is no whole gzip file ({error}); unpack or pack it again") from None
