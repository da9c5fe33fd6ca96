"""Triples: statements that survived conflict reduction become questions with two opposed answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.conf import settings

from annotation.lifecycle import StatementStatus
from annotation.models import DecisionKind, Derivation, Run, Statement, Triple
from annotation.services.decisions.recording import DecisionDraft, record_decisions
from annotation.services.stages.base import ItemWork, judge_type_of
from annotation.services.stages.records import statement_records
from pipeline.flow import Engines
from pipeline.records import Judgement, TripleDraft, TripleValidity
from pipeline.stage import Result


def triples(engines: Engines, nation_id: str) -> ItemWork:
    """Triples of candidates: what is contested waits and what was set aside stays out, unless the ablation is
    wanted, which compares a release with and without conflict reduction."""
    stage = engines.triples
    unreduced = [StatementStatus.CONTESTED, StatementStatus.SET_ASIDE] if settings.NAVAB_ABLATION else []
    rows = (
        Statement.objects.filter(nation_id=nation_id, status__in=[StatementStatus.CANDIDATE, *unreduced])
        .pending("triples", stage.version)
        .select_related("document__outlet")
    )
    return ItemWork(stage, rows, "statement", statement_records, _write)


def _write(run: Run, results: Sequence[tuple[Statement, Derivation, Result[Any]]]) -> Counter[str]:
    pairs = [
        (_triple(row, derivation, draft), draft)
        for row, derivation, result in results
        for draft in result.outputs
    ]
    Triple.objects.bulk_create([triple for triple, _ in pairs])
    drafts = [
        DecisionDraft(
            kind=DecisionKind.TRIPLE,
            subject=triple,
            nation_id=triple.nation_id,
            judgement=_judgement(draft),
            key=triple.statement.text,
            derivation=triple.derivation,
        )
        for triple, draft in pairs
    ]
    written = record_decisions(drafts, judge_type=judge_type_of(run.engine), judge=run.version)
    return Counter(decision.label for decision in written) + Counter({"triples": len(pairs)})


def _triple(row: Statement, derivation: Derivation, draft: TripleDraft) -> Triple:
    return Triple(
        statement=row,
        nation_id=row.nation_id,
        derivation=derivation,
        question=draft.question,
        reversed_statement=draft.reversed_statement,
        language=row.language,
        confidence=draft.confidence,
        checks=dict(draft.checks),
    )


def _judgement(draft: TripleDraft) -> Judgement:
    failed = [name for name, passed in draft.checks.items() if not passed]
    label = TripleValidity.INVALID if failed else TripleValidity.VALID
    rationale = f"failed: {', '.join(failed)}" if failed else draft.rationale
    return Judgement(label=label, confidence=draft.confidence, rationale=rationale)
