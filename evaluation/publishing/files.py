"""Release folders: files written piece by piece, hashed as they are written, published in one step."""

from __future__ import annotations

import json
import os
import shutil
import stat
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from errno import EINVAL, ELOOP, ENOTDIR
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from evaluation.publishing.content import Files

CHECKSUMS = "checksums.sha256"
_READ = os.O_RDONLY | os.O_CLOEXEC


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
    checksum file. Raises ``OSError`` where it cannot be written."""
    if parent.exists() and not parent.is_dir():
        raise NotADirectoryError(ENOTDIR, os.strerror(ENOTDIR), str(parent))
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


def open_inside(folder: Path, name: str) -> BinaryIO:
    """The file ``name`` (``data/gb/quoted.jsonl``) of a release folder, to be read in bytes.

    A folder from elsewhere may have anything under a name: no link inside it is followed and no pipe waited
    for. Raises ``OSError`` for what is no regular file.
    """
    *parents, last = name.split("/")
    place = os.open(folder, _READ | os.O_DIRECTORY)
    try:
        for parent in parents:
            inner = os.open(parent, _READ | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=place)
            os.close(place)
            place = inner
        found = os.open(last, _READ | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=place)
    except OSError as error:
        if error.errno in (ELOOP, ENOTDIR):
            raise OSError(EINVAL, "is a link or behind one", name) from None
        raise
    finally:
        os.close(place)
    if not stat.S_ISREG(os.fstat(found).st_mode):
        os.close(found)
        raise OSError(EINVAL, "is no regular file", name)
    return os.fdopen(found, "rb")


def digest_file(path: Path) -> str:
    """SHA-256 of a regular file, read in pieces. Raises ``OSError``."""
    found = sha256()
    with open_inside(path.parent, path.name) as file:
        while piece := file.read(1 << 20):
            found.update(piece)
    return found.hexdigest()


def digest_of_folder(folder: Path) -> str:
    """SHA-256 of the checksum file, which stands for the whole release; empty where there is none to read."""
    try:
        return digest_file(folder / CHECKSUMS)
    except OSError:
        return ""


def files_of(folder: Path) -> dict[str, Path]:
    """Every regular file below ``folder`` by its path inside it, with ``/`` between names; no links."""
    return {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if stat.S_ISREG(path.lstat().st_mode)
    }


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
