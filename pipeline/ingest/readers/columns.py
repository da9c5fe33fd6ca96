"""Columnar files: Parquet row group by row group, Arrow batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.ingest.rows import BadRow, Meter, Row

_BATCH = 64  # rows turned into Python objects at once


def read_parquet(path: Path, *, max_line: int, meter: Meter) -> Iterator[Row | BadRow]:
    """A row for each row; positions count from 1. A damaged row group is one bad row at its first row."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    size = path.stat().st_size
    try:
        file = pq.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20)
        groups = [file.metadata.row_group(number).num_rows for number in range(file.num_row_groups)]
    except (pa.ArrowException, OSError) as error:
        yield BadRow(1, f"not a readable Parquet file: {_short(error)}")
        return
    with file:
        first = 1
        for number, rows in enumerate(groups):
            done = 0
            try:
                for batch in file.iter_batches(batch_size=_BATCH, row_groups=[number]):
                    yield from _rows(batch, first + done, max_line)
                    done += batch.num_rows
            except (pa.ArrowException, OSError) as error:
                reason = f"rows {first + done} to {first + rows - 1} cannot be read: {_short(error)}"
                yield BadRow(first + done, reason)
            first += rows
            meter.done = size * (number + 1) // len(groups)


def read_arrow(path: Path, *, max_line: int, meter: Meter) -> Iterator[Row | BadRow]:
    """A row for each row of an Arrow stream or file (Feather 2); positions count from 1."""
    import pyarrow as pa

    first = 1
    try:
        with pa.memory_map(str(path)) as source:
            for batch in _batches(source):
                for start in range(0, batch.num_rows, _BATCH):
                    part = batch.slice(start, _BATCH)
                    yield from _rows(part, first, max_line)
                    first += part.num_rows
                meter.done = source.tell()
    except (pa.ArrowException, OSError) as error:
        yield BadRow(first, f"Arrow data cannot be read from row {first}: {_short(error)}")
    meter.done = path.stat().st_size


def _batches(source: Any) -> Iterator[Any]:
    import pyarrow as pa

    if source.read(6) == b"ARROW1":
        source.seek(0)
        reader = pa.ipc.open_file(source)
        for number in range(reader.num_record_batches):
            yield reader.get_batch(number)
    else:
        source.seek(0)
        yield from pa.ipc.open_stream(source)


def _rows(batch: Any, first: int, max_line: int) -> Iterator[Row | BadRow]:
    try:
        values = batch.to_pylist()
    except ValueError:  # a cell is not what its column says, such as a string that is no UTF-8
        values = [_alone(batch, number) for number in range(batch.num_rows)]
    for number, fields in enumerate(values, start=first):
        if isinstance(fields, str):
            yield BadRow(number, fields)
            continue
        longest = max((len(value) for value in fields.values() if isinstance(value, str | bytes)), default=0)
        if longest > max_line:
            yield BadRow(number, f"a field of {longest} characters is longer than the {max_line} allowed")
        else:
            yield Row(number, fields)


def _alone(batch: Any, number: int) -> dict[str, Any] | str:
    try:
        fields: dict[str, Any] = batch.slice(number, 1).to_pylist()[0]
    except UnicodeDecodeError as error:
        return f"not UTF-8: byte 0x{error.object[error.start]:02x} in a text column"
    except ValueError as error:
        return f"a value cannot be read: {_short(error)}"
    return fields


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
