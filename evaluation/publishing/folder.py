"""A release read from its folder, line by line."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from evaluation.publishing.content import Manifest, Slice
from evaluation.publishing.files import open_inside
from evaluation.publishing.rows import COLUMNS, PREFERENCE_PARTS, RELEASED_TYPES, ReleaseRow, RowError
from pipeline.records import TripleValidity

MANIFEST = "release.json"
MAX_LINE = 1 << 24  # bytes: far more than an article, far less than memory
_BAD = frozenset("\\\0")  # in no name of a folder
MESSAGES = ("prompt", "chosen", "rejected")


class FolderError(ValueError):
    """A file of a release folder cannot be read; the message says which file and line, and why."""


class FolderContent:
    """A release's content, streamed from its folder (implements ``Content``). Preference items are read from
    ``dpo/``, whose rows hold all columns. Raises :class:`FolderError` when reading what is no release."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.manifest: Manifest = read_manifest(path)

    def slices(self) -> list[Slice]:
        """Slices the manifest counts items of: by nation, quoted before official."""
        return slices_of(self.manifest)

    def rows(self, where: Slice) -> Iterator[ReleaseRow]:
        """Items of a slice in the file's order."""
        yield from self._rows(f"data/{where.path}.jsonl")

    def preferences(self, part: str) -> Iterator[ReleaseRow]:
        """Items of ``train`` or ``test``; none where there is no file."""
        if part not in PREFERENCE_PARTS:
            raise ValueError(f"part {part!r} has no preference pairs; known: {', '.join(PREFERENCE_PARTS)}")
        name = f"dpo/{part}.jsonl"
        if os.path.lexists(self.path / name):
            yield from self._rows(name)

    def passports(self, where: Slice | None) -> Iterator[str]:
        """Passports of a slice or of all preference items, as they stand in the file."""
        name = "passports/preferences.jsonl" if where is None else f"passports/{where.path}.jsonl"
        if where is None and not os.path.lexists(self.path / name):
            return
        for number, line in numbered_lines(self.path, name):
            try:
                yield line.decode().rstrip("\n")
            except UnicodeDecodeError as error:
                raise FolderError(f"{name}, line {number}: {error}") from None

    def _rows(self, name: str) -> Iterator[ReleaseRow]:
        for number, line in numbered_lines(self.path, name):
            try:
                yield read_row(line)
            except ValueError as error:
                raise FolderError(f"{name}, line {number}: {error}") from None


def read_manifest(folder: Path) -> Manifest:
    """``release.json`` of a folder. Raises :class:`FolderError`."""
    if not os.path.lexists(folder / MANIFEST):
        raise FolderError(f"{folder} has no {MANIFEST}; give the folder of a release")
    try:
        with open_inside(folder, MANIFEST) as file:
            value = json.load(file)
        if not isinstance(value, Mapping):
            raise ValueError(f"holds a {type(value).__name__}, not an object")
        found = Manifest.from_dict(value)
        _check_types(found)
    except OSError as error:
        raise FolderError(f"{MANIFEST}: cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, RecursionError) as error:
        raise FolderError(f"{MANIFEST}: {error}") from None
    return found


def slices_of(manifest: Manifest) -> list[Slice]:
    """Slices with items, by nation, quoted before official. Raises :class:`FolderError` for a path that is
    none."""
    codes = {code.lower(): code for code in manifest.nation_names}
    found = []
    for path, count in manifest.counts.items():
        nation, _, kind = path.partition("/")
        if not nation or kind not in RELEASED_TYPES or nation in (".", "..") or not _BAD.isdisjoint(nation):
            raise FolderError(f"{MANIFEST}: counts has {path!r}, which is no slice such as cn/quoted")
        if count:
            found.append(Slice(codes.get(nation, nation.upper()), kind))
    return sorted(found, key=lambda where: (where.nation, where.source_type != RELEASED_TYPES[0]))


def numbered_lines(folder: Path, name: str) -> Iterator[tuple[int, bytes]]:
    """Lines of a file of ``folder`` from 1. Raises :class:`FolderError` for a file that is missing or no
    regular one and for a line that is too long."""
    try:
        with open_inside(folder, name) as file:
            number = 0
            while line := file.readline(MAX_LINE + 1):
                number += 1
                if len(line) > MAX_LINE:
                    raise FolderError(f"{name}, line {number}: is longer than {MAX_LINE} bytes")
                yield number, line
    except OSError as error:
        raise FolderError(f"{name}: cannot be read: {error.strerror or error}") from None


def read_row(line: bytes) -> ReleaseRow:
    """An item from a line of ``data/`` or ``dpo/``. Raises :class:`RowError`, also where the messages of a
    pair are not its question, statement and reversal, and for text that is not UTF-8."""
    value = read_object(line)
    messages = {name: value.pop(name) for name in MESSAGES if name in value}
    row = ReleaseRow.from_dict(value)
    _check_inner(row)
    if messages and messages != _messages(row):
        raise RowError("prompt, chosen and rejected are not the question, statement and reversed statement")
    return row


def read_object(line: bytes) -> dict[str, Any]:
    """A JSON object from one line. Raises :class:`RowError`."""
    try:
        value = json.loads(line.decode())
    except (ValueError, RecursionError) as error:
        raise RowError(f"is no JSON: {error}") from None
    if not isinstance(value, dict):
        raise RowError(f"is a {type(value).__name__}, not an object")
    return value


def _messages(row: ReleaseRow) -> dict[str, list[dict[str, str]]]:
    return {
        "prompt": [{"role": "user", "content": row.question}],
        "chosen": [{"role": "assistant", "content": row.statement}],
        "rejected": [{"role": "assistant", "content": row.reversed_statement}],
    }


def _check_inner(row: ReleaseRow) -> None:
    if unknown := sorted(set(row.votes) - set(TripleValidity)):
        raise RowError(f"votes has unknown labels: {', '.join(unknown)}")
    for label, count in row.votes.items():
        if type(count) is not int or count < 0:
            raise RowError(f"votes has {label}: {count!r}; votes are counted")
    if not all(isinstance(name, str) for name in row.annotators):
        raise RowError("annotators has something that is no text")
    for name in COLUMNS:
        value = getattr(row, name)
        if isinstance(value, str) and not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                raise RowError(f"{name} has half of a surrogate pair, which is no text") from None


def _check_types(manifest: Manifest) -> None:
    """What ``Manifest.from_dict`` takes as it is: kinds of values. Raises ``ValueError``."""
    for name in ("name", "version", "as_of", "software", "canary", "previous", "override"):
        if not isinstance(getattr(manifest, name), str):
            raise ValueError(f"{name} is {getattr(manifest, name)!r}, not a text")
    if not manifest.canary:
        raise ValueError("canary is empty")
    for name in ("counts", "preferences", "holdout", "facts", "nation_names", "causes"):
        if not isinstance(getattr(manifest, name), Mapping):
            raise ValueError(f"{name} is not an object")
    for name in ("counts", "preferences"):
        for key, count in getattr(manifest, name).items():
            if type(count) is not int or count < 0:
                raise ValueError(f"{name} has {key}: {count!r}, which is no number of items")
    if not all(isinstance(gate, Mapping) for gate in manifest.gates):
        raise ValueError("gates has something that is no object")
    if not all(isinstance(line, str) for line in manifest.changes):
        raise ValueError("changes has something that is no text")
    if not all(isinstance(name, str) for name in manifest.nation_names.values()):
        raise ValueError("nation_names has a name that is no text")
