"""The files of a release folder: all there, nothing else, as they were hashed, each with the canary."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from evaluation.publishing.checks.findings import Findings
from evaluation.publishing.files import CHECKSUMS, checksum_file, open_inside, read_checksums

_PIECE = 1 << 20
_LARGEST = 1 << 26  # bytes of a checksum file: a million files
_PATH = re.compile(r"(?!\.{1,2}(?:/|$))[^/\\\0]+(?:/(?!\.{1,2}(?:/|$))[^/\\\0]+)*")


def check_files(folder: Path, canary: str, findings: Findings) -> dict[str, str]:
    """Read every file once. Returns the SHA-256 of each regular file by its path; ``canary`` empty is not
    looked for. Links are named, never followed."""
    found: dict[str, str] = {}
    for name in _walk(folder, findings):
        with findings.guard("files", name):
            digest, has_canary = _read(folder, name, canary.encode())
            found[name] = digest
            if canary and not has_canary:
                findings.add("canary", name, "the canary string is not in it")
    with findings.guard("checksums", CHECKSUMS):
        _compare(folder, found, canary, findings)
    return found


def _walk(folder: Path, findings: Findings) -> Iterator[str]:
    """Paths of regular files; everything else in the folder is a finding."""

    def note(error: OSError) -> None:
        findings.add("files", os.path.relpath(error.filename or folder, folder), f"cannot be read: {error}")

    for parent, names, files in os.walk(folder, onerror=note):
        names.sort()
        if not names and not files and parent != str(folder):
            findings.add("extra", os.path.relpath(parent, folder), "is an empty folder, which no release has")
        for name in sorted([*names, *files]):
            path = Path(parent) / name
            inside = path.relative_to(folder).as_posix()
            mode = path.lstat().st_mode
            if stat.S_ISLNK(mode):
                findings.add("links", inside, "is a link; a release folder has only files")
            elif stat.S_ISREG(mode):
                yield inside
            elif not stat.S_ISDIR(mode):
                findings.add("files", inside, "is neither a file nor a folder")


def _read(folder: Path, name: str, canary: bytes) -> tuple[str, bool]:
    digest, has_canary, tail = sha256(), False, b""
    with open_inside(folder, name) as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
            if canary and not has_canary:
                has_canary = canary in tail + piece
                tail = piece[-len(canary) :]
    return digest.hexdigest(), has_canary


def _compare(folder: Path, found: dict[str, str], canary: str, findings: Findings) -> None:
    if CHECKSUMS not in found:
        findings.add("checksums", CHECKSUMS, "is missing, so nothing shows that the files are as written")
        return
    with open_inside(folder, CHECKSUMS) as file:
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        findings.add("checksums", CHECKSUMS, f"is larger than {_LARGEST} bytes")
        return
    named = read_checksums(content)
    if sum(not line.startswith(b"#") for line in content.splitlines()) != len(named):
        findings.add("checksums", CHECKSUMS, "names a file twice")
    for path, digest in named.items():
        if not _PATH.fullmatch(path):
            findings.add("checksums", CHECKSUMS, f"names {path!r}, which is not inside the folder")
        elif path not in found:
            findings.add("missing", path, "is missing")
        elif found[path] != digest:
            findings.add("hash", path, f"is not the file that was hashed: SHA-256 is {found[path]}")
    for path in sorted(found.keys() - named.keys() - {CHECKSUMS}):
        findings.add("extra", path, f"is not in {CHECKSUMS}")
    is_sound = not findings.is_any("checksums", "missing", "hash", "extra")
    if canary and is_sound and content != checksum_file(named, canary):
        findings.add("checksums", CHECKSUMS, "is not the canary string and a sorted line for each file")
