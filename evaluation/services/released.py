"""What earlier releases hold: rows for the diff, and what may not be taught any more."""

from __future__ import annotations

from collections.abc import Iterator

from annotation.lifecycle import ReleaseStatus
from evaluation.models import Release, ReleaseItem
from evaluation.publishing.parts import PublishedRow
from evaluation.publishing.rows import ReleaseRow

_CHUNK = 1000


def previous_of(name: str) -> Release | None:
    """The newest version of ``name`` that is built and not withdrawn: what its next version is compared
    with."""
    built = Release.objects.built().exclude(status=ReleaseStatus.WITHDRAWN).exclude(manifest="")
    return built.filter(name=name).order_by("-pk").first()


def public_rows(release: Release) -> Iterator[ReleaseRow]:
    """Rows of every part that files have, by id, read piece by piece."""
    lines = release.items.public().order_by("key").values_list("row", flat=True)
    for line in lines.iterator(chunk_size=_CHUNK):
        yield ReleaseRow.from_line(line)


def published_rows() -> Iterator[PublishedRow]:
    """Every item of every release that is or was out in the world, held back ones included: none of them may
    be taught what it is evaluated by, nor evaluated by what was taught."""
    items = ReleaseItem.objects.filter(release__in=Release.objects.published()).order_by("pk")
    fields = ("part", "article_key", "nation_id", "topic", "language", "statement", "key")
    for found in items.values_list(*fields).iterator(chunk_size=_CHUNK):
        yield PublishedRow(*found)
