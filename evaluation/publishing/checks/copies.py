"""The same items in other formats, as another version may have written them: CSV, Parquet, JSON."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import Any, BinaryIO

from evaluation.publishing.checks.arrays import array_items
from evaluation.publishing.checks.findings import Findings
from evaluation.publishing.checks.rows import Rows, row_digest, words_digest
from evaluation.publishing.content import Manifest
from evaluation.publishing.files import open_inside
from evaluation.publishing.folder import MAX_LINE
from evaluation.publishing.formats.paper import FILES, paper_folder
from evaluation.publishing.formats.spreadsheet import original_cell
from evaluation.publishing.rows import COLUMNS, ReleaseRow

_AS_JSON = ("votes", "annotators", "is_contested")  # columns of a CSV file that hold JSON
Said = tuple[int, bytes]  # a line or item number, and the digest of what is said there


def readers(manifest: Manifest, rows: Rows) -> dict[str, Callable[[Path, Findings], None]]:
    """By path, what finds whether the file in a folder has the items of ``data/`` (or ``dpo/``), in number,
    order and content, whoever wrote it."""
    found: dict[str, Callable[[Path, Findings], None]] = {}
    for where, ours in rows.slices.items():
        name = paper_folder(where.nation, manifest.nation_names.get(where.nation, ""))
        whole, words = [row.digest for row in ours], [row.words for row in ours]
        found[f"csv/{where.path}.csv"] = _check(f"csv/{where.path}.csv", _csv, whole)
        found[f"parquet/{where.path}.parquet"] = _check(f"parquet/{where.path}.parquet", _parquet, whole)
        path = f"paper/{name}/{FILES[where.source_type]}"
        found[path] = _check(path, _paper, words)
    for part, ours in rows.parts.items():
        path = f"llama_factory/navab_{part}.json"
        found[path] = _check(path, _llama_factory, [row.words for row in ours])
    return found


def is_by_other_pyarrow(folder: Path, path: str) -> bool:
    """Whether a Parquet file says that another version of pyarrow wrote it: bytes depend on that."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with open_inside(folder, path) as file:
        return not str(pq.read_metadata(file).created_by).endswith(f" {pa.cpp_version}")


def _check(
    path: str, read: Callable[[BinaryIO], Iterator[Said]], expected: list[bytes]
) -> Callable[[Path, Findings], None]:
    return lambda folder, findings: _compare(folder, path, read, expected, findings)


def _compare(
    folder: Path,
    path: str,
    read: Callable[[BinaryIO], Iterator[Said]],
    expected: list[bytes],
    findings: Findings,
) -> None:
    found = 0
    with findings.guard("copies", path), open_inside(folder, path) as file:
        for number, digest in read(file):
            if found < len(expected) and digest != expected[found]:
                findings.add("copies", path, f"item {found + 1} is not the one of data/ or dpo/", number)
            found += 1
        if found != len(expected):
            findings.add("copies", path, f"has {found} items; data/ or dpo/ has {len(expected)}")


def _csv(file: BinaryIO) -> Iterator[Said]:
    before = csv.field_size_limit(MAX_LINE)
    try:
        reader = csv.reader(TextIOWrapper(file, "utf-8-sig", newline=""), strict=True)
        header = next(reader, [])
        if tuple(header) != COLUMNS:
            raise ValueError(f"has columns {', '.join(header)}; a release has {', '.join(COLUMNS)}")
        for cells in reader:
            row: dict[str, Any] = {
                name: original_cell(cell) for name, cell in zip(COLUMNS, cells, strict=True)
            }
            for name in _AS_JSON:
                row[name] = json.loads(row[name])
            yield reader.line_num, row_digest(ReleaseRow.from_dict(row))
    finally:
        csv.field_size_limit(before)


def _parquet(file: BinaryIO) -> Iterator[Said]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(file) as table:
        number = 0
        for batch in table.iter_batches(batch_size=1000):
            for row in batch.to_pylist():
                number += 1
                yield number, row_digest(ReleaseRow.from_dict(row))


def _paper(file: BinaryIO) -> Iterator[Said]:
    for number, item in enumerate(array_items(file), 1):
        yield (
            number,
            words_digest(item["generated Q"], item["statement"], item["generated reverse statement"]),
        )


def _llama_factory(file: BinaryIO) -> Iterator[Said]:
    for number, item in enumerate(array_items(file), 1):
        (asked,) = item["conversations"]
        yield number, words_digest(asked["value"], item["chosen"]["value"], item["rejected"]["value"])
