"""What a decision does to the statements it is about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db.models import OuterRef, Subquery

from annotation.lifecycle import DecisionStatus, StatementStatus
from annotation.models import Decision, DecisionKind, Event, Statement
from annotation.models.decision import NOT_A_STATEMENT, PEOPLE
from annotation.services.conflict_effects import resolve_conflicts
from annotation.services.statuses import move_many
from pipeline.records import Sensitivity, TripleValidity

S = StatementStatus
_LIVE = frozenset({S.EXTRACTED, S.CANDIDATE, S.CONTESTED, S.SET_ASIDE, S.IN_REVIEW, S.APPROVED})
_TOPIC_NOTE = "its topic does not concern values"
_CHUNK = 500


def apply_effects(decisions: Sequence[Decision], *, actor_name: str, actor: Any = None) -> None:
    """Move and mark the statements that ``decisions`` are about. Call inside a transaction."""
    by_kind: dict[str, list[Decision]] = defaultdict(list)
    for decision in decisions:
        by_kind[decision.kind].append(decision)
    who = {"actor": actor, "actor_name": actor_name}
    _screen_topics(by_kind[DecisionKind.TOPIC_SCREENING], who)
    _screen(by_kind[DecisionKind.STATEMENT_SCREENING], who)
    _attribute(by_kind[DecisionKind.ATTRIBUTION], who)
    touched = {
        pk for d in by_kind[DecisionKind.CONFLICT] for pk in (d.conflict.first_id, d.conflict.second_id)
    }
    resolve_conflicts(touched, who)
    _approve(by_kind[DecisionKind.TRIPLE], who)


def move_statements(
    statements: Iterable[Statement], new: StatementStatus, *, note: str, who: dict[str, Any]
) -> None:
    """Move statements out of the flow or back into it, and what stood in conflict with them accordingly."""
    moved = list(statements)
    move_many(moved, new, note=note, **who)
    resolve_conflicts({statement.pk for statement in moved}, who)


def _screen_topics(decisions: Sequence[Decision], who: dict[str, Any]) -> None:
    """A settled verdict on a topic holds for its statements that people have not been asked about."""
    settled = [d for d in decisions if d.status == DecisionStatus.SETTLED]
    out = [d.topic_id for d in settled if d.label == Sensitivity.NOT_SENSITIVE]
    back = [d.topic_id for d in settled if d.label == Sensitivity.SENSITIVE]
    by_people = Decision.objects.filter(
        kind=DecisionKind.STATEMENT_SCREENING,
        judge_type__in=list(PEOPLE),
        status=DecisionStatus.SETTLED,
    )
    dropped = _of_topics(out).filter(status__in=[S.EXTRACTED, S.CANDIDATE, S.CONTESTED])
    move_statements(
        dropped.exclude(decisions__in=by_people),
        S.REJECTED,
        note=f"{_TOPIC_NOTE}: not value-sensitive",
        who=who,
    )
    newest = Event.objects.filter(statement=OuterRef("pk")).order_by("-pk").values("note")[:1]
    returned = _of_topics(back).filter(status=S.REJECTED).annotate(note=Subquery(newest))
    move_statements(
        returned.filter(note__startswith=_TOPIC_NOTE), S.CANDIDATE, note="its topic concerns values", who=who
    )


def _of_topics(topic_ids: Sequence[int | None]) -> Any:
    return Statement.objects.filter(
        document__topic_memberships__topic__in=topic_ids, document__topic_memberships__is_current=True
    )


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
    refused = _refused_as_statements([statement.pk for statement in on if statement.status == S.REJECTED])
    move_statements(out, S.REJECTED, note="not value-sensitive", who=who)
    move_statements((s for s in on if s.pk not in refused), S.CANDIDATE, note="", who=who)


def _refused_as_statements(ids: Sequence[int]) -> set[int]:
    """Those that are settled to be no statements at all."""
    found: set[int] = set()
    for chunk in _chunks(ids):
        rows = Decision.objects.settled().filter(
            kind=DecisionKind.ATTRIBUTION, label=NOT_A_STATEMENT, statement__in=chunk
        )
        found.update(pk for pk in rows.values_list("statement", flat=True) if pk is not None)
    return found


def _attribute(decisions: Sequence[Decision], who: dict[str, Any]) -> None:
    settled = [decision for decision in decisions if decision.status == DecisionStatus.SETTLED]
    refused = [d.statement for d in settled if d.label == NOT_A_STATEMENT]
    move_statements((s for s in refused if s.status in _LIVE), S.REJECTED, note="not a statement", who=who)
    changed = []
    for decision in settled:
        if decision.label != NOT_A_STATEMENT:
            decision.statement.source_type = decision.label
            decision.statement.speaker = str(decision.value.get("speaker", ""))[:300]
            changed.append(decision.statement)
    Statement.objects.bulk_update(changed, ["source_type", "speaker"], batch_size=300)


def _approve(decisions: Sequence[Decision], who: dict[str, Any]) -> None:
    for decision in decisions:
        if decision.status != DecisionStatus.SETTLED:
            continue
        statement = decision.triple.statement
        if decision.label == TripleValidity.VALID and statement.status in (S.CANDIDATE, S.IN_REVIEW):
            move_many([statement], S.APPROVED, **who)
        elif decision.label == TripleValidity.INVALID and statement.status in (S.IN_REVIEW, S.APPROVED):
            move_many([statement], S.CANDIDATE, note="triple refused", **who)


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]
