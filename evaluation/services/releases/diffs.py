"""What differs between two releases, why, and what that does to the scores of models that were asked."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from evaluation.models import Release
from evaluation.publishing.causes import cause_of
from evaluation.publishing.content import Content
from evaluation.publishing.diff import Diff, diff_contents
from evaluation.publishing.files import CHECKSUMS, digest_file
from evaluation.publishing.folder import FolderContent
from evaluation.publishing.formats.spreadsheet import safe_cell
from evaluation.services.releases.causes import causes_of
from evaluation.services.releases.score_changes import RunEffect, score_changes
from evaluation.services.releases.stored import StoredContent

CSV_COLUMNS = ("kind", "old_id", "new_id", "nation", "source_type", "statement", "fields", "cause")


class NoSuchReleaseError(ValueError):
    """There is neither a release nor a release folder of that name; the message says what is there."""


@dataclass(frozen=True, slots=True)
class Side:
    """A release to compare: its content, and its row when it is on record here."""

    label: str
    content: Content
    release: Release | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two releases compared. ``causes`` are by the key of a change; ``runs`` is empty unless both are on
    record here."""

    old: str
    new: str
    changes: Diff
    causes: Mapping[str, str]
    runs: Sequence[RunEffect]

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "old": self.old,
            "new": self.new,
            "counts": self.changes.counts(),
            "changes": [
                {**change.as_dict(), "cause": self.causes.get(change.key, "")}
                for change in self.changes.changes
            ],
            "runs": [run.as_dict() for run in self.runs],
        }


def side_of(name: str) -> Side:
    """The release ``name``, ``name@version`` or the folder ``name``; a folder that was written or imported
    here is also that release. Raises :class:`NoSuchReleaseError`, and ``FolderError`` for a broken folder."""
    path = Path(name)
    if (path / "release.json").is_file():
        content = FolderContent(path)
        sums = path / CHECKSUMS
        digest = digest_file(sums) if sums.is_file() else ""
        release = Release.objects.built().filter(digest=digest).order_by("pk").first() if digest else None
        return Side(content.manifest.label, content, release)
    release = Release.objects.named(name).exclude(manifest="").exclude(digest="").first()
    if release is None:
        raise NoSuchReleaseError(f"{name} is no release folder, and {Release.objects.why_unnamed(name)}")
    return Side(release.label, StoredContent(release), release)


def compare_releases(old: Side, new: Side) -> Comparison:
    """What ``new`` has otherwise than ``old``, the cause of every change, the effect on stored answers."""
    changes = diff_contents(old.content, new.content)
    runs: list[RunEffect] = []
    if old.release is not None and new.release is not None:
        causes = causes_of(changes, old.release, new.release)
        runs = score_changes(old.release, new.release, changes)
    else:
        causes = _causes(changes, old.content, new.content)
    return Comparison(old.label, new.label, changes, causes, runs)


def write_csv(comparison: Comparison, file: TextIO) -> None:
    """A row for every change, safe to open in a spreadsheet; ``fields`` is JSON: name to before and after."""
    writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)
    for change in comparison.changes.changes:
        told = {**change.as_dict(), "cause": comparison.causes.get(change.key, "")}
        told["fields"] = json.dumps(told["fields"], ensure_ascii=False)
        writer.writerow([safe_cell(str(told[name])) for name in CSV_COLUMNS])


def _causes(changes: Diff, old: Content, new: Content) -> dict[str, str]:
    """Causes as far as the folders tell."""
    before = _passports(old, {change.old_id for change in changes.changes})
    after = _passports(new, {change.new_id for change in changes.changes})
    return {
        change.key: cause_of(
            change, before.get(change.old_id), after.get(change.new_id), old.manifest, new.manifest
        )
        for change in changes.changes
    }


def _passports(content: Content, wanted: set[str]) -> dict[str, Any]:
    found = {}
    for line in _lines(content) if wanted - {""} else ():
        passport = json.loads(line)
        if isinstance(passport, dict) and passport.get("id") in wanted:
            found[passport["id"]] = passport
    return found


def _lines(content: Content) -> Iterator[str]:
    for where in (*content.slices(), None):
        yield from content.passports(where)
