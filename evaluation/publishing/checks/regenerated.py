"""Every file that follows from ``release.json``, ``data/`` and ``dpo/``: written again and compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from evaluation import VERSION
from evaluation.publishing.checks import copies, descriptions
from evaluation.publishing.checks.findings import Findings
from evaluation.publishing.checks.rows import Rows
from evaluation.publishing.content import Content, Manifest
from evaluation.publishing.files import CHECKSUMS, open_inside
from evaluation.publishing.folder import MANIFEST
from evaluation.publishing.formats.all import FORMATS

SOFTWARE = f"NaVAB {VERSION}"
_TOLD = frozenset({"README.md", "parquet/README.md", "CHANGELOG.md", "croissant.json", MANIFEST})
_SOURCES = ("data/", "dpo/", "passports/")  # what everything follows from, checked for itself


def is_by_other_software(manifest: Manifest) -> bool:
    """Whether another version wrote it: then what it says in words may differ from what this one would."""
    return manifest.software != SOFTWARE


def check_regenerated(
    folder: Path,
    content: Content,
    rows: Rows,
    files: Mapping[str, str],
    findings: Findings,
    notes: Findings,
) -> None:
    """Compare each file with what this version writes, streaming; a file that no release has is found.

    Code and settings of harnesses must be equal to the byte. Where another version wrote the release, or
    another pyarrow a Parquet file, a file that differs must still hold the same items, or describe the same
    files; the difference is then one of ``notes``.
    """
    is_other = is_by_other_software(content.manifest)
    if is_other:
        text = f"was written by {content.manifest.software!r}, and this is {SOFTWARE}"
        notes.add("software", MANIFEST, text)
    held = copies.readers(content.manifest, rows)
    expected = {CHECKSUMS}
    for format in FORMATS:
        with findings.guard("copies", MANIFEST):
            for path, pieces in format.files(content):
                expected.add(path)
                if path not in files:
                    if not findings.has("missing", path):
                        findings.add("missing", path, f"is missing, and follows from {MANIFEST} and data/")
                elif not path.startswith(_SOURCES):
                    with findings.guard("copies", path):
                        _compare(folder, path, pieces, is_other, held, rows, files, findings, notes)
    for path in sorted(files.keys() - expected):
        if not findings.has("extra", path):
            findings.add("extra", path, "is no file that a release with these items has")


def _compare(
    folder: Path,
    path: str,
    pieces: Iterator[bytes],
    is_other: bool,
    held: Mapping[str, Callable[[Path, Findings], None]],
    rows: Rows,
    files: Mapping[str, str],
    findings: Findings,
    notes: Findings,
) -> None:
    with open_inside(folder, path) as file:
        line = first_difference(file, pieces)
    if not line:
        return
    is_parquet = path.endswith(".parquet")
    message = f"is not what {MANIFEST} and data/ give"
    if is_parquet and (is_other or copies.is_by_other_pyarrow(folder, path)):
        notes.add("software", path, message)
        held[path](folder, findings)
    elif is_other and path in held:
        notes.add("software", path, message, line)
        held[path](folder, findings)
    elif is_other and path in _TOLD:
        notes.add("software", path, message, line)
        descriptions.check_description(folder, path, rows, files, findings)
    else:
        findings.add("copies", path, message, 0 if is_parquet else line)


def first_difference(file: BinaryIO, pieces: Iterator[bytes]) -> int:
    """The line, from 1, in which a file is not the ``pieces``; 0 where it is."""
    line = 1
    for piece in pieces:
        there = file.read(len(piece))
        if there != piece:
            pairs = enumerate(zip(there, piece, strict=False))
            same = next((at for at, (ours, theirs) in pairs if ours != theirs), len(there))
            return line + piece[:same].count(b"\n")
        line += piece.count(b"\n")
    return line if file.read(1) else 0
