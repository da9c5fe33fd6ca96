"""CSV: delimiter found from the header, one broken record never swallows the rest."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.ingest.clean import excerpt_of
from pipeline.ingest.readers.lines import Line, read_lines
from pipeline.ingest.rows import BadRow, Meter, Row

DELIMITERS = (",", ";", "\t", "|")


def read_csv(path: Path, *, max_line: int, meter: Meter) -> Iterator[Row | BadRow]:
    """A row for each record below the header; positions are the line a record begins on.

    A record with broken quotes is one bad row and reading goes on at the next line; one with more or fewer
    fields than the header is a bad row too, since nobody can know which field is missing.
    """
    # The limit is the interpreter's own and only ever raised: a whole article may stand in one field.
    csv.field_size_limit(max(csv.field_size_limit(), max_line))
    feed = _Feed(read_lines(path, max_line=max_line, meter=meter), max_line)
    header: list[str] | None = None
    delimiter = ","
    while True:
        yield from feed.problems()
        if header is None and (first := feed.peek()) is not None:
            delimiter = max(DELIMITERS, key=lambda mark: len(next(csv.reader([first], delimiter=mark), [])))
        try:
            record = feed.record(delimiter)
        except ValueError as error:
            yield BadRow(feed.started, str(error), excerpt_of(feed.text()))
            if header is None and feed.started == 1:
                return  # without a header no column has a name
            continue
        yield from feed.problems()
        if record is None:
            return
        if header is None:
            header = [name.strip() or f"column {number}" for number, name in enumerate(record, start=1)]
        elif record and len(record) != len(header):
            reason = f"{len(record)} fields where the header has {len(header)}"
            yield BadRow(feed.started, reason, excerpt_of(feed.text()))
        elif any(record):
            yield Row(feed.started, dict(zip(header, record, strict=True)))


@dataclass
class _Feed:
    """Lines for the CSV parser that can be given back when a record turns out broken."""

    lines: Iterator[Line]
    max_line: int
    started: int = 0
    _back: deque[tuple[int, str]] = field(default_factory=deque)
    _taken: list[tuple[int, str]] = field(default_factory=list)
    _problems: list[BadRow] = field(default_factory=list)

    def problems(self) -> Iterator[BadRow]:
        """Lines that could not be read, met since the last call."""
        met, self._problems = self._problems, []
        yield from met

    def peek(self) -> str | None:
        """The next line, left in place."""
        found = self._next()
        if found is None:
            return None
        self._back.appendleft(found)
        return found[1]

    def record(self, delimiter: str) -> list[str] | None:
        """The next record, empty for a blank line, None at the end; ``ValueError`` if it is broken."""
        self._taken = []
        try:
            record = next(csv.reader(self._pull(), delimiter=delimiter, strict=True), None)
        except csv.Error as error:
            self._back.extendleft(reversed(self._taken[1:]))
            self._taken = self._taken[:1]
            self.started = self._taken[0][0]
            raise ValueError(f"broken CSV: {error}") from None
        if self._taken:
            self.started = self._taken[0][0]
        if record is None:
            return None
        for value in record:
            wrong = next((mark for mark in value if "\udc80" <= mark <= "\udcff"), "")
            if wrong:
                raise ValueError(f"not UTF-8: byte 0x{ord(wrong) - 0xDC00:02x}")
        return record

    def text(self) -> str:
        """How the record last read begins."""
        return self._taken[0][1][:2000] if self._taken else ""

    def _pull(self) -> Iterator[str]:
        size = 0
        while (found := self._next()) is not None:
            self._taken.append(found)
            size += len(found[1])
            if size > self.max_line:
                raise csv.Error(f"a record longer than the {self.max_line} bytes allowed")
            # The parser forbids NUL; cleaning would remove it anyway.
            yield found[1].replace("\0", "") + "\n"

    def _next(self) -> tuple[int, str] | None:
        if self._back:
            return self._back.popleft()
        for line in self.lines:
            if line.problem:
                start = line.data[:2000].decode("utf-8", "replace")
                self._problems.append(BadRow(line.number, line.problem, excerpt_of(start)))
                if self._taken:
                    raise csv.Error("a quoted field is cut by a line that cannot be read")
                continue
            return line.number, line.data.decode("utf-8", "surrogateescape")
        return None
