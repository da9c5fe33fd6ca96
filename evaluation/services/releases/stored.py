"""A release as the database keeps it: the content its folder is written from, then and whenever again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from evaluation.models import Release, ReleaseItem
from evaluation.publishing.content import Manifest, Slice
from evaluation.publishing.files import write_temporary
from evaluation.publishing.formats.all import release_files
from evaluation.publishing.rows import PREFERENCE_PARTS, RELEASED_TYPES, Part, ReleaseRow

_CHUNK = 1000


class StoredContent:
    """The content of a built release; holdout items are not part of it. Rows are read piece by piece."""

    def __init__(self, release: Release) -> None:
        """``release`` has its manifest and items."""
        self._items = ReleaseItem.objects.filter(release=release)
        self._manifest = release.told

    @property
    def manifest(self) -> Manifest:
        """What it is."""
        return self._manifest

    def slices(self) -> list[Slice]:
        """Slices of the evaluation part that have items: by nation, quoted before official."""
        evaluated = self._items.filter(part=Part.EVALUATION).order_by()
        found = set(evaluated.values_list("nation_id", "source_type").distinct())
        nations = sorted({nation for nation, _ in found})
        return [
            Slice(nation, str(kind))
            for nation in nations
            for kind in RELEASED_TYPES
            if (nation, kind) in found
        ]

    def rows(self, where: Slice) -> Iterator[ReleaseRow]:
        """Items of a slice of the evaluation part, by id."""
        yield from _rows(self._of(where))

    def preferences(self, part: str) -> Iterator[ReleaseRow]:
        """Items of the parts ``train`` and ``test``, by id."""
        yield from _rows(self._items.filter(part=part))

    def passports(self, where: Slice | None) -> Iterator[str]:
        """Passports of a slice in the order of its rows, or of all preference items."""
        items = self._of(where) if where else self._items.filter(part__in=PREFERENCE_PARTS)
        yield from items.order_by("key").values_list("passport", flat=True).iterator(chunk_size=_CHUNK)

    def _of(self, where: Slice) -> ReleaseItemRows:
        return self._items.filter(part=Part.EVALUATION, nation_id=where.nation, source_type=where.source_type)


ReleaseItemRows = type(ReleaseItem.objects.all())


def write_release(release: Release, parent: Path) -> tuple[Path, str]:
    """Write the folder of a release under a temporary name in ``parent``; returns it and its digest."""
    content = StoredContent(release)
    return write_temporary(release_files(content), parent, content.manifest.canary)


def _rows(items: ReleaseItemRows) -> Iterator[ReleaseRow]:
    for line in items.order_by("key").values_list("row", flat=True).iterator(chunk_size=_CHUNK):
        yield ReleaseRow.from_line(line)
