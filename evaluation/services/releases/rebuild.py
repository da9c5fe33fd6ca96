"""Writing a release again from the database, and comparing it to the byte with what was written first."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from evaluation.models import Release
from evaluation.publishing.files import CHECKSUMS, digest_file, files_of, publish_folder, remove_folder
from evaluation.services.releases.freezing import SOFTWARE
from evaluation.services.releases.stored import write_release


class NotBuiltError(ValueError):
    """A release has no folder that could be written again; the message says why."""


class FileState(StrEnum):
    """How a file of a release's folder stands against the one written again."""

    DIFFERS = "differs"
    MISSING = "missing"  # written again, and not in the release's folder
    EXTRA = "extra"  # in the release's folder, and not written


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What came of writing a release again.

    ``is_equal``: the checksum file has the digest that is on record, so every file has the bytes it first
    had. ``differences`` are against the release's folder, where that is there. ``folder`` is what was kept.
    """

    label: str
    digest: str
    recorded_digest: str
    files: int
    is_folder_there: bool
    software: str
    differences: dict[str, FileState] = field(default_factory=dict)
    folder: str = ""

    @property
    def is_equal(self) -> bool:
        """Whether the bytes are those of the record and of the folder."""
        return self.digest == self.recorded_digest and not self.differences

    @property
    def is_by_other_software(self) -> bool:
        """Whether another version wrote it: then bytes may differ though the content is the same."""
        return self.software != SOFTWARE

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "release": self.label,
            "equal": self.is_equal,
            "digest": self.digest,
            "recorded_digest": self.recorded_digest,
            "files": self.files,
            "folder_there": self.is_folder_there,
            "differences": {path: str(state) for path, state in self.differences.items()},
            "software": self.software,
            "this_software": SOFTWARE,
            "kept": self.folder,
        }


def rebuild_release(*, release: Release, output: Path | None = None) -> Rebuilt:
    """Write the folder of ``release`` from the database and compare it; writes nothing to the database.

    With ``output`` the folder is kept as ``output / name-version``, otherwise removed. Raises
    :class:`NotBuiltError` for a draft and ``FileExistsError`` when the folder to keep exists.
    """
    if not release.digest:
        raise NotBuiltError(
            f"Release {release.label} is {release.status}: it was never written; make_release builds it."
        )
    if output is not None:
        return _rebuilt(release, output.absolute(), output.absolute() / f"{release.name}-{release.version}")
    with TemporaryDirectory(prefix="navab-rebuild-") as name:
        return _rebuilt(release, Path(name), None)


def _rebuilt(release: Release, parent: Path, target: Path | None) -> Rebuilt:
    if target is not None and target.exists():
        raise FileExistsError(f"{target} exists already; choose another --output folder")
    temporary, digest = write_release(release, parent)
    try:
        original = Path(release.folder) if release.folder else None
        is_there = original is not None and original.is_dir()
        found = Rebuilt(
            label=release.label,
            digest=digest,
            recorded_digest=release.digest,
            files=len(files_of(temporary)),
            is_folder_there=is_there,
            software=release.told.software,
            differences=_differences(temporary, original) if original is not None and is_there else {},
            folder=str(target or ""),
        )
        if target is not None:
            publish_folder(temporary, target)
    finally:
        remove_folder(temporary)
    return found


def _differences(rebuilt: Path, original: Path) -> dict[str, FileState]:
    """By path; the checksum file is named where it alone differs."""
    ours, theirs = files_of(rebuilt), files_of(original)
    found = {}
    for path in sorted(set(ours) | set(theirs)):
        if path not in theirs:
            found[path] = FileState.MISSING
        elif path not in ours:
            found[path] = FileState.EXTRA
        elif digest_file(ours[path]) != digest_file(theirs[path]):
            found[path] = FileState.DIFFERS
    if len(found) > 1:
        found.pop(CHECKSUMS, None)  # it differs because the others do
    return found
