"""Reads the labelled files of a data folder; what is missing or broken is remembered, not fatal."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from pipeline.records import ConflictItem, DocumentRecord, OutletKind

Record = dict[str, Any]


class Data:
    """A folder with ``raw/``, ``gold/`` and ``benchmarks/`` of JSON Lines files, plain or gzipped."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise NotADirectoryError(f"{folder} is not a folder")
        self.folder = folder
        self.skipped: dict[str, str] = {}

    def rows(self, name: str) -> list[Record]:
        """Records of a file (``gold/xnli.en-fr-de-zh.jsonl``, also with ``.gz``); none if it is missing.

        Lines that are no JSON object are left out and counted in ``skipped``.
        """
        path = next((p for p in (self.folder / name, self.folder / f"{name}.gz") if p.is_file()), None)
        if path is None:
            self.skipped[name] = "missing"
            return []
        found: list[Record] = []
        broken = 0
        with path.open("rb") as plain:
            for line in gzip.GzipFile(fileobj=plain) if path.suffix == ".gz" else plain:
                try:
                    record = json.loads(line)
                except ValueError:
                    record = None
                if isinstance(record, dict):
                    found.append(record)
                elif line.strip():
                    broken += 1
        if broken:
            self.skipped[name] = f"{broken} lines are no JSON objects"
        return found

    @cached_property
    def raw(self) -> list[Record]:
        """All records of ``raw/``, file by file, those with a text only."""
        folder = self.folder / "raw"
        names = (
            sorted(path.name.removesuffix(".gz") for path in folder.glob("*.jsonl*"))
            if folder.is_dir()
            else []
        )
        if not names:
            self.skipped["raw"] = "missing"
        return [row for name in names for row in self.rows(f"raw/{name}") if row.get("text")]


def by_language(rows: list[Record], wanted: str | None) -> Iterator[tuple[str, list[Record]]]:
    """Records by their field ``language``, in order of the code; only ``wanted`` where it is given."""
    languages = sorted({row["language"] for row in rows if row.get("language")})
    for language in languages:
        if wanted in (None, language):
            yield language, [row for row in rows if row.get("language") == language]


def document(key: int, row: Record) -> DocumentRecord:
    """A record of a file as the stages see it."""
    return DocumentRecord(
        key=key,
        nation=row.get("country") or "",
        language=row["language"],
        text=row["text"],
        title=row.get("title") or "",
        outlet=row.get("outlet") or "",
        outlet_kind=OutletKind.UNKNOWN,
        speaker=row.get("speaker") or "",
    )


def statement(key: int, text: str, language: str) -> ConflictItem:
    """A bare statement as the conflicts stage sees it."""
    return ConflictItem(key=key, text=text, language=language, block="benchmark")
