"""What a release says changed since the one before: lines and causes agree with each other and with items."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from evaluation.publishing.checks.findings import Findings
from evaluation.publishing.checks.regenerated import is_by_other_software
from evaluation.publishing.checks.rows import Rows
from evaluation.publishing.content import Manifest, Slice
from evaluation.publishing.diff import Kind
from evaluation.publishing.folder import MANIFEST
from evaluation.publishing.versions import Version

_ID = 12  # characters of an id that a line shows, of at most _SHOWN items
_SHOWN = 3
_SLICE = r"[1-9][0-9]* in [^\s,;]+"
_LINE = re.compile(
    rf"(?P<number>[1-9][0-9]*) items? (?P<kind>{'|'.join(Kind)})(?: \([a-z_]+(?:, [a-z_]+)*\))?: "
    rf"(?P<slices>{_SLICE}(?:, {_SLICE})*)(?:; cause: (?P<cause>.+))?"
    r" \[(?P<ids>[^\s,\]]+(?:, [^\s,\]]+){0,2}?)(?P<more>, \.\.\.)?\]",
    re.DOTALL,
)


class Line(NamedTuple):
    """A line of the changelog: items of a kind and cause (empty: not told) by slice, and the beginnings of
    the first ids."""

    kind: Kind
    slices: Mapping[str, int]
    cause: str
    ids: tuple[str, ...]


def read_line(text: str) -> Line:
    """A line as a release writes it, read back. Raises ``ValueError`` for what is none."""
    match = _LINE.fullmatch(text)
    if match is None:
        raise ValueError(f"changes has {text[:80]!r}, which is no line of a changelog")
    pairs = (part.split(" in ", 1) for part in match["slices"].split(", "))
    slices = {path: int(count) for count, path in pairs}
    number, ids = int(match["number"]), tuple(match["ids"].split(", "))
    if sum(slices.values()) != number:
        raise ValueError(f"changes has {text[:80]!r}, whose slices are not {number} items")
    if len(ids) != min(number, _SHOWN) or bool(match["more"]) != (number > _SHOWN):
        raise ValueError(
            f"changes has {text[:80]!r}, which does not name the first {_SHOWN} of {number} items"
        )
    return Line(Kind(match["kind"]), slices, match["cause"] or "", ids)


def check_changes(manifest: Manifest, rows: Rows, findings: Findings) -> None:
    """Hold ``previous``, ``changes`` and ``causes`` against each other and the items. Of an item that was
    removed only how many went for its cause can be known, for it is not here."""
    with findings.guard("changes", MANIFEST):
        for message in _faults(manifest, rows):
            findings.add("changes", MANIFEST, message)


def _faults(manifest: Manifest, rows: Rows) -> Iterator[str]:
    if not manifest.previous:
        for name in ("changes", "causes"):
            if getattr(manifest, name):
                yield f"{name} tells what changed since a release before, and previous names none"
        return
    if not _is_earlier(manifest.previous, manifest):
        yield f"previous is {manifest.previous[:80]!r}, which is no earlier version of {manifest.name}"
    lines = []
    for text in manifest.changes:
        try:
            lines.append(read_line(text))
        except ValueError as error:
            yield str(error)
    if len(lines) < len(manifest.changes):
        return
    pairs = (row for part in rows.parts.values() for row in part)
    items = {row.id: Slice(row.nation, row.source_type).path for row in (*rows.evaluation(), *pairs)}
    if manifest.causes or not is_by_other_software(manifest):  # earlier versions wrote none
        yield from _miscounted(lines, manifest.causes, items)
    yield from _misnamed(lines, manifest.causes, items)


def _is_earlier(label: str, manifest: Manifest) -> bool:
    name, _, version = label.partition("@")
    try:
        return name == manifest.name and Version.parse(version) < Version.parse(manifest.version)
    except ValueError:
        return False


def _miscounted(lines: Iterable[Line], causes: Mapping[str, str], items: Mapping[str, str]) -> Iterator[str]:
    """Causes that do not have as many items of a slice as their lines say; ``removed`` is of all slices."""
    said: Counter[tuple[str, str]] = Counter()
    for line in lines:
        for path, count in line.slices.items():
            if line.cause:
                said[line.cause, str(Kind.REMOVED) if line.kind is Kind.REMOVED else path] += count
    found = Counter((cause, items.get(key, str(Kind.REMOVED))) for key, cause in causes.items())
    for cause, where in sorted(said.keys() | found.keys()):
        ours, theirs = found[cause, where], said[cause, where]
        if ours != theirs:
            what = "ids that are not here (removed)" if where == Kind.REMOVED else f"items of {where}"
            yield f"causes gives {ours} {what} the cause {cause[:80]!r}; changes says {theirs}"


def _misnamed(lines: Iterable[Line], causes: Mapping[str, str], items: Mapping[str, str]) -> Iterator[str]:
    """Ids that a line names for another cause than they have, or that are no items."""
    known = {(cause, key in items, key[:_ID]) for key, cause in causes.items()}
    known |= {("", True, key[:_ID]) for key in items if key not in causes}
    for line in lines:
        is_here = line.kind is not Kind.REMOVED
        cause = line.cause if causes else ""
        for short in line.ids if is_here or cause else ():
            if (cause, is_here, short) not in known:
                yield f"changes names {short[:40]!r} as {line.kind} for {line.cause[:80]!r}, which it is not"
