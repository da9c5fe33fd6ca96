"""The same items in other formats: CSV, Parquet, the paper's JSON, preference pairs, passports."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from evaluation.publishing.checks.arrays import array_items
from evaluation.publishing.checks.findings import Findings
from evaluation.publishing.checks.rows import Rows, Told, row_digest, words_digest
from evaluation.publishing.content import Manifest
from evaluation.publishing.folder import MAX_LINE, numbered_lines, read_object
from evaluation.publishing.formats.paper import FILES, paper_folder
from evaluation.publishing.formats.spreadsheet import original_cell
from evaluation.publishing.rows import COLUMNS, ReleaseRow

_AS_JSON = ("votes", "annotators", "is_contested")  # columns of a CSV file that hold JSON
Said = tuple[int, bytes]  # a line or item number, and the digest of what is said there


def check_copies(
    folder: Path, manifest: Manifest, rows: Rows, files: Iterable[str], findings: Findings
) -> None:
    """Every format has the items of ``data/`` (or ``dpo/``), in number, order and content."""
    there = frozenset(files)
    for where, ours in rows.slices.items():
        name = paper_folder(where.nation, manifest.nation_names.get(where.nation, ""))
        whole, words = [row.digest for row in ours], [row.words for row in ours]
        for path, read, expected in (
            (f"csv/{where.path}.csv", _csv, whole),
            (f"parquet/{where.path}.parquet", _parquet, whole),
            (f"paper/{name}/{FILES[where.source_type]}", _paper, words),
        ):
            if _is_there(path, there, findings):
                _compare(path, read(folder / path), expected, findings)
        path = f"passports/{where.path}.jsonl"
        if ours and _is_there(path, there, findings):
            _passports(folder, path, manifest.canary, ours, findings)
    for part, ours in rows.parts.items():
        path = f"llama_factory/navab_{part}.json"
        if _is_there(path, there, findings):
            _compare(path, _llama_factory(folder / path), [row.words for row in ours], findings)
    if pairs := [row for ours in rows.parts.values() for row in ours]:
        path = "passports/preferences.jsonl"
        if _is_there(path, there, findings):
            _passports(folder, path, manifest.canary, sorted(pairs), findings)


def _is_there(path: str, there: frozenset[str], findings: Findings) -> bool:
    if path not in there:
        findings.add("missing", path, "is missing, and its items are in data/ or dpo/")
    return path in there


def _compare(path: str, said: Iterator[Said], expected: list[bytes], findings: Findings) -> None:
    found = 0
    with findings.guard("copies", path):
        for number, digest in said:
            if found < len(expected) and digest != expected[found]:
                findings.add("copies", path, f"item {found + 1} is not the one of data/ or dpo/", number)
            found += 1
        if found != len(expected):
            findings.add("copies", path, f"has {found} items; data/ or dpo/ has {len(expected)}")


def _csv(path: Path) -> Iterator[Said]:
    before = csv.field_size_limit(MAX_LINE)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
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


def _parquet(path: Path) -> Iterator[Said]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        number = 0
        for batch in file.iter_batches(batch_size=1000):
            for row in batch.to_pylist():
                number += 1
                yield number, row_digest(ReleaseRow.from_dict(row))


def _paper(path: Path) -> Iterator[Said]:
    for number, item in enumerate(array_items(path), 1):
        yield (
            number,
            words_digest(item["generated Q"], item["statement"], item["generated reverse statement"]),
        )


def _llama_factory(path: Path) -> Iterator[Said]:
    for number, item in enumerate(array_items(path), 1):
        (asked,) = item["conversations"]
        yield number, words_digest(asked["value"], item["chosen"]["value"], item["rejected"]["value"])


def _passports(folder: Path, path: str, canary: str, rows: list[Told], findings: Findings) -> None:
    found = 0
    with findings.guard("passports", path):
        for number, line in numbered_lines(folder / path, path):
            passport = read_object(line)
            if found < len(rows):
                for message in _differs(passport, rows[found], canary):
                    findings.add("passports", path, message, number)
            found += 1
        if found != len(rows):
            findings.add("passports", path, f"has {found} passports for {len(rows)} items")


def _differs(passport: dict[str, Any], row: Told, canary: str) -> Iterator[str]:
    if passport.get("id") != row.id:
        yield f"is of item {str(passport.get('id'))[:40]!r}; the item here is {row.id}"
        return
    if passport.get("canary") != canary:
        yield "has another canary string"
    triple = passport.get("triple")
    if isinstance(triple, dict):
        words = words_digest(*map(triple.get, ("question", "statement", "reversed_statement")))
        if words != row.words:
            yield "has other words than the item"
