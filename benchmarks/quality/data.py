"""Reads the labelled files of a data folder; what is missing or broken is remembered, not fatal."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from pipeline.records import ConflictItem, DocumentRecord, OutletKind
from pipeline.text.profile import LANGUAGES

Record = dict[str, Any]
Check = Callable[[Any], bool]
RAW = (
    "cn_gov_reports.zh.jsonl",
    "de_bundestag.de.jsonl",
    "fr_assemblee_mariage.fr.jsonl",
    "fr_wikinews.fr.jsonl",
    "uk_commons_motions.en.jsonl",
    "uk_pm_speeches.en.jsonl",
    "un_general_debate.en.jsonl",
    "us_presidential_speeches.en.jsonl",
    "us_white_house.en.jsonl",
)
MOST_NAMED = 10  # broken lines named of a file; the others are counted
_SURROGATE = re.compile("[\\ud800-\\udfff]")


class Data:
    """A folder with ``raw/``, ``gold/`` and ``benchmarks/`` of JSON Lines files, plain or gzipped."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise NotADirectoryError(f"{folder} is not a folder")
        self.folder = folder
        self._unread: dict[str, str] = {}
        self._broken: defaultdict[str, dict[int, str]] = defaultdict(dict)

    @property
    def skipped(self) -> dict[str, str]:
        """What could not be used of the files read so far: why, and which lines."""
        reasons = dict(self._unread)
        for name, lines in self._broken.items():
            shown = [f"line {number}: {why}" for number, why in sorted(lines.items())[:MOST_NAMED]]
            if len(lines) > MOST_NAMED:
                shown.append("and more")
            found = [reasons[name]] if name in reasons else []
            reasons[name] = "; ".join([*found, f"broken rows: {len(lines)}", *shown])
        return reasons

    def rows(self, name: str, **usable: Check) -> list[Record]:
        """Records of a file (``gold/xnli.en-fr-de-zh.jsonl``, also with ``.gz``); none if it is missing.

        A record is left out, and told in ``skipped``, unless each field named in ``usable`` passes its check.
        """
        path = next((p for p in (self.folder / name, self.folder / f"{name}.gz") if p.is_file()), None)
        if path is None:
            self._unread[name] = "missing"
            return []
        found: list[Record] = []
        is_empty = True
        try:
            with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
                for number, line in enumerate(lines, 1):
                    if not line.strip():
                        continue
                    is_empty = False
                    try:
                        found.append(_record(line, usable))
                    except ValueError as error:
                        self._broken[name].setdefault(number, str(error))
        except (OSError, EOFError, zlib.error) as error:
            self._unread[name] = f"cannot be read to its end: {error}"
        else:
            if is_empty:
                self._unread[name] = "empty"
        return found

    @cached_property
    def raw(self) -> list[Record]:
        """All records of ``raw/``, file by file. Files of other names than the layout's are read too; with
        nothing but such, none is missing."""
        files = [path.name.removesuffix(".gz") for path in self.folder.glob("raw/*")]
        names = {name for name in files if name.endswith(".jsonl")}
        if not names or names & set(RAW):
            names |= set(RAW)
        return [
            row
            for name in sorted(names)
            for row in self.rows(f"raw/{name}", language=is_language, text=is_text)
        ]


def is_text(value: object) -> bool:
    """Whether a field holds text that can be read and written."""
    return isinstance(value, str) and bool(value.strip()) and not _SURROGATE.search(value)


def is_language(value: object) -> bool:
    """Whether a field names a language the platform has a profile of."""
    return value in LANGUAGES


def by_language(rows: list[Record], wanted: str | None) -> Iterator[tuple[str, list[Record]]]:
    """Records by their field ``language``, in order of the code; only ``wanted`` where it is given."""
    for language in sorted({row["language"] for row in rows}):
        if wanted in (None, language):
            yield language, [row for row in rows if row["language"] == language]


def document(key: int, row: Record) -> DocumentRecord:
    """A record of a file as the stages see it."""
    known = {name: row[name] for name in ("title", "outlet", "speaker") if is_text(row.get(name))}
    return DocumentRecord(
        key=key,
        nation=row["country"] if is_text(row.get("country")) else "",
        language=row["language"],
        text=row["text"],
        outlet_kind=OutletKind.UNKNOWN,
        **known,
    )


def statement(key: int, text: str, language: str) -> ConflictItem:
    """A bare statement as the conflicts stage sees it."""
    return ConflictItem(key=key, text=text, language=language, block="benchmark")


def _record(line: bytes, usable: dict[str, Check]) -> Record:
    try:
        record = json.loads(line, parse_constant=_refused)
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        raise ValueError("no JSON object")
    bad = [field for field, check in usable.items() if not check(record.get(field))]
    if bad:
        raise ValueError(f"no usable {', '.join(bad)}")
    return record


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
