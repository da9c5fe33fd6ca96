"""What a decision does to the statements it is about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from annotation.lifecycle import DecisionStatus, StatementStatus
from annotation.models import Decision, DecisionKind, Statement
from annotation.models.decision import NOT_A_STATEMENT
from annotation.services.statuses import move_many
from pipeline.records import ConflictOutcome, Sensitivity, TripleValidity

S = StatementStatus
_LIVE = frozenset({S.EXTRACTED, S.CANDIDATE, S.CONTESTED, S.SET_ASIDE, S.IN_REVIEW, S.APPROVED})
_PENDING = (DecisionStatus.OPEN, DecisionStatus.ASKED, DecisionStatus.DISPUTED)
_LOSER = {ConflictOutcome.KEEP_FIRST: "second_id", ConflictOutcome.KEEP_SECOND: "first_id"}


def apply_effects(decisions: Sequence[Decision], *, actor_name: str, actor: Any = None) -> None:
    """Move and mark the statements that ``decisions`` are about. Call inside a transaction."""
    by_kind: dict[str, list[Decision]] = defaultdict(list)
    for decision in decisions:
        by_kind[decision.kind].append(decision)
    who = {"actor": actor, "actor_name": actor_name}
    _screen(by_kind[DecisionKind.STATEMENT_SCREENING], who)
    _attribute(by_kind[DecisionKind.ATTRIBUTION], who)
    _resolve(by_kind[DecisionKind.CONFLICT], who)
    _approve(by_kind[DecisionKind.TRIPLE], who)


def _screen(decisions: Sequence[Decision], who: dict[str, Any]) -> None:
    """Out only when settled so: what is uncertain goes on while people are asked."""
    out, on = [], []
    for decision in decisions:
        statement = decision.statement
        settled_out = (
            decision.status == DecisionStatus.SETTLED and decision.label == Sensitivity.NOT_SENSITIVE
        )
        if settled_out and statement.status in _LIVE - {S.SET_ASIDE}:
            out.append(statement)
        elif not settled_out and statement.status in (S.EXTRACTED, S.REJECTED):
            on.append(statement)
    move_many(out, S.REJECTED, note="not value-sensitive", **who)
    move_many(on, S.CANDIDATE, **who)


def _attribute(decisions: Sequence[Decision], who: dict[str, Any]) -> None:
    settled = [decision for decision in decisions if decision.status == DecisionStatus.SETTLED]
    refused = [d.statement for d in settled if d.label == NOT_A_STATEMENT]
    move_many((s for s in refused if s.status in _LIVE), S.REJECTED, note="not a statement", **who)
    changed = []
    for decision in settled:
        if decision.label != NOT_A_STATEMENT:
            decision.statement.source_type = decision.label
            decision.statement.speaker = str(decision.value.get("speaker", ""))[:300]
            changed.append(decision.statement)
    Statement.objects.bulk_update(changed, ["source_type", "speaker"], batch_size=300)


def _resolve(decisions: Sequence[Decision], who: dict[str, Any]) -> None:
    """Recompute where each touched statement stands from all its conflicts: any verdict can be reversed."""
    touched = {pk for d in decisions for pk in (d.conflict.first_id, d.conflict.second_id)}
    open_ids, lost_ids = _standing(touched)
    moves: dict[StatementStatus, list[Statement]] = defaultdict(list)
    for statement in _statements(touched):
        if statement.pk in lost_ids:
            target = S.SET_ASIDE
        elif statement.pk in open_ids:
            target = S.CONTESTED
        else:
            target = S.CANDIDATE
        is_movable = statement.status in (S.CANDIDATE, S.CONTESTED, S.SET_ASIDE)
        is_lost = statement.status in (S.IN_REVIEW, S.APPROVED) and target is S.SET_ASIDE
        if is_movable or is_lost:
            moves[target].append(statement)
    for target, statements in moves.items():
        move_many(statements, target, note="conflict", **who)


def _standing(touched: Iterable[int]) -> tuple[set[int], set[int]]:
    """Ids of statements in an undecided contradiction, and of those on the losing side of a settled one."""
    open_ids: set[int] = set()
    lost_ids: set[int] = set()
    for side in ("first", "second"):
        for chunk in _chunks(touched):
            rows = (
                Decision.objects.filter(kind=DecisionKind.CONFLICT, **{f"conflict__{side}__in": chunk})
                .exclude(status=DecisionStatus.SUPERSEDED)
                .select_related("conflict")
            )
            for decision in rows:
                if decision.status in _PENDING:
                    open_ids |= {decision.conflict.first_id, decision.conflict.second_id}
                elif decision.label in _LOSER:
                    lost_ids.add(getattr(decision.conflict, _LOSER[ConflictOutcome(decision.label)]))
    return open_ids, lost_ids


def _approve(decisions: Sequence[Decision], who: dict[str, Any]) -> None:
    for decision in decisions:
        if decision.status != DecisionStatus.SETTLED:
            continue
        statement = decision.triple.statement
        if decision.label == TripleValidity.VALID and statement.status in (S.CANDIDATE, S.IN_REVIEW):
            move_many([statement], S.APPROVED, **who)
        elif decision.label == TripleValidity.INVALID and statement.status in (S.IN_REVIEW, S.APPROVED):
            move_many([statement], S.CANDIDATE, note="triple refused", **who)


def _statements(ids: Iterable[int]) -> list[Statement]:
    return [row for chunk in _chunks(ids) for row in Statement.objects.filter(pk__in=chunk).order_by("pk")]


def _chunks(ids: Iterable[int], size: int = 500) -> list[list[int]]:
    ordered = sorted(ids)
    return [ordered[start : start + size] for start in range(0, len(ordered), size)]
