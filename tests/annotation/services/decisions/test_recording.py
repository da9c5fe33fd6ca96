"""Machines' judgements under a policy, people's verdicts, and what both do to statements."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from annotation.lifecycle import DecisionStatus, StatementStatus
from annotation.models import Decision, DecisionKind, JudgeType, Policy, Statement
from annotation.services.decisions.recording import (
    DecisionDraft,
    OutrankedError,
    mark_asked,
    record_decisions,
    settle_decision,
)
from pipeline.records import Judgement
from tests import factories

pytestmark = pytest.mark.django_db


def draft(subject, kind: DecisionKind, label: str, confidence: float, **fields) -> DecisionDraft:
    return DecisionDraft(
        kind, subject, subject.nation_id, Judgement(label, confidence), str(subject), **fields
    )


def record(*drafts: DecisionDraft, judge: str = "rules-1") -> list[Decision]:
    return record_decisions(drafts, judge_type=JudgeType.RULES, judge=judge)


def status_of(statement: Statement) -> str:
    return Statement.objects.get(pk=statement.pk).status


@pytest.fixture(autouse=True)
def policies():
    """Known thresholds, no audit."""
    for kind in DecisionKind:
        threshold = 1.1 if kind == DecisionKind.TRIPLE else 0.8
        Policy.objects.update_or_create(
            nation=None, kind=kind, defaults={"threshold": threshold, "audit_rate": 0.0}
        )


def test_a_certain_judgement_is_settled_and_takes_effect():
    statement = factories.StatementFactory(status=StatementStatus.EXTRACTED)

    [decision] = record(draft(statement, DecisionKind.STATEMENT_SCREENING, "not_sensitive", 0.9))

    assert decision.status == DecisionStatus.SETTLED
    assert status_of(statement) == StatementStatus.REJECTED


def test_an_uncertain_judgement_waits_for_people_and_the_statement_goes_on():
    statement = factories.StatementFactory(status=StatementStatus.EXTRACTED)

    [decision] = record(draft(statement, DecisionKind.STATEMENT_SCREENING, "not_sensitive", 0.7))

    assert decision.status == DecisionStatus.OPEN
    assert status_of(statement) == StatementStatus.CANDIDATE


def test_the_policy_of_the_nation_goes_before_the_one_for_all():
    statement = factories.StatementFactory(status=StatementStatus.EXTRACTED)
    Policy.objects.create(
        nation=statement.nation, kind=DecisionKind.STATEMENT_SCREENING, threshold=0.6, audit_rate=1.0
    )

    [decision] = record(draft(statement, DecisionKind.STATEMENT_SCREENING, "sensitive", 0.7))

    assert (decision.status, decision.is_audit) == (DecisionStatus.SETTLED, True)


def test_a_label_the_kind_does_not_have_is_refused():
    statement = factories.StatementFactory()

    with pytest.raises(ValueError, match="has no label 'maybe'"):
        record(draft(statement, DecisionKind.ATTRIBUTION, "maybe", 0.9))


def test_a_newer_machine_supersedes_an_older_one_but_not_people():
    first, second = factories.StatementFactory.create_batch(2)
    kind = DecisionKind.ATTRIBUTION
    [old, asked] = record(draft(first, kind, "unknown", 0.3), draft(second, kind, "unknown", 0.3))
    verdict = settle_decision(
        decision=asked, label="quoted", judge_type=JudgeType.ANNOTATORS, judge="annotators:2/2"
    )

    [new] = record(draft(first, kind, "quoted", 0.9), draft(second, kind, "official", 0.99), judge="rules-2")

    old.refresh_from_db()
    verdict.refresh_from_db()
    assert (old.status, new.statement) == (DecisionStatus.SUPERSEDED, first)
    assert verdict.status == DecisionStatus.SETTLED


def test_an_audit_that_is_with_people_is_left_to_them_by_a_newer_machine():
    asked, queued = factories.StatementFactory.create_batch(2)
    kind = DecisionKind.ATTRIBUTION
    audits = record(draft(asked, kind, "unknown", 0.9), draft(queued, kind, "unknown", 0.9))
    Decision.objects.update(is_audit=True)
    project = factories.StudioProjectFactory(kind="statement")
    for audit, status in zip(audits, ("pushed", "queued"), strict=True):
        factories.ReviewFactory(decision=audit, status=status, project=project, remote_task_id=audit.pk)

    written = record(draft(asked, kind, "quoted", 0.9), draft(queued, kind, "quoted", 0.9), judge="rules-2")

    assert [decision.statement for decision in written] == [queued]
    assert [Decision.objects.get(pk=audit.pk).status for audit in audits] == ["settled", "superseded"]


def test_the_database_holds_one_live_decision_per_question():
    decision = factories.DecisionFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        factories.DecisionFactory(triple=decision.triple)


def test_the_database_refuses_a_decision_about_the_wrong_subject():
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.DecisionFactory(kind=DecisionKind.TRIPLE, statement=factories.StatementFactory())


def test_an_attribution_is_written_only_when_settled():
    sure, unsure = factories.StatementFactory.create_batch(2, source_type="unknown", speaker="")

    record(
        draft(sure, DecisionKind.ATTRIBUTION, "quoted", 0.9, value={"speaker": "Ann Smith"}),
        draft(unsure, DecisionKind.ATTRIBUTION, "official", 0.5),
    )

    rows = Statement.objects.order_by("pk").values_list("source_type", "speaker")
    assert list(rows) == [("quoted", "Ann Smith"), ("unknown", "")]


def test_a_verdict_on_a_triple_approves_its_statement():
    decision = factories.DecisionFactory()
    mark_asked([decision], actor_name="push")

    settle_decision(decision=decision, label="valid", judge_type=JudgeType.ANNOTATORS, judge="annotators:2/2")

    assert status_of(decision.triple.statement) == StatementStatus.APPROVED


def test_a_corrected_triple_is_a_new_one_that_revises_the_old():
    decision = factories.DecisionFactory()

    verdict = settle_decision(
        decision=decision,
        label="valid",
        value={"question": "What should become of the park?"},
        judge_type=JudgeType.ANNOTATORS,
        judge="annotators:2/2",
    )

    assert verdict.triple.revises == decision.triple
    assert verdict.triple.question == "What should become of the park?"
    assert verdict.triple.reversed_statement == decision.triple.reversed_statement


def test_annotators_cannot_change_what_a_curator_decided():
    decision = factories.DecisionFactory()
    curator = factories.user(group="curator")
    verdict = settle_decision(
        decision=decision, label="invalid", judge_type=JudgeType.CURATOR, judge=str(curator), actor=curator
    )

    with pytest.raises(OutrankedError):
        settle_decision(
            decision=verdict, label="valid", judge_type=JudgeType.ANNOTATORS, judge="annotators:2/2"
        )


def conflict_decision(confidence: float = 0.5, **fields) -> Decision:
    conflict = factories.ConflictFactory(**fields)
    return record(draft(conflict, DecisionKind.CONFLICT, "keep_first", confidence))[0]


def test_an_open_conflict_holds_both_statements_back():
    decision = conflict_decision()

    assert status_of(decision.conflict.first) == StatementStatus.CONTESTED
    assert status_of(decision.conflict.second) == StatementStatus.CONTESTED


def test_a_settled_conflict_sets_the_losing_side_aside_and_can_be_reversed():
    decision = conflict_decision()
    people = {"judge_type": JudgeType.ANNOTATORS, "judge": "annotators:2/2"}

    verdict = settle_decision(decision=decision, label="keep_first", **people)
    kept = (status_of(decision.conflict.first), status_of(decision.conflict.second))
    settle_decision(decision=verdict, label="keep_second", **people)
    reversed_ = (status_of(decision.conflict.first), status_of(decision.conflict.second))

    assert kept == (StatementStatus.CANDIDATE, StatementStatus.SET_ASIDE)
    assert reversed_ == (StatementStatus.SET_ASIDE, StatementStatus.CANDIDATE)


def test_a_conflict_may_end_as_plurality_and_keeps_both_sides():
    decision = conflict_decision()

    settle_decision(
        decision=decision, label="plurality", judge_type=JudgeType.ANNOTATORS, judge="annotators:2/2"
    )

    assert status_of(decision.conflict.first) == StatementStatus.CANDIDATE
    assert status_of(decision.conflict.second) == StatementStatus.CANDIDATE


def test_a_statement_stays_contested_until_its_last_conflict_is_settled():
    first = conflict_decision()
    second = conflict_decision(first=first.conflict.first)

    settle_decision(
        decision=first, label="keep_first", judge_type=JudgeType.ANNOTATORS, judge="annotators:2/2"
    )

    assert status_of(second.conflict.first) == StatementStatus.CONTESTED
    assert status_of(second.conflict.second) == StatementStatus.CONTESTED
