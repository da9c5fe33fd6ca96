"""Statements: what a document says should be becomes rows, each with its evidence span."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import Exists, OuterRef

from annotation.lifecycle import StatementStatus
from annotation.models import Decision, Derivation, Document, Run, Statement
from annotation.services.decisions.effects import move_statements
from annotation.services.stages.base import ItemWork
from annotation.services.stages.records import document_record
from pipeline.flow import Engines
from pipeline.records import ExtractedStatement
from pipeline.stage import Result

_MACHINE_ONLY = (StatementStatus.EXTRACTED, StatementStatus.CANDIDATE, StatementStatus.CONTESTED)


def statements(engines: Engines, nation_id: str) -> ItemWork:
    """Extraction from originals whose topic is not settled as without values."""
    stage = engines.statements
    rows = (
        Document.objects.filter(nation_id=nation_id)
        .pending("statements", stage.version)
        .filter(~Exists(Decision.objects.screening_out(OuterRef("pk"))))
        .select_related("outlet")
    )
    return ItemWork(stage, rows, "document", lambda batch: [document_record(row) for row in batch], _write)


def _write(run: Run, results: Sequence[tuple[Document, Derivation, Result[Any]]]) -> Counter[str]:
    earlier: dict[int, dict[tuple[int, int], Statement]] = defaultdict(dict)
    ours = Statement.objects.filter(document__in=[row.pk for row, _, _ in results], revises=None)
    for statement in ours:
        earlier[statement.document_id][statement.span_start, statement.span_end] = statement
    made: list[Statement] = []
    gone: list[Statement] = []
    back: list[Statement] = []
    for document, derivation, result in results:
        known = earlier[document.pk]
        found: dict[tuple[int, int], ExtractedStatement] = {(s.start, s.end): s for s in result.outputs}
        for span, extracted in found.items():
            if not 0 <= span[0] < span[1] <= len(document.text):
                raise ValueError(f"evidence span {span} is outside document {document.pk}")
            if span not in known:
                made.append(_statement(document, derivation, extracted))
            elif known[span].status == StatementStatus.SUPERSEDED:
                back.append(known[span])
        gone += [s for span, s in known.items() if span not in found and s.status in _MACHINE_ONLY]
    Statement.objects.bulk_create(made)
    who = {"actor_name": run.version}
    move_statements(back, StatementStatus.EXTRACTED, note="found again", who=who)
    move_statements(gone, StatementStatus.SUPERSEDED, note="no longer found", who=who)
    return Counter({"statements": len(made), "superseded": len(gone)})


def _statement(document: Document, derivation: Derivation, extracted: ExtractedStatement) -> Statement:
    return Statement(
        document=document,
        nation_id=document.nation_id,
        derivation=derivation,
        text=extracted.text,
        language=document.language,
        span_start=extracted.start,
        span_end=extracted.end,
        confidence=extracted.confidence,
        as_of=document.published,
    )
