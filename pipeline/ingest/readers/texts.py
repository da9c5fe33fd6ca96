"""Plain text: one article a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.ingest.clean import excerpt_of
from pipeline.ingest.readers.lines import decode, foreign_encoding
from pipeline.ingest.rows import BadRow, Meter, Row


def read_texts(files: Sequence[tuple[str, Path]], *, max_line: int, meter: Meter) -> Iterator[Row | BadRow]:
    """A row for each ``(name, path)``: the name is its id, the file's stem its title."""
    for name, path in files:
        try:
            size = path.stat().st_size
            with path.open("rb") as file:
                data = file.read(max_line + 1)
        except OSError as error:
            yield BadRow(1, f"cannot be read: {error.strerror}", file=name)
            continue
        meter.done += size
        start = excerpt_of(data[:2000].decode("utf-8", "replace"))
        if len(data) > max_line:
            yield BadRow(1, f"file of {size} bytes is longer than the {max_line} allowed", start, name)
            continue
        try:
            if problem := foreign_encoding(data):
                raise ValueError(problem)
            yield Row(1, {"id": name, "title": path.stem, "text": decode(data)}, name)
        except ValueError as error:
            yield BadRow(1, str(error), start, name)
