"""What earlier releases hold: rows for the diff, and what may not be taught any more."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import QuerySet

from evaluation.models import Release, ReleaseItem
from evaluation.publishing.parts import PublishedRow
from evaluation.publishing.rows import ReleaseRow

_CHUNK = 1000


def previous_of(name: str) -> Release | None:
    """What the next version of ``name`` is compared with: the newest that is built and not withdrawn, or
    where there is none the newest that was out in the world."""
    built = Release.objects.built().exclude(manifest="")
    return built.named(name).first() or built.published().filter(name=name).order_by("pk").last()


def canary_of(name: str) -> str:
    """The canary that the versions of ``name`` bear, withdrawn ones too; empty where there are none."""
    first = Release.objects.built().exclude(manifest="").filter(name=name).order_by("pk").first()
    return first.told.canary if first else ""


def public_rows(release: Release) -> Iterator[ReleaseRow]:
    """Rows of every part that files have, by id, read piece by piece."""
    lines = release.items.public().order_by("key").values_list("row", flat=True)
    for line in lines.iterator(chunk_size=_CHUNK):
        yield ReleaseRow.from_line(line)


def published_rows() -> Iterator[PublishedRow]:
    """Every item of every release that is or was out in the world, held back ones included: none of them may
    be taught what it is evaluated by, nor evaluated by what was taught. An item is given once for each part
    it had, however many versions have it."""
    return rows_in(Release.objects.out())


def rows_in(releases: QuerySet[Release]) -> Iterator[PublishedRow]:
    """Items of these releases, each once for each part it has."""
    items = ReleaseItem.objects.filter(release__in=releases).order_by("pk")
    fields = ("part", "article_key", "nation_id", "topic", "language", "statement", "key")
    seen: set[tuple[str, str]] = set()
    for found in items.values_list(*fields).iterator(chunk_size=_CHUNK):
        if (found[0], found[-1]) not in seen:
            seen.add((found[0], found[-1]))
            yield PublishedRow(*found)
