"""Rows of the database as the records stages read."""

from __future__ import annotations

from collections.abc import Iterable

from annotation.models import Document, Statement, Topic, TopicMembership
from pipeline.records import (
    ConflictItem,
    DocumentRecord,
    OutletKind,
    SourceType,
    StatementRecord,
    TopicRecord,
)

_EXEMPLARS = 3
_EXEMPLAR_LENGTH = 600


def document_record(row: Document) -> DocumentRecord:
    """Needs ``outlet`` selected."""
    return DocumentRecord(
        key=row.pk,
        nation=row.nation_id,
        language=row.language,
        text=row.text,
        title=row.title,
        outlet=row.outlet.name if row.outlet else "",
        outlet_kind=OutletKind(row.outlet.kind) if row.outlet else OutletKind.UNKNOWN,
        speaker=row.speaker,
        published=row.published,
    )


def statement_records(rows: Iterable[Statement]) -> list[StatementRecord]:
    """Needs ``document`` and its ``outlet`` selected; statements of one document share its record."""
    documents: dict[int, DocumentRecord] = {}
    records = []
    for row in rows:
        document = documents.setdefault(row.document_id, document_record(row.document))
        records.append(
            StatementRecord(
                key=row.pk,
                text=row.text,
                language=row.language,
                span=(row.span_start, row.span_end),
                document=document,
                speaker=row.speaker,
                source_type=SourceType(row.source_type),
                as_of=row.as_of,
            )
        )
    return records


def topic_records(rows: Iterable[Topic]) -> list[TopicRecord]:
    """Topics with their strongest documents as exemplars."""
    records = []
    for row in rows:
        strongest = (
            TopicMembership.objects.filter(topic=row)
            .order_by("-strength", "document_id")
            .values_list("document__text", flat=True)[:_EXEMPLARS]
        )
        records.append(
            TopicRecord(
                key=row.pk,
                nation=row.nation_id,
                language=row.language,
                label=row.label,
                keywords=tuple(row.keywords),
                exemplars=tuple(text[:_EXEMPLAR_LENGTH] for text in strongest),
            )
        )
    return records


def conflict_items(rows: Iterable[Statement]) -> list[ConflictItem]:
    """Needs ``document`` and its ``outlet`` selected and ``topic_id`` annotated."""
    return [
        ConflictItem(
            key=row.pk,
            text=row.text,
            language=row.language,
            block=f"{row.nation_id}:{row.topic_id or 0}",
            outlet=row.document.outlet.name if row.document.outlet else "",
            speaker=row.speaker or row.document.speaker,
            country=row.nation_id,
            party=row.document.party,
            as_of=row.as_of,
            cluster=row.document.duplicate_of_id or row.document_id,
        )
        for row in rows
    ]
