"""Writes a batch of prepared rows: finds what each repeats, then stores all of it in one transaction."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.db import transaction

from annotation.models import Document, DocumentBand, Nation, Outlet, RejectedRow, Source
from annotation.services.ingest.rows import Batch, Prepared, unknown_rows
from pipeline.dedupe.bands import THRESHOLD
from pipeline.dedupe.shingles import jaccard, shingles
from pipeline.ingest.clean import excerpt_of
from pipeline.ingest.rows import BadRow
from pipeline.records import OutletKind

CANDIDATES = 40  # verified per document, those sharing most bands first
_CACHED = 2000  # shingled texts of stored candidates kept at once
_CHUNK = 900  # parameters of one query that every SQLite takes
_Kind = Document.DuplicateKind


def store_batch(source: Source, batch: Batch) -> Counter[str]:
    """Store documents, bands and refused rows of ``batch``; returns its counts."""
    with transaction.atomic():
        # One writer a nation at a time (SQLite has one anyway), so that a copy cannot slip in unseen.
        codes = {item.article.nation for item in batch.articles}
        list(Nation.objects.select_for_update(no_key=True).filter(pk__in=codes).order_by("pk"))
        unknown_rows(batch)
        copies = _Copies(batch.articles)
        outlets = _outlets(batch.articles)
        originals: list[Document] = []
        repeats: list[Document] = []
        for item in batch.articles:
            document = _document(source, item, outlets)
            original, kind = copies.original_of(item)
            if original is None:
                originals.append(document)
                copies.remember(item, document)
            else:
                document.duplicate_of, document.duplicate_kind = original, kind
                repeats.append(document)
        Document.objects.bulk_create(originals, batch_size=250)
        Document.objects.bulk_create(repeats, batch_size=250)
        _store_bands(copies.fresh_bands())
        _store_rejected(source, batch.rejected)
    batch.counts.update(accepted=len(originals), duplicates=len(repeats))
    return batch.counts


def stored_originals(items: Sequence[Prepared]) -> list[int | None]:
    """Keys of the stored documents that prepared rows repeat, exactly or nearly; ``None`` where there is
    none. Nothing is stored."""
    copies = _Copies(items)
    found = (copies.original_of(item)[0] for item in items)
    return [document.pk if document is not None else None for document in found]


class _Copies:
    """Originals a batch may repeat: stored ones, found by digest and bands, and those of the batch."""

    def __init__(self, items: Sequence[Prepared]) -> None:
        self._exact = _stored_exact(items)
        self._near = _stored_near(band for item in items for band in item.bands)
        self._texts: OrderedDict[int, tuple[Document, frozenset[str]]] = OrderedDict()
        self._fresh: list[tuple[Prepared, Document]] = []
        self._fresh_bands: dict[int, list[int]] = {}

    def original_of(self, item: Prepared) -> tuple[Document | None, str]:
        """The original this row repeats, if any, and how. The nearest wins, of equals the oldest."""
        exact = self._exact.get(_identity(item))
        if exact is not None:
            return exact, _Kind.EXACT
        best: Document | None = None
        highest = THRESHOLD
        for candidate, found in self._candidates(item):
            similarity = jaccard(item.shingles, found)
            if similarity > highest or (best is None and similarity >= THRESHOLD):
                best, highest = candidate, similarity
        return best, _Kind.NEAR if best is not None else ""

    def remember(self, item: Prepared, document: Document) -> None:
        """A new original, for the rows after it."""
        self._exact[_identity(item)] = document
        for band in item.bands:
            self._fresh_bands.setdefault(band, []).append(len(self._fresh))
        self._fresh.append((item, document))

    def fresh_bands(self) -> Iterator[DocumentBand]:
        """Rows for the bands of the new originals, once these are stored."""
        for item, document in self._fresh:
            for band in sorted(set(item.bands)):
                yield DocumentBand(document=document, band=band)

    def _candidates(self, item: Prepared) -> Iterator[tuple[Document, frozenset[str]]]:
        # Keyed by age: stored documents before those of this batch, so that batching changes nothing.
        shared: Counter[tuple[int, int]] = Counter()
        for band in set(item.bands):
            shared.update((0, pk) for pk in self._near.get(band, ()))
            shared.update((1, index) for index in self._fresh_bands.get(band, ()))
        likely = sorted(shared, key=lambda key: (-shared[key], key))[:CANDIDATES]
        self._load([pk for place, pk in likely if place == 0], item.language)
        for place, index in sorted(likely):
            if place:
                prepared, document = self._fresh[index]
                yield document, prepared.shingles
            else:
                yield self._texts[index]

    def _load(self, pks: Sequence[int], language: str) -> None:
        while len(self._texts) > _CACHED:
            self._texts.popitem(last=False)
        missing = [pk for pk in pks if pk not in self._texts]
        for document in Document.objects.filter(pk__in=missing).only("pk", "text"):
            self._texts[document.pk] = (document, shingles(document.text, language))


def _identity(item: Prepared) -> tuple[str, str, str]:
    return item.article.nation, item.language, item.digest


def _stored_exact(items: Sequence[Prepared]) -> dict[tuple[str, str, str], Document]:
    rows = Document.objects.originals().filter(text_digest__in={item.digest for item in items})
    found = rows.only("pk", "nation_id", "language", "text_digest")
    return {(row.nation_id, row.language, row.text_digest): row for row in found}


def _stored_near(bands: Iterable[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for chunk in _chunks(set(bands)):
        for band, pk in DocumentBand.objects.filter(band__in=chunk).values_list("band", "document_id"):
            found.setdefault(band, []).append(pk)
    return found


def _outlets(items: Sequence[Prepared]) -> dict[tuple[str, str], Outlet]:
    """Outlets of the batch, made where new; one of unknown kind learns it from a row that says."""
    wanted: dict[tuple[str, str], OutletKind] = {}
    for item in items:
        if item.article.outlet:
            key = item.article.nation, item.article.outlet
            if wanted.get(key, OutletKind.UNKNOWN) is OutletKind.UNKNOWN:
                wanted[key] = item.article.outlet_kind
    names = {name for _, name in wanted}
    found = {(row.nation_id, row.name): row for row in Outlet.objects.filter(name__in=names)}
    missing = [
        Outlet(nation_id=nation, name=name, kind=kind)
        for (nation, name), kind in wanted.items()
        if (nation, name) not in found
    ]
    found.update(((row.nation_id, row.name), row) for row in Outlet.objects.bulk_create(missing))
    for key, kind in wanted.items():
        if found[key].kind == OutletKind.UNKNOWN and kind is not OutletKind.UNKNOWN:
            found[key].kind = kind
            found[key].save(update_fields=["kind"])
    return found


def _document(source: Source, item: Prepared, outlets: dict[tuple[str, str], Outlet]) -> Document:
    article = item.article
    return Document(
        source=source,
        position=item.position,
        row_key=item.key,
        external_id=article.external_id,
        nation_id=article.nation,
        outlet=outlets.get((article.nation, article.outlet)),
        language=item.language,
        claimed_language=article.claimed_language,
        title=article.title,
        text=article.text,
        text_digest=item.digest,
        url=article.url,
        licence=article.licence,
        speaker=article.speaker,
        party=article.party,
        published=article.published,
        date_precision=article.date_precision or "",
        metadata=dict(article.metadata),
    )


def _store_bands(rows: Iterator[DocumentBand]) -> None:
    while chunk := list(islice(rows, 10_000)):
        DocumentBand.objects.bulk_create(chunk)


def _store_rejected(source: Source, rows: Sequence[BadRow]) -> None:
    """The same refusal of the same content is stored once, however often it is met."""
    RejectedRow.objects.bulk_create(
        (
            RejectedRow(
                source=source,
                file=excerpt_of(row.file) if row.file else source.name,
                line=row.line,
                reason=excerpt_of(row.reason),
                excerpt=row.excerpt,
            )
            for row in rows
        ),
        ignore_conflicts=True,
    )


def _chunks(values: Iterable[Any]) -> Iterator[list[Any]]:
    ordered = iter(sorted(values))
    while chunk := list(islice(ordered, _CHUNK)):
        yield chunk
