"""What curators do to many rows at once: each row on its own, so that an illegal one never stops the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from annotation.lifecycle import DecisionStatus, StatementStatus
from annotation.models import Decision, DecisionKind, Derivation, JudgeType, Review, ReviewStatus, Statement
from annotation.models.decision import NOT_A_STATEMENT, SUBJECTS
from annotation.services.decisions.effects import move_statements
from annotation.services.decisions.recording import settle_decision
from annotation.services.decisions.statuses import move
from annotation.services.reviews.queue import request_reviews
from pipeline.records import Sensitivity, SourceType, TripleValidity

_OPPOSITE = {
    Sensitivity.SENSITIVE: Sensitivity.NOT_SENSITIVE,
    Sensitivity.NOT_SENSITIVE: Sensitivity.SENSITIVE,
    TripleValidity.VALID: TripleValidity.INVALID,
    TripleValidity.INVALID: TripleValidity.VALID,
}


class NotDoneError(ValueError):
    """A row cannot be treated so; the message says why."""


@dataclass
class Outcome:
    """How many rows changed, and why others did not, as ``(row, reason)``."""

    changed: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)


def each(rows: Iterable[Any], act: Callable[[Any], None]) -> Outcome:
    """Do ``act`` to each row in its own transaction; a ``ValueError`` is a refusal with its reason."""
    outcome = Outcome()
    for row in rows:
        try:
            with transaction.atomic():
                act(row)
        except ValueError as error:
            outcome.refused.append((f"{row._meta.verbose_name} {row.pk}", str(error)))
        else:
            outcome.changed += 1
    return outcome


def live_decision(subject: Any, kind: DecisionKind) -> Decision:
    """The decision that stands on ``subject``; raises :class:`NotDoneError` when nobody has judged it."""
    found = _live(subject, kind)
    if found is None:
        raise NotDoneError(f"has no {kind.replace('_', ' ')} decision yet; run the pipeline first")
    return found


def give_verdict(
    decision: Decision,
    label: str,
    *,
    curator: Any,
    value: dict[str, Any] | None = None,
    rationale: str = "",
    evidence: dict[str, Any] | None = None,
) -> Decision:
    """Settle ``decision`` with a curator's label and close its review; returns the verdict.

    ``value`` holds texts that go with the label, by default those of ``decision`` where the label stays.
    ``evidence`` is kept with the verdict. Raises :class:`NotDoneError` when another
    decision has taken its place or a curator decided the same, ``ValueError`` for an unknown label.
    """
    if decision.status == DecisionStatus.SUPERSEDED:
        raise NotDoneError("another decision has taken its place")
    if _is_by_curator(decision, label) and (not value or value == decision.value):
        raise NotDoneError(f"a curator already decided so: {label.replace('_', ' ')}")
    if value is None:
        value = decision.value if label == decision.label else {}
    verdict = settle_decision(
        decision=decision,
        label=label,
        judge_type=JudgeType.CURATOR,
        judge=str(curator),
        value=value,
        actor=curator,
        rationale=rationale,
        evidence=evidence,
    )
    _close_review(decision)
    return verdict


def confirm(decision: Decision, *, curator: Any) -> None:
    """A curator stands by the label the decision has."""
    give_verdict(decision, decision.label, curator=curator)


def refuse(decision: Decision, *, curator: Any) -> None:
    """A curator decides against the label, where that leaves one other."""
    if decision.kind == DecisionKind.ATTRIBUTION:
        give_verdict(decision, NOT_A_STATEMENT, curator=curator)
    elif decision.label in _OPPOSITE:
        give_verdict(decision, _OPPOSITE[decision.label], curator=curator)
    else:
        raise NotDoneError("a conflict can end in several ways; choose one of the verdicts")


def send_to_review(decision: Decision, *, curator: Any) -> None:
    """Queue a decision for people."""
    if not request_reviews([decision], actor=curator):
        raise NotDoneError(f"is {decision.get_status_display()}: only open or audited ones are asked")


def approve_statement(statement: Statement, *, curator: Any) -> None:
    """Approve a statement by declaring its newest triple valid."""
    triple = statement.triples.filter(revised_by=None).order_by("-pk").first()
    if triple is None:
        raise NotDoneError("has no triple yet; run the pipeline first")
    if statement.status not in (StatementStatus.CANDIDATE, StatementStatus.IN_REVIEW):
        raise NotDoneError(f"is {statement.get_status_display()}: only candidates or those in review can be")
    decision = live_decision(triple, DecisionKind.TRIPLE)
    if _is_by_curator(decision, TripleValidity.VALID):
        move(statement, StatementStatus.APPROVED, actor=curator)
    else:
        give_verdict(decision, TripleValidity.VALID, curator=curator)


def reject_statement(statement: Statement, *, curator: Any) -> None:
    """Reject a statement: by its screening decision where it has one, so that no later run brings it back."""
    if statement.status == StatementStatus.REJECTED:
        raise NotDoneError("is rejected already")
    screening = _live(statement, DecisionKind.STATEMENT_SCREENING)
    if screening is not None and not _is_by_curator(screening, Sensitivity.NOT_SENSITIVE):
        give_verdict(screening, Sensitivity.NOT_SENSITIVE, curator=curator)
    statement.refresh_from_db(fields=["status"])
    _move(statement, StatementStatus.REJECTED, curator, "rejected by a curator")


def reopen_statement(statement: Statement, *, curator: Any) -> None:
    """Bring a rejected statement back, reversing the decisions that rejected it."""
    if statement.status != StatementStatus.REJECTED:
        raise NotDoneError(f"is {statement.get_status_display()}, not rejected")
    screening = _live(statement, DecisionKind.STATEMENT_SCREENING)
    if screening is not None and screening.label == Sensitivity.NOT_SENSITIVE:
        give_verdict(screening, Sensitivity.SENSITIVE, curator=curator)
    attribution = _live(statement, DecisionKind.ATTRIBUTION)
    if attribution is not None and attribution.label == NOT_A_STATEMENT:
        give_verdict(attribution, SourceType.UNKNOWN, curator=curator)
    statement.refresh_from_db(fields=["status"])
    _move(statement, StatementStatus.CANDIDATE, curator, "reopened by a curator")


def _move(statement: Statement, new: StatementStatus, curator: Any, note: str) -> None:
    move_statements([statement], new, note=note, who={"actor": curator, "actor_name": str(curator)})


def run_again(subject: Any, stage: str) -> None:
    """Have the next ``run_pipeline`` ask ``stage`` about ``subject`` anew. Nothing is deleted."""
    field_name = subject._meta.model_name
    found = Derivation.objects.filter(stage=stage, **{field_name: subject})
    if not found.exists():
        raise NotDoneError(f"has not been through {stage}: the next run_pipeline takes it anyway")
    found.update(is_finished=False, attempts=0)


def try_again(derivation: Derivation) -> None:
    """Have the next ``run_pipeline`` repeat one derivation. Nothing is deleted."""
    Derivation.objects.filter(pk=derivation.pk).update(is_finished=False, attempts=0)


def _live(subject: Any, kind: DecisionKind) -> Decision | None:
    return (
        Decision.objects.filter(kind=kind, **{SUBJECTS[kind]: subject})
        .exclude(status=DecisionStatus.SUPERSEDED)
        .first()
    )


def _is_by_curator(decision: Decision, label: str) -> bool:
    return decision.judge_type == JudgeType.CURATOR and decision.label == label


def _close_review(decision: Decision) -> None:
    Review.objects.filter(decision=decision).exclude(status=ReviewStatus.CLOSED).update(
        status=ReviewStatus.CLOSED
    )
