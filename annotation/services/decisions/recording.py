"""Decisions: machines' judgements recorded under a policy, people's verdicts that supersede them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from annotation.lifecycle import DecisionStatus, StatementStatus
from annotation.models import Decision, DecisionKind, Derivation, Event, JudgeType, Triple
from annotation.models.decision import LABELS, SUBJECTS
from annotation.services.decisions.calibration import RAW, calibrations
from annotation.services.decisions.effects import apply_effects
from annotation.services.decisions.routing import policy_for, routed, routing_policies, standing_guarantees
from annotation.services.decisions.statuses import move_many
from pipeline.calibration import Calibration
from pipeline.records import Judgement
from pipeline.routing import Route, uniform_draw


class OutrankedError(ValueError):
    """A verdict may not replace that of a judge of higher rank."""


@dataclass(frozen=True, slots=True)
class DecisionDraft:
    """A machine's judgement of one row. ``key`` is stable text about the subject; it draws the audit."""

    kind: DecisionKind
    subject: Any
    nation_id: str
    judgement: Judgement
    key: str
    value: dict[str, Any] = field(default_factory=dict)
    derivation: Derivation | None = None


@transaction.atomic
def record_decisions(drafts: Sequence[DecisionDraft], *, judge_type: JudgeType, judge: str) -> list[Decision]:
    """Write machines' judgements, their confidence calibrated on people's verdicts so far, settle the certain
    ones and let them take effect.

    A question people have answered or are being asked is left to them; an older machine's answer is
    superseded. Returns the decisions written.
    """
    policies = routing_policies()
    kinds = {draft.kind for draft in drafts}
    maps = {kind: calibrations(kind) for kind in kinds}
    guarantees = standing_guarantees(kinds)
    written: list[Decision] = []
    for draft in _left_to_machines(drafts, judge):
        policy = policy_for(policies, draft.nation_id, draft.kind)
        standing = guarantees.get((draft.nation_id, draft.kind, judge))
        label = _known(draft.kind, draft.judgement.label)
        calibration = maps[draft.kind].of(
            judge_type=judge_type, judge=judge, nation_id=draft.nation_id, label=label
        )
        confidence = calibration(draft.judgement.confidence)
        draw = uniform_draw(f"{draft.kind}\0{draft.key}".encode())
        where, is_sampled = routed(draft.judgement.confidence, confidence, policy, standing, draw)
        written.append(
            Decision(
                kind=draft.kind,
                nation_id=draft.nation_id,
                label=label,
                value=draft.value,
                confidence=confidence,
                judge_type=judge_type,
                judge=judge,
                rationale=draft.judgement.rationale,
                evidence=_evidence(draft.judgement, calibration),
                derivation=draft.derivation,
                status=DecisionStatus.OPEN if where is Route.ASK else DecisionStatus.SETTLED,
                is_audit=where is Route.AUDIT,
                is_sampled=is_sampled,
                **{SUBJECTS[draft.kind]: draft.subject},
            )
        )
    Decision.objects.bulk_create(written, batch_size=500)
    record_birth(written, judge)
    apply_effects(written, actor_name=judge)
    return written


@transaction.atomic
def settle_decision(
    *,
    decision: Decision,
    label: str,
    judge_type: JudgeType,
    judge: str,
    value: dict[str, Any] | None = None,
    confidence: float = 1.0,
    actor: Any = None,
    rationale: str = "",
    evidence: dict[str, Any] | None = None,
) -> Decision:
    """Put people's verdict in the place of ``decision``; returns the new, settled decision.

    A triple's ``value`` may carry a corrected ``question``, ``statement`` or ``reversed_statement``: then a
    revised triple is made and the verdict is about that one. Raises :class:`OutrankedError` when a curator
    had decided and ``judge_type`` is not curator, ``ValueError`` for a label the kind does not have.
    """
    _known(DecisionKind(decision.kind), label)
    if decision.judge_type == JudgeType.CURATOR and judge_type != JudgeType.CURATOR:
        raise OutrankedError(f"decision {decision.pk} was made by a curator; {judge} cannot change it")
    subject = decision.subject
    if decision.kind == DecisionKind.TRIPLE:
        subject = _revised_triple(subject, value or {})
    move_many([decision], DecisionStatus.SUPERSEDED, actor=actor, actor_name=judge, note=f"{judge}: {label}")
    verdict = Decision.objects.create(
        kind=decision.kind,
        nation_id=decision.nation_id,
        label=label,
        value=value or {},
        confidence=confidence,
        judge_type=judge_type,
        judge=judge,
        rationale=rationale,
        evidence=evidence or {},
        decided_by=actor,
        supersedes=decision,
        status=DecisionStatus.SETTLED,
        is_audit=decision.is_audit,
        **{SUBJECTS[DecisionKind(decision.kind)]: subject},
    )
    record_birth([verdict], judge, actor=actor)
    apply_effects([verdict], actor_name=judge, actor=actor)
    return verdict


@transaction.atomic
def mark_asked(decisions: Iterable[Decision], *, actor: Any = None, actor_name: str) -> None:
    """Decisions are with people now; a triple's statement is in review. Audited ones stay settled."""
    asked = [decision for decision in decisions if decision.status == DecisionStatus.OPEN]
    move_many(asked, DecisionStatus.ASKED, actor=actor, actor_name=actor_name)
    statements = [
        decision.triple.statement
        for decision in asked
        if decision.triple is not None and decision.triple.statement.status == StatementStatus.CANDIDATE
    ]
    move_many(statements, StatementStatus.IN_REVIEW, actor=actor, actor_name=actor_name)


def _evidence(judgement: Judgement, calibration: Calibration) -> dict[str, Any]:
    """The judge's evidence; after calibration, also what it had said and how many answers that rests on."""
    if not calibration.points:
        return dict(judgement.evidence)
    return {
        **judgement.evidence,
        RAW: judgement.confidence,
        "calibrated_on": calibration.answers,
        "calibration": calibration.method,
    }


def _known(kind: DecisionKind, label: str) -> str:
    if label not in LABELS[kind]:
        raise ValueError(f"{kind} has no label {label!r}; it has {', '.join(LABELS[kind])}")
    return str(label)


def _left_to_machines(drafts: Sequence[DecisionDraft], judge: str) -> list[DecisionDraft]:
    """Drafts whose question people have not taken over; older machine answers are superseded."""
    kept: list[DecisionDraft] = []
    stale: list[Decision] = []
    for kind in {draft.kind for draft in drafts}:
        subject = SUBJECTS[kind]
        ours = [draft for draft in drafts if draft.kind == kind]
        live: dict[int, Decision] = {}
        theirs: set[int] = set()
        for start in range(0, len(ours), 500):
            ids = [draft.subject.pk for draft in ours[start : start + 500]]
            rows = Decision.objects.filter(kind=kind, **{f"{subject}__in": ids}).exclude(
                status=DecisionStatus.SUPERSEDED
            )
            live.update((getattr(row, f"{subject}_id"), row) for row in rows)
            theirs.update(rows.left_to_people().values_list(subject, flat=True))
        for draft in ours:
            if draft.subject.pk in theirs:
                continue
            kept.append(draft)
            if old := live.get(draft.subject.pk):
                stale.append(old)
    move_many(stale, DecisionStatus.SUPERSEDED, actor_name=judge, note="judged anew")
    return kept


def record_birth(
    decisions: Sequence[Decision], actor_name: str, *, actor: Any = None, note: str = ""
) -> None:
    """The first event of each decision; ``note`` says how it came about, by default its label."""
    Event.objects.bulk_create(
        (
            Event(
                nation_id=row.nation_id,
                decision=row,
                old="",
                new=row.status,
                actor=actor,
                actor_name=actor_name,
                note=note or row.label,
            )
            for row in decisions
        ),
        batch_size=500,
    )


def _revised_triple(triple: Triple, value: dict[str, Any]) -> Triple:
    """The triple with the texts people corrected, as a new one that revises it; itself where they did not."""
    texts = {
        "question": triple.question,
        "statement": triple.affirmed,
        "reversed_statement": triple.reversed_statement,
    }
    given = {name: str(value.get(name) or text).strip() for name, text in texts.items()}
    if given == texts:
        return triple
    return Triple.objects.create(
        statement=triple.statement,
        nation_id=triple.nation_id,
        derivation=triple.derivation,
        revises=triple,
        question=given["question"],
        statement_text="" if given["statement"] == triple.statement.text else given["statement"],
        reversed_statement=given["reversed_statement"],
        language=triple.language,
        confidence=1.0,
        checks=triple.checks,
    )
