"""What the database says, without ids and times: equal for two databases that hold the same work.

DATABASE_URL=... python -m benchmarks.natural_rows      prints {table: {rows, digest}} and broken evidence
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any

from django.db.models import F


def natural_rows() -> dict[str, Iterator[tuple[Any, ...]]]:
    """Rows of every derived table by what they mean: documents by their row key, the rest by document."""
    from annotation.models import (
        Conflict,
        ConflictSide,
        Decision,
        Document,
        DocumentTag,
        Event,
        RejectedRow,
        Statement,
        TopicMembership,
        Triple,
    )

    def rows(queryset: Any, *fields: str) -> Iterator[tuple[Any, ...]]:
        return queryset.values_list(*fields).iterator(chunk_size=2000)

    def statement(path: str) -> tuple[str, ...]:
        return tuple(f"{path}{name}" for name in ("document__row_key", "span_start", "span_end"))

    def subjects(path: str = "") -> tuple[str, ...]:
        return (
            f"{path}topic__label",
            *statement(f"{path}statement__"),
            *statement(f"{path}conflict__first__"),
            *statement(f"{path}conflict__second__"),
            f"{path}triple__question",
            *statement(f"{path}triple__statement__"),
        )

    return {
        "documents": rows(
            Document.objects, "row_key", "nation_id", "language", "text_digest", "duplicate_of__row_key",
            "duplicate_kind", "published", "outlet__name",
        ),
        "rejected": rows(RejectedRow.objects, "file", "line", "reason"),
        "topics": rows(
            TopicMembership.objects.filter(is_current=True), "topic__nation_id", "topic__language",
            "topic__label", "topic__size", "document__row_key",
        ),
        "tags": rows(DocumentTag.objects.filter(is_current=True), "tag__name", "document__row_key"),
        "statements": rows(
            Statement.objects, *statement(""), "text", "language", "status", "source_type", "speaker"
        ),
        "conflicts": rows(
            Conflict.objects, *statement("first__"), *statement("second__"), "relation", "sign", "score"
        ),
        "conflict sides": rows(
            ConflictSide.objects.filter(group__is_current=True), *statement("statement__"), "side",
            "group__margin",
        ),
        "triples": rows(
            Triple.objects, *statement("statement__"), "question", "reversed_statement", "confidence"
        ),
        "decisions": rows(
            Decision.objects, "kind", "label", "confidence", "status", "is_audit", "judge", *subjects()
        ),
        "events": rows(
            Event.objects, "old", "new", "actor_name", *statement("statement__"), *subjects("decision__")
        ),
    }  # fmt: skip


def digest_of(rows: Iterable[tuple[Any, ...]]) -> dict[str, Any]:
    """Number of rows and a digest that does not depend on their order."""
    lines = sorted(repr(row) for row in rows)
    return {"rows": len(lines), "digest": sha256("\n".join(lines).encode()).hexdigest()}


def broken_evidence() -> int:
    """Statements whose text is not what their span of the document says (white space aside)."""
    from annotation.models import Statement

    broken = 0
    rows = Statement.objects.annotate(document_text=F("document__text")).order_by("document_id")
    for row in rows.iterator(chunk_size=500):
        evidence = row.document_text[row.span_start : row.span_end]
        if not evidence or " ".join(evidence.split()) != " ".join(row.text.split()):
            broken += 1
    return broken


def main() -> None:
    """Print digests of every table and the number of statements with broken evidence."""
    import django

    django.setup()
    report: dict[str, Any] = {name: digest_of(rows) for name, rows in natural_rows().items()}
    report["statements with broken evidence"] = broken_evidence()
    print(json.dumps(report))


if __name__ == "__main__":
    main()
