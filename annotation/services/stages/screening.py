"""Screening: topics, then statements, become decisions: value-sensitive or not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from annotation.models import DecisionKind, Derivation, Run, Statement, Topic
from annotation.services.decisions.recording import DecisionDraft, record_decisions
from annotation.services.stages.base import ItemWork, judge_type_of
from annotation.services.stages.records import statement_records, topic_records
from pipeline.flow import Engines
from pipeline.stage import Result


def topic_screening(engines: Engines, nation_id: str) -> ItemWork:
    """Screening of the current topics."""
    stage = engines.topic_screening
    rows = Topic.objects.filter(nation_id=nation_id).pending("screening", stage.version)
    return ItemWork(stage, rows, "topic", topic_records, _write_topics)


def statement_screening(engines: Engines, nation_id: str) -> ItemWork:
    """Screening of the live statements."""
    stage = engines.statement_screening
    rows = (
        Statement.objects.filter(nation_id=nation_id)
        .pending("screening", stage.version)
        .select_related("document__outlet")
    )
    return ItemWork(stage, rows, "statement", statement_records, write_statements)


def _write_topics(run: Run, results: Sequence[tuple[Any, Derivation, Result[Any]]]) -> Counter[str]:
    return _write(run, results, DecisionKind.TOPIC_SCREENING, lambda topic: topic.identity)


def write_statements(run: Run, results: Sequence[tuple[Any, Derivation, Result[Any]]]) -> Counter[str]:
    """Judgements of statements become decisions."""
    return _write(run, results, DecisionKind.STATEMENT_SCREENING, lambda statement: statement.text)


def _write(
    run: Run, results: Sequence[tuple[Any, Derivation, Result[Any]]], kind: DecisionKind, key: Any
) -> Counter[str]:
    drafts = [
        DecisionDraft(
            kind=kind,
            subject=row,
            nation_id=row.nation_id,
            judgement=judgement,
            key=key(row),
            derivation=derivation,
        )
        for row, derivation, result in results
        for judgement in result.outputs
    ]
    written = record_decisions(drafts, judge_type=judge_type_of(run.engine), judge=run.version)
    return Counter(f"{decision.label}" for decision in written) + Counter(
        f"decisions {decision.status}" for decision in written
    )
