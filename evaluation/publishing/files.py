"""Release folders: files written piece by piece, hashed as they are written, published in one step."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from evaluation.publishing.content import Files

CHECKSUMS = "checksums.sha256"


def json_line(row: Mapping[str, Any]) -> bytes:
    """A compact JSON object and a line feed, keys in the order given, UTF-8."""
    return (json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def json_document(value: Any) -> bytes:
    """An indented JSON document, UTF-8."""
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def checksum_file(digests: Mapping[str, str], canary: str) -> bytes:
    """Lines ``digest  path`` sorted by path, as ``sha256sum --check`` reads them; it skips the first line."""
    lines = [f"# {canary}\n", *(f"{digests[path]}  {path}\n" for path in sorted(digests))]
    return "".join(lines).encode()


def read_checksums(content: bytes) -> dict[str, str]:
    """Path to digest. Raises ``ValueError`` with the number of a line that is none."""
    found: dict[str, str] = {}
    for number, line in enumerate(content.decode().splitlines(), 1):
        if line.startswith("#"):
            continue
        digest, separator, path = line.partition("  ")
        if not separator or len(digest) != 64 or not path:
            raise ValueError(f"{CHECKSUMS}, line {number}: {line[:80]!r} is not 'digest  path'")
        found[path] = digest
    return found


def write_temporary(files: Files, parent: Path, canary: str) -> tuple[Path, str]:
    """Write read-only ``files`` and their checksums into a new hidden folder of ``parent``, holding one piece
    of one file in memory. Returns the folder, which the caller publishes or removes, and the SHA-256 of its
    checksum file."""
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".release-", dir=parent))
    try:
        digests = {path: _write(folder / path, pieces) for path, pieces in files}
        digest = _write(folder / CHECKSUMS, iter([checksum_file(digests, canary)]))
        folder.chmod(0o755)  # mkdtemp gives 0700, yet a release is for all to read
    except BaseException:
        remove_folder(folder)
        raise
    return folder, digest


def digest_file(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    found = sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            found.update(piece)
    return found.hexdigest()


def files_of(folder: Path) -> dict[str, Path]:
    """Every file below ``folder`` by its path inside it, with ``/`` between names."""
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}


def publish_folder(temporary: Path, target: Path) -> None:
    """Give the finished folder its name. Raises :class:`FileExistsError` when the name is taken."""
    if target.exists():
        raise FileExistsError(f"{target} already exists; a release is never overwritten")
    os.rename(temporary, target)


def remove_folder(folder: Path) -> None:
    """Remove a folder that did not become a release."""
    shutil.rmtree(folder, ignore_errors=True)


def whole(content: bytes) -> Iterator[bytes]:
    """A file in one piece."""
    yield content


def lines(rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """JSON Lines, some hundred rows a piece."""
    piece: list[bytes] = []
    for row in rows:
        piece.append(json_line(row))
        if len(piece) == 500:
            yield b"".join(piece)
            piece.clear()
    if piece:
        yield b"".join(piece)


def _write(path: Path, pieces: Iterator[bytes]) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    digest = sha256()
    with path.open("wb") as file:
        for piece in pieces:
            digest.update(piece)
            file.write(piece)
    path.chmod(0o444)
    return digest.hexdigest()
