"""The folder of a release as one ZIP file, streamed: no second copy on disk, one piece of it in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from evaluation.publishing.files import CHECKSUMS, digest_of_folder, files_of, read_checksums

_PIECE = 1 << 18


class ArchiveError(ValueError):
    """The folder is not the one that was written; the message says why."""


class _Pipe:
    """A file that cannot be sought: what is written waits until it is taken."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Keep ``data``."""
        self._waiting.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing: it is all in memory."""

    def close(self) -> None:
        """Nothing: there is no file."""

    def take(self) -> bytes:
        """All that was written since the last time."""
        taken = b"".join(self._waiting)
        self._waiting.clear()
        return taken


def zip_folder(folder: Path, digest: str) -> Iterator[bytes]:
    """Pieces of a ZIP file with the checksum file of ``folder`` and the files it names, below the folder's
    own name; stored, not compressed, and the same bytes every time.

    ``digest`` is the SHA-256 of the checksum file. Raises :class:`ArchiveError` at once, before the first
    piece, when the folder or a file is missing or the checksum file is another.
    """
    found = digest_of_folder(folder)
    if not found:
        raise ArchiveError(f"{folder.name} is not on this server")
    if found != digest:
        raise ArchiveError(f"{CHECKSUMS} of {folder.name} is not the file that was written")
    there = files_of(folder)
    names = sorted({*read_checksums((folder / CHECKSUMS).read_bytes()), CHECKSUMS})
    if missing := [name for name in names if name not in there]:
        raise ArchiveError(f"{folder.name} lacks {', '.join(missing[:5])}")
    return _pieces(folder.name, [(name, there[name]) for name in names])


def _pieces(root: str, files: list[tuple[str, Path]]) -> Iterator[bytes]:
    pipe = _Pipe()
    with ZipFile(pipe, "w", ZIP_STORED) as archive:
        for name, path in files:
            entry = ZipInfo(f"{root}/{name}")  # dated 1980, as the format begins: the same bytes every time
            entry.external_attr = 0o100444 << 16
            entry.file_size = path.stat().st_size  # beyond 2 GB the entry is written in its 64-bit form
            with path.open("rb") as source, archive.open(entry, "w") as target:
                while piece := source.read(_PIECE):
                    target.write(piece)
                    yield pipe.take()
    yield pipe.take()
