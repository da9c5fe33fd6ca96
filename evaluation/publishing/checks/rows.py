"""The rows of a release folder: each valid, in its place, told no more of than its source allows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from evaluation.publishing.checks.findings import Findings
from evaluation.publishing.content import Manifest, Slice
from evaluation.publishing.dates import day_range
from evaluation.publishing.files import json_line
from evaluation.publishing.folder import (
    MANIFEST,
    MESSAGES,
    FolderContent,
    numbered_lines,
    read_row,
    slices_of,
)
from evaluation.publishing.formats.preferences import trl_row
from evaluation.publishing.parts import overlaps
from evaluation.publishing.rows import EXCERPT_LENGTH, PREFERENCE_PARTS, Part, Period, ReleaseRow, RowError
from evaluation.publishing.selection import unfit
from pipeline.records import Disclosure


class Told(NamedTuple):
    """What is kept of a row: what ties it to others, what gates measure, and a digest of it all."""

    id: str
    nation: str
    source_type: str
    language: str
    topic: str
    article: str
    statement: str
    outlet: str
    published: str
    digest: bytes
    words: bytes


@dataclass(slots=True)
class Rows:
    """Rows of the evaluation part by slice and of preference parts, in the order of their files; ``missing``
    are paths of such files that are not there."""

    slices: dict[Slice, list[Told]] = field(default_factory=dict)
    parts: dict[str, list[Told]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    def evaluation(self) -> list[Told]:
        """All rows of the evaluation part."""
        return [row for rows in self.slices.values() for row in rows]


class CheckedContent(FolderContent):
    """A folder whose rows were checked: they are read again, many times, without being checked again."""

    def _rows(self, name: str) -> Iterator[ReleaseRow]:
        for _, line in numbered_lines(self.path, name):
            row = json.loads(line)
            for message in MESSAGES:
                row.pop(message, None)
            row["annotators"] = tuple(row["annotators"])
            yield ReleaseRow(**row)


def row_digest(row: ReleaseRow) -> bytes:
    """Equal for rows that say the same."""
    return _line_digest(row.as_json())


def _line_digest(line: str) -> bytes:
    return blake2b(line.encode(), digest_size=16).digest()


def words_digest(question: object, statement: object, reversed_statement: object) -> bytes:
    """Equal for the same question, statement and reversal."""
    texts = "\0".join(map(str, (question, statement, reversed_statement)))
    return blake2b(texts.encode("utf-8", "replace"), digest_size=16).digest()


def check_rows(folder: Path, manifest: Manifest, files: Iterable[str], findings: Findings) -> Rows:
    """Read ``data/`` and ``dpo/`` and check every row; ``files`` are the paths in the folder."""
    found, seen = Rows(), dict[str, str]()
    there = frozenset(files)
    slices = slices_of(manifest)
    expected = {f"data/{where.path}.jsonl": where for where in slices}
    for name in sorted(path for path in there if path.startswith("data/") and path not in expected):
        findings.add("splits", name, f"is no slice that {MANIFEST} counts items of")
    for name, where in expected.items():
        rows = _read(folder, name, manifest, seen, findings, where) if name in there else []
        if name not in there:
            found.missing.append(name)
            findings.add("missing", name, f"is missing, and {MANIFEST} counts items of it")
        _count(name, len(rows), manifest.counts.get(where.path, 0), findings)
        found.slices[where] = rows
    for part in map(str, PREFERENCE_PARTS):
        name, count = f"dpo/{part}.jsonl", manifest.preferences.get(part, 0)
        if name in there:
            found.parts[part] = _read(folder, name, manifest, seen, findings)
            _count(name, len(found.parts[part]), count, findings)
        elif count:
            found.missing.append(name)
            findings.add("missing", name, f"is missing, and {MANIFEST} counts {count} pairs")
    for unknown in sorted(manifest.preferences.keys() - set(PREFERENCE_PARTS)):
        findings.add("splits", MANIFEST, f"preferences has part {unknown!r}, which no release has")
    return found


def check_parts(rows: Rows, findings: Findings) -> None:
    """No article, near copy or topic of a nation is in two parts."""
    train, test = (rows.parts.get(part, []) for part in PREFERENCE_PARTS)
    sides: Sequence[tuple[str, list[Told], list[Told]]] = (
        ("dpo", [*train, *test], rows.evaluation()),
        (f"dpo/{Part.TEST}.jsonl", test, train),
    )
    for name, first, second in sides:
        if first and second:
            for clash in overlaps(first, second):
                what, ids = f"{clash.tie} {clash.shared[:80]!r}", f"{clash.first} and {clash.second}"
                findings.add("overlap", name, f"{what} is on both sides: items {ids}")


def _count(name: str, found: int, expected: int, findings: Findings) -> None:
    if found != expected:
        findings.add("counts", name, f"has {found} valid items; {MANIFEST} says {expected}")


def _read(
    folder: Path,
    name: str,
    manifest: Manifest,
    seen: dict[str, str],
    findings: Findings,
    where: Slice | None = None,
) -> list[Told]:
    found: list[Told] = []
    last = ""
    with findings.guard("rows", name):
        for number, line in numbered_lines(folder, name):
            try:
                row = read_row(line)
            except RowError as error:
                findings.add("rows", name, str(error), number)
                continue
            told = row.as_json()
            if line != (f"{told}\n".encode() if where is not None else json_line(trl_row(row))):
                findings.add("form", name, "is not the line a release writes of this item", number)
            if row.id in seen:
                findings.add("ids", name, f"id {row.id} is also in {seen[row.id]}", number)
            seen[row.id] = name
            if row.id < last:
                findings.add("ids", name, f"id {row.id} stands after {last}: rows are not by id", number)
            last = row.id
            if where is not None and (row.nation, row.source_type) != where:
                other = Slice(row.nation, row.source_type).path
                findings.add("splits", name, f"item {row.id} is of {other}", number)
            for check, message in _wrong(row, manifest):
                findings.add(check, name, f"item {row.id}: {message}", number)
            found.append(_told(row, told))
    return found


def _wrong(row: ReleaseRow, manifest: Manifest) -> Iterable[tuple[str, str]]:
    if row.canary != manifest.canary:
        yield "canary", f"canary is {row.canary[:80]!r}, not the release's"
    if row.disclosure != Disclosure.FULL_TEXT and row.text:
        yield "disclosure", f"has the text of its document, and its source allows {row.disclosure}"
    if row.disclosure == Disclosure.REFERENCE and row.evidence:
        yield "disclosure", "has evidence, and its source allows a reference"
    if len(row.evidence) > EXCERPT_LENGTH:
        yield "disclosure", f"evidence has {len(row.evidence)} characters; {EXCERPT_LENGTH} are allowed"
    if row.period != _period(row, manifest.recipe.recent_from):
        yield "period", f"period is {row.period} for date {row.published!r}"
    if (reason := unfit(row, manifest.recipe)) is not None:
        yield "recipe", f"the recipe does not take it: {reason}"


def _period(row: ReleaseRow, recent_from: str) -> Period:
    days = day_range(row.published)
    if days is None:
        return Period.UNDATED
    return Period.RECENT if recent_from and days[0] >= recent_from else Period.EARLIER


def _told(row: ReleaseRow, line: str) -> Told:
    return Told(
        row.id,
        row.nation,
        row.source_type,
        row.language,
        row.topic,
        row.article,
        row.statement,
        row.outlet,
        row.published,
        _line_digest(line),
        words_digest(row.question, row.statement, row.reversed_statement),
    )
