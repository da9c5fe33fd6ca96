"""Whether a folder is the release it says it is, from nothing but the folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluation.publishing.checks.changes import check_changes
from evaluation.publishing.checks.descriptions import check_manifest
from evaluation.publishing.checks.files import check_files
from evaluation.publishing.checks.findings import Finding, Findings
from evaluation.publishing.checks.passports import check_passports
from evaluation.publishing.checks.regenerated import check_regenerated
from evaluation.publishing.checks.rows import CheckedContent, check_parts, check_rows
from evaluation.publishing.content import Manifest
from evaluation.publishing.folder import MANIFEST, read_manifest


@dataclass(frozen=True, slots=True)
class Report:
    """What was verified and found: ``name@version`` (empty where it cannot be read), numbers of files,
    evaluation items and preference pairs that could be read, and what is wrong. ``notes`` are what only tells
    that another version of the software wrote it."""

    label: str
    files: int
    items: int
    pairs: int
    findings: tuple[Finding, ...]
    notes: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "release": self.label,
            "ok": self.ok,
            "files": self.files,
            "items": self.items,
            "pairs": self.pairs,
            "findings": [finding.as_dict() for finding in self.findings],
            "notes": [note.as_dict() for note in self.notes],
        }


def verify(folder: Path) -> Report:
    """Check a release from ``release.json``, the rows of ``data/`` and ``dpo/`` and their passports, which
    are held against each other, and every other file from these: each is written again and compared.

    Files and hashes, canary, slices, licences, overlaps of parts, gates, changes and their causes are
    checked, too. Never raises for what is in the folder: everything wrong is a finding. Streams, and keeps
    some hundred bytes an item. What one who made up release, rows and passports as a whole wrote is
    consistent: only the digest that a release was published with tells that it is not the same.
    """
    findings, notes = Findings(), Findings()
    if not folder.is_dir():
        findings.add("files", folder.name, "is no folder; give the folder that has release.json")
        return Report("", 0, 0, 0, findings.all())
    manifest = _manifest(folder, findings)
    files: dict[str, str] = {}
    with findings.guard("files", "."):
        files = check_files(folder, manifest.canary if manifest else "", findings)
    if manifest is None:
        return Report("", len(files), 0, 0, findings.all())
    items = pairs = 0
    with findings.guard("rows", MANIFEST):
        rows = check_rows(folder, manifest, files, findings)
        items, pairs = len(rows.evaluation()), sum(map(len, rows.parts.values()))
        with findings.guard("overlap", "dpo"):
            check_parts(rows, findings)
        check_manifest(manifest, rows, findings)
        if not findings.is_any("rows") and not rows.missing:  # all else follows from rows
            check_changes(manifest, rows, findings)
            content = CheckedContent(folder)
            check_passports(content, folder, files, findings)
            check_regenerated(folder, content, rows, files, findings, notes)
    return Report(manifest.label, len(files), items, pairs, findings.all(), notes.all())


def _manifest(folder: Path, findings: Findings) -> Manifest | None:
    with findings.guard("manifest", MANIFEST):
        return read_manifest(folder)
    return None
