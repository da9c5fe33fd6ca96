"""What a decision does to the statements it is about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Q, Subquery

from annotation.lifecycle import DecisionStatus, StatementStatus
from annotation.models import Decision, DecisionKind, Event, Statement
from annotation.models.decision import NOT_A_STATEMENT, PEOPLE
from annotation.models.statement import StatementQuerySet
from annotation.services.decisions.conflict_effects import resolve_conflicts
from annotation.services.decisions.statuses import move_many
from pipeline.records import APPROVING, Sensitivity, TripleValidity

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


def follow_topics(*, nation_id: str, language: str, actor_name: str) -> None:
    """Statements follow their documents into other topics, or out of any. Call inside a transaction."""
    ours = Statement.objects.filter(document__nation=nation_id, document__language=language)
    _as_topics_stand(ours, {"actor": None, "actor_name": actor_name})


def _screen_topics(decisions: Sequence[Decision], who: dict[str, Any]) -> None:
    topics = [decision.topic_id for decision in decisions]
    if topics:
        is_of_one = Q(document__topic_memberships__topic__in=topics)
        ours = Statement.objects.filter(is_of_one, document__topic_memberships__is_current=True)
        _as_topics_stand(ours, who)


def _as_topics_stand(statements: StatementQuerySet, who: dict[str, Any]) -> None:
    """Those whose document is in a topic settled as without values go out, unless people judged them
    themselves; others that went out so come back, unless a verdict of their own keeps them out."""
    settled = Decision.objects.settled()
    screened_out = Exists(Decision.objects.screening_out(OuterRef("document")))
    own = settled.filter(statement=OuterRef("pk"))
    judged = own.filter(kind=DecisionKind.STATEMENT_SCREENING, judge_type__in=list(PEOPLE))
    refused = own.filter(
        Q(kind=DecisionKind.STATEMENT_SCREENING, label=Sensitivity.NOT_SENSITIVE)
        | Q(kind=DecisionKind.ATTRIBUTION, label=NOT_A_STATEMENT)
    )
    newest = Event.objects.filter(statement=OuterRef("pk")).order_by("-pk").values("note")[:1]
    dropped = statements.filter(screened_out, status__in=[S.EXTRACTED, S.CANDIDATE, S.CONTESTED])
    returned = statements.filter(~screened_out, ~Exists(refused), status=S.REJECTED)
    move_statements(
        dropped.filter(~Exists(judged)), S.REJECTED, note=f"{_TOPIC_NOTE}: not value-sensitive", who=who
    )
    move_statements(
        returned.annotate(note=Subquery(newest)).filter(note__startswith=_TOPIC_NOTE),
        S.CANDIDATE,
        note="its topic may concern values",
        who=who,
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
        if decision.label in APPROVING and statement.status in (S.CANDIDATE, S.IN_REVIEW):
            move_many([statement], S.APPROVED, **who)
        elif decision.label == TripleValidity.NO_LONGER_CURRENT and statement.status in _LIVE - {S.SET_ASIDE}:
            move_statements([statement], S.REJECTED, note="no longer current", who=who)
        elif decision.label == TripleValidity.INVALID and statement.status in (S.IN_REVIEW, S.APPROVED):
            move_many([statement], S.CANDIDATE, note="triple refused", **who)


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]
