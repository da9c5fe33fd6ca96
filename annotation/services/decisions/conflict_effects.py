"""Where statements stand because of the conflicts they are in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Q

from annotation.lifecycle import DecisionStatus, StatementStatus
from annotation.models import Decision, DecisionKind, Statement
from annotation.services.decisions.statuses import move_many
from pipeline.records import APPROVING, ConflictOutcome

S = StatementStatus
_DEAD = (S.REJECTED, S.SUPERSEDED)
_PENDING = (DecisionStatus.OPEN, DecisionStatus.ASKED, DecisionStatus.DISPUTED)
_LOSER = {ConflictOutcome.KEEP_FIRST: "second_id", ConflictOutcome.KEEP_SECOND: "first_id"}
_CHUNK = 400
# From which status a statement may be moved to where its conflicts put it. What people approved stays until
# they decide otherwise.
_MOVED_FROM = {
    S.SET_ASIDE: frozenset({S.CANDIDATE, S.CONTESTED, S.IN_REVIEW, S.APPROVED}),
    S.CONTESTED: frozenset({S.CANDIDATE, S.SET_ASIDE, S.IN_REVIEW}),
    S.CANDIDATE: frozenset({S.CONTESTED, S.SET_ASIDE}),
}


def resolve_conflicts(statement_ids: Iterable[int], who: dict[str, Any]) -> None:
    """Recompute where these statements and those in conflict with them stand: any verdict can be reversed.

    A conflict with a statement that is rejected or superseded binds nobody. Call inside a transaction.
    """
    ids = set(statement_ids)
    ends = {end for d in _live(ids) for end in (d.conflict.first_id, d.conflict.second_id)}
    touched = ids | ends
    open_ids: set[int] = set()
    lost_ids: set[int] = set()
    for decision in _live(touched) if ends else ():
        conflict = decision.conflict
        if conflict.first.status in _DEAD or conflict.second.status in _DEAD:
            continue
        if decision.status in _PENDING:
            open_ids |= {conflict.first_id, conflict.second_id}
        elif decision.label in _LOSER:
            lost_ids.add(getattr(conflict, _LOSER[ConflictOutcome(decision.label)]))
    moves: dict[StatementStatus, list[Statement]] = defaultdict(list)
    for statement in _statements(touched):
        target = S.CANDIDATE
        if statement.pk in lost_ids:
            target = S.SET_ASIDE
        elif statement.pk in open_ids:
            target = S.CONTESTED
        if statement.status in _MOVED_FROM[target]:
            moves[target].append(statement)
    for target, statements in moves.items():
        move_many(statements, target, note="conflict", **who)
    _return_to_review(moves[S.CANDIDATE], who)


def _live(ids: Iterable[int]) -> Iterator[Decision]:
    """Decisions that stand, on conflicts of these statements."""
    for chunk in _chunks(ids):
        yield from (
            Decision.objects.filter(
                Q(conflict__first__in=chunk) | Q(conflict__second__in=chunk), kind=DecisionKind.CONFLICT
            )
            .exclude(status=DecisionStatus.SUPERSEDED)
            .select_related("conflict__first", "conflict__second")
        )


def _return_to_review(statements: Iterable[Statement], who: dict[str, Any]) -> None:
    """Candidates again whose triple people had approved, or have before them, go back to where they were."""
    by_id = {statement.pk: statement for statement in statements}
    approved: list[Statement] = []
    asked: list[Statement] = []
    for chunk in _chunks(by_id):
        rows = Decision.objects.filter(
            kind=DecisionKind.TRIPLE, triple__statement__in=chunk, triple__revised_by=None
        )
        for decision in rows.select_related("triple"):
            statement = by_id[decision.triple.statement_id]
            if decision.status == DecisionStatus.SETTLED and decision.label in APPROVING:
                approved.append(statement)
            elif decision.status in (DecisionStatus.ASKED, DecisionStatus.DISPUTED):
                asked.append(statement)
    done = {statement.pk for statement in approved}
    move_many(approved, S.APPROVED, note="its triple was approved before", **who)
    waiting = {s.pk: s for s in asked if s.pk not in done}
    move_many(waiting.values(), S.IN_REVIEW, note="its triple is with people", **who)


def _statements(ids: Iterable[int]) -> Iterator[Statement]:
    for chunk in _chunks(ids):
        yield from Statement.objects.filter(pk__in=chunk).order_by("pk")


def _chunks(ids: Iterable[int]) -> Iterator[list[int]]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), _CHUNK):
        yield ordered[start : start + _CHUNK]
