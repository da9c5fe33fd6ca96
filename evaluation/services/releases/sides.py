"""Releases to be compared, by name or folder, and the versions that lie between two of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from evaluation.models import Release
from evaluation.publishing.content import Content
from evaluation.publishing.files import digest_of_folder
from evaluation.publishing.folder import MANIFEST, FolderContent, FolderError
from evaluation.publishing.versions import Version
from evaluation.services.releases.stored import StoredContent


class NoSuchReleaseError(ValueError):
    """There is neither a release nor a release folder of that name; the message says what is there."""


@dataclass(frozen=True, slots=True)
class Side:
    """A release to compare: its content, its row when it is on record here, its folder when it was named by
    that."""

    label: str
    content: Content
    release: Release | None
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class Between:
    """Versions from an older release to a newer one, both included, the oldest first. Where one is not here,
    ``missing`` names it, and ``versions`` begin after it. Both empty where one does not follow the other."""

    versions: tuple[Content, ...] = ()
    missing: str = ""


def side_of(name: str) -> Side:
    """The release ``name``, ``name@version`` or the folder ``name``; a folder that was written or imported
    here is also that release. Raises :class:`NoSuchReleaseError`, and ``FolderError`` for a broken folder."""
    path = Path(name)
    if (path / MANIFEST).is_file():
        content = FolderContent(path)
        digest = digest_of_folder(path) if _has_record() else ""
        release = Release.objects.built().filter(digest=digest).order_by("pk").first() if digest else None
        return Side(content.manifest.label, content, release, path)
    release = Release.objects.named(name).exclude(manifest="").exclude(digest="").first()
    if release is None:
        raise NoSuchReleaseError(f"{name} is no release folder, and {Release.objects.why_unnamed(name)}")
    return Side(release.label, StoredContent(release), release)


def _has_record() -> bool:
    """Whether there is a database at all: folders are compared without one, too."""
    return bool(connection.settings_dict["ENGINE"] != "django.db.backends.dummy")


def is_earlier(one: Side, other: Side) -> bool:
    """Whether ``one`` came before ``other``: by version of one name, else by when they were frozen here, or
    by the days of their newest decisions."""
    first, second = one.content.manifest, other.content.manifest
    versions = _number(first.version), _number(second.version)
    if first.name == second.name and None not in versions:
        return versions[0] < versions[1]  # type: ignore[operator]
    if one.release and other.release and one.release.origin == other.release.origin == "here":
        return bool(one.release.frozen_at < other.release.frozen_at)  # type: ignore[operator]
    return first.as_of[:10] < second.as_of[:10]


def versions_between(old: Side, new: Side) -> Between:
    """Follow ``new`` back to ``old`` by the version that each names as the one before it: on record here, or
    in a folder beside either of the two."""
    first, label = old.content.manifest, new.content.manifest.previous
    found = [new.content]
    while label and label != first.label:
        name, _, version = label.partition("@")
        is_after = name == first.name and (_number(version) or (0,)) > (_number(first.version) or (0,))
        if not is_after or any(content.manifest.label == label for content in found):
            return Between()
        before = next(_versions(label, old, new), None)
        if before is None:
            return Between(tuple(reversed(found)), label)
        found.append(before)
        label = before.manifest.previous
    return Between((old.content, *reversed(found))) if label else Between()


def _number(version: str) -> Version | None:
    try:
        return Version.parse(version)
    except ValueError:
        return None


def _versions(label: str, *sides: Side) -> Iterator[Content]:
    """What is called ``label``, in the words of its own manifest."""
    name, _, version = label.partition("@")
    names = {name, *(side.release.name for side in sides if side.release)}  # it may be called otherwise here
    rows = Release.objects.built().filter(name__in=names, version=version).exclude(manifest="")
    for release in rows.order_by("pk") if _has_record() else ():
        if release.told.label == label:
            yield StoredContent(release)
    folder = f"{name}-{version}"
    for side in sides:
        if side.folder is None or Path(folder).name != folder:
            continue
        try:
            content = FolderContent(side.folder.absolute().parent / folder)
        except FolderError:
            continue
        if content.manifest.label == label:
            yield content
