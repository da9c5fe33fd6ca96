"""CSV a spreadsheet can open: no cell is a formula, and the text can be had back as it was."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from itertools import islice

from evaluation.publishing.content import Content, Files
from evaluation.publishing.rows import COLUMNS, ReleaseRow

# Signs a spreadsheet reads as a formula, full-width and small forms included (Excel for Japanese and Chinese
# takes them), after what it may trim.
_FORMULA = r'[ "\u00a0\u3000\ufeff]*[=+\-@＝＋－＠﹦﹢﹣﹫]'
# A cell starts at the start of the text and, where the reader's separator is another one, after it.
_CELL_START = rf"\A(?='*(?:[\t\r\n]|{_FORMULA}))|(?<=[;\t\r\n])(?='*{_FORMULA})"
_DANGER = re.compile(_CELL_START)
_MARKED = re.compile(rf"\A'(?='*(?:[\t\r\n]|{_FORMULA}))|(?<=[;\t\r\n])'(?='*{_FORMULA})")


def files(content: Content) -> Files:
    """``csv/<nation>/<type>.csv`` of every slice that has items.

    UTF-8 with a byte order mark, without which Excel takes another encoding; every cell quoted; lines end
    with CR LF (RFC 4180). ``votes`` and ``annotators`` are JSON, ``is_contested`` is true or false.
    """
    for where in content.slices():
        yield f"csv/{where.path}.csv", _pieces(content.rows(where))


def safe_cell(text: str) -> str:
    """``text`` with an apostrophe before whatever a spreadsheet would calculate."""
    if not text or (text[0].isalnum() and not any(separator in text for separator in ";\t\r\n")):
        return text  # nearly every cell; the pattern is slow beside this
    return _DANGER.sub("'", text)


def original_cell(cell: str) -> str:
    """The text :func:`safe_cell` was given."""
    return _MARKED.sub("", cell)


def _cells(row: ReleaseRow) -> list[str]:
    return [
        safe_cell(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        for value in row.as_dict().values()
    ]


def _pieces(rows: Iterator[ReleaseRow]) -> Iterator[bytes]:
    yield b"\xef\xbb\xbf" + _written([COLUMNS])
    while piece := list(islice(rows, 500)):
        yield _written(_cells(row) for row in piece)


def _written(rows: Iterable[Iterable[str]]) -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    return file.getvalue().encode()
