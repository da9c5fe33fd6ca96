"""How far verdicts reach: from topics to statements, from one side of a conflict to the other."""

from __future__ import annotations

import pytest

from annotation.lifecycle import DecisionStatus, StatementStatus
from annotation.models import Decision, DecisionKind, JudgeType, Run, Statement, TopicMembership
from annotation.services.curation.triage import reject_statement, reopen_statement
from annotation.services.decisions.recording import (
    DecisionDraft,
    mark_asked,
    record_decisions,
    settle_decision,
)
from annotation.services.stages.run import run_pipeline
from pipeline.flow import Engines
from pipeline.records import Judgement
from tests import factories

pytestmark = pytest.mark.django_db

S = StatementStatus


def machine(subject: object, kind: DecisionKind, label: str, confidence: float = 0.5) -> Decision:
    """A decision of the rules."""
    draft = DecisionDraft(kind, subject, subject.nation_id, Judgement(label, confidence), str(subject))
    return record_decisions([draft], judge_type=JudgeType.RULES, judge="rules-1")[0]


def people(decision: Decision, label: str) -> Decision:
    """A verdict of annotators."""
    return settle_decision(
        decision=decision, label=label, judge_type=JudgeType.ANNOTATORS, judge="annotators:2/2"
    )


def status_of(statement: Statement) -> str:
    return Statement.objects.get(pk=statement.pk).status


def statement_of_topic(status: StatementStatus = S.CANDIDATE) -> tuple[Statement, Decision]:
    """A statement and the open screening decision of its topic."""
    statement = factories.StatementFactory(status=status)
    topic = factories.TopicFactory()
    TopicMembership.objects.create(topic=topic, document=statement.document, strength=1.0)
    return statement, machine(topic, DecisionKind.TOPIC_SCREENING, "sensitive")


def test_topic_held_without_values_takes_its_statements_out_and_they_can_come_back():
    statement, decision = statement_of_topic()

    verdict = people(decision, "not_sensitive")
    out = status_of(statement)
    people(verdict, "sensitive")

    assert (out, status_of(statement)) == (S.REJECTED, S.CANDIDATE)


def test_topic_verdict_leaves_what_people_judge_themselves():
    judged, first = statement_of_topic()
    people(machine(judged, DecisionKind.STATEMENT_SCREENING, "sensitive"), "sensitive")
    with_people, second = statement_of_topic(S.IN_REVIEW)
    refused, third = statement_of_topic()
    people(machine(refused, DecisionKind.STATEMENT_SCREENING, "sensitive"), "not_sensitive")

    for decision in (first, second):
        people(decision, "not_sensitive")
    people(third, "sensitive")

    assert status_of(judged) == S.CANDIDATE
    assert status_of(with_people) == S.IN_REVIEW
    assert status_of(refused) == S.REJECTED


def test_screening_does_not_bring_back_what_is_no_statement():
    statement = factories.StatementFactory()
    screening = machine(statement, DecisionKind.STATEMENT_SCREENING, "sensitive")
    people(machine(statement, DecisionKind.ATTRIBUTION, "quoted"), "not_a_statement")

    people(screening, "sensitive")

    assert status_of(statement) == S.REJECTED


def test_other_side_of_a_conflict_is_free_when_one_side_is_rejected_and_bound_again_when_it_returns():
    curator = factories.user(group="curator")
    conflict = factories.ConflictFactory()
    machine(conflict, DecisionKind.CONFLICT, "keep_first")
    first, second = conflict.first, conflict.second
    assert (status_of(first), status_of(second)) == (S.CONTESTED, S.CONTESTED)

    reject_statement(Statement.objects.get(pk=first.pk), curator=curator)
    without = status_of(second)
    reopen_statement(Statement.objects.get(pk=first.pk), curator=curator)

    assert without == S.CANDIDATE
    assert (status_of(first), status_of(second)) == (S.CONTESTED, S.CONTESTED)


def test_loser_returns_to_gold_when_its_approval_came_before_the_conflict():
    triple = factories.DecisionFactory()
    mark_asked([triple], actor_name="push")
    people(triple, "valid")
    loser = triple.triple.statement
    conflict = factories.ConflictFactory(first=loser)
    decision = machine(conflict, DecisionKind.CONFLICT, "keep_second")
    while_open = status_of(loser)

    verdict = people(decision, "keep_second")
    lost = status_of(loser)
    people(verdict, "plurality")

    assert (while_open, lost, status_of(loser)) == (S.APPROVED, S.SET_ASIDE, S.APPROVED)


def test_statement_in_review_waits_for_its_conflict_and_then_goes_on():
    triple = factories.DecisionFactory()
    mark_asked([triple], actor_name="push")
    statement = triple.triple.statement
    conflict = factories.ConflictFactory(first=Statement.objects.get(pk=statement.pk))
    decision = machine(conflict, DecisionKind.CONFLICT, "keep_first")
    assert status_of(statement) == S.CONTESTED

    people(decision, "compatible")

    assert status_of(statement) == S.IN_REVIEW


def test_vote_on_a_triple_while_its_statement_is_contested_counts_when_the_conflict_ends():
    triple = factories.DecisionFactory()
    mark_asked([triple], actor_name="push")
    statement = triple.triple.statement
    conflict = factories.ConflictFactory(first=Statement.objects.get(pk=statement.pk))
    decision = machine(conflict, DecisionKind.CONFLICT, "keep_first")

    people(Decision.objects.get(pk=triple.pk), "valid")
    meanwhile = status_of(statement)
    people(decision, "plurality")

    assert (meanwhile, status_of(statement)) == (S.CONTESTED, S.APPROVED)


def test_newer_judge_of_pairs_replaces_machines_and_leaves_people_what_they_decided():
    text = "Im Rat wurde gestritten. Der Staat {} die Mieten begrenzen, denn Wohnen ist ein Recht."
    pairs = []
    for n in range(2):
        sides = []
        for word in ("muss", "darf nicht"):
            sentence = text.format(word).split(". ")[1].replace("Mieten", ("Mieten", "Pachten")[n])
            sides.append(
                factories.StatementFactory(
                    document=factories.DocumentFactory(nation=factories.nation("DE"), language="de"),
                    text=sentence,
                    language="de",
                )
            )
        pairs.append(sides)
    (a, b), (c, d) = pairs
    replaced = machine(factories.ConflictFactory(first=a, second=b), DecisionKind.CONFLICT, "keep_first")
    held = machine(factories.ConflictFactory(first=c, second=d), DecisionKind.CONFLICT, "keep_first")
    verdict = people(held, "keep_second")

    reports = list(
        run_pipeline(nations=["DE"], stage="conflicts", engines=Engines(), progress=lambda *_: None)
    )

    assert Run.objects.filter(stage="conflicts", status="finished").exists()
    assert reports[0].counts["contradiction"] >= 2
    replaced.refresh_from_db()
    verdict.refresh_from_db()
    assert replaced.status == DecisionStatus.SUPERSEDED
    assert verdict.status == DecisionStatus.SETTLED
    live = Decision.objects.exclude(status=DecisionStatus.SUPERSEDED)
    ends = [(row.conflict.first_id, row.conflict.second_id) for row in live]
    assert ends.count((a.pk, b.pk)) == 1
    assert ends.count((c.pk, d.pk)) == 1
    assert status_of(c) == S.SET_ASIDE
