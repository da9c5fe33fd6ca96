"""Attribution: who holds a statement, as a decision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from annotation.models import DecisionKind, Derivation, Run, Statement
from annotation.services.decisions.recording import DecisionDraft, record_decisions
from annotation.services.stages.base import ItemWork, judge_type_of
from annotation.services.stages.records import statement_records
from pipeline.flow import Engines
from pipeline.records import Attribution, Judgement
from pipeline.stage import Result
from pipeline.statements.faithful import DOUBTED


def attribution(engines: Engines, nation_id: str) -> ItemWork:
    """Attribution of the live statements, with their article in view."""
    stage = engines.attribution
    rows = (
        Statement.objects.filter(nation_id=nation_id)
        .pending("attribution", stage.version)
        .select_related("document__outlet")
    )
    return ItemWork(stage, rows, "statement", statement_records, _write)


def _asked_if_doubted(row: Statement, judgement: Judgement) -> Judgement:
    """A statement that may not say what its evidence says is put to people, who can refuse it here."""
    if row.confidence > DOUBTED:
        return judgement
    note = f"{judgement.rationale}; the statement may not say what its evidence says"
    return replace(judgement, confidence=min(judgement.confidence, row.confidence), rationale=note)


def _value(output: Attribution) -> dict[str, Any]:
    """What a decision says beside its label."""
    found: dict[str, Any] = {"speaker": output.speaker} if output.speaker else {}
    return found | {"is_office_holder": True} if output.is_office_holder else found


def _write(run: Run, results: Sequence[tuple[Statement, Derivation, Result[Any]]]) -> Counter[str]:
    drafts = [
        DecisionDraft(
            kind=DecisionKind.ATTRIBUTION,
            subject=row,
            nation_id=row.nation_id,
            judgement=_asked_if_doubted(row, output.judgement),
            key=row.text,
            value=_value(output),
            derivation=derivation,
        )
        for row, derivation, result in results
        for output in result.outputs
    ]
    written = record_decisions(drafts, judge_type=judge_type_of(run.engine), judge=run.version)
    return Counter(decision.label for decision in written) + Counter(
        f"decisions {decision.status}" for decision in written
    )
