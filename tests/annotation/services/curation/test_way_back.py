"""Verdicts of the workbench taken back: what stands again, and what is asked again."""

from __future__ import annotations

import pytest

from annotation.lifecycle import DecisionStatus, StatementStatus
from annotation.models import Decision, Event, JudgeType
from annotation.services.curation.resolution import (
    RESTORED,
    StaleError,
    resolve_group,
    take_back,
    take_back_edge,
    take_back_group,
)
from annotation.services.curation.triage import NotDoneError
from annotation.services.decisions.calibration import calibrations
from annotation.services.decisions.recording import settle_decision
from annotation.services.decisions.statuses import move
from annotation.services.reviews.queue import request_reviews, waiting_decisions
from pipeline.calibration import FEWEST
from tests.annotation.conflict_groups import bench_of, curator, live, make_group, settle, statuses

pytestmark = pytest.mark.django_db
S, D = StatementStatus, DecisionStatus


def test_verdict_taken_back_restores_the_machines_open_judgement_and_contests_the_statements():
    group, who = make_group(1, 1), curator()
    (edge,) = bench_of(group).edges
    machine = edge.decision
    settle(group, edge.pk, "keep_first", who)
    verdict = live(edge.pk)

    take_back_edge(group=group, conflict=edge.pk, seen=str(verdict.pk), curator=who, note="misread")

    restored = live(edge.pk)
    verdict.refresh_from_db()
    assert verdict.status == D.SUPERSEDED
    assert (restored.judge_type, restored.judge, restored.label, restored.confidence, restored.rationale) == (
        machine.judge_type,
        machine.judge,
        machine.label,
        machine.confidence,
        machine.rationale,
    )
    assert (restored.status, restored.supersedes, restored.decided_by) == (D.OPEN, verdict, None)
    assert restored.evidence == {**machine.evidence, RESTORED: machine.pk}
    assert set(statuses(group).values()) == {S.CONTESTED}
    newest = Event.objects.filter(decision__conflict=edge.pk).first()
    assert (newest.decision, newest.new, newest.actor) == (restored, "open", who)
    assert Event.objects.get(decision=verdict, new="superseded").note == "taken back: misread"


def test_question_that_was_with_people_can_be_put_to_them_again():
    group, who = make_group(1, 1), curator()
    (edge,) = bench_of(group).edges
    request_reviews([edge.decision])
    settle(group, edge.pk, "keep_first", who)

    restored = take_back(live(edge.pk), curator=who)

    assert list(waiting_decisions(kind="conflict")) == [restored]
    assert request_reviews([restored]) == 1


def test_annotators_verdict_stands_again_when_the_curators_over_it_is_taken_back():
    group, who = make_group(1, 1), curator()
    (edge,) = bench_of(group).edges
    settle_decision(
        decision=edge.decision, label="keep_second", judge_type=JudgeType.ANNOTATORS, judge="annotators:2/2"
    )
    settle(group, edge.pk, "keep_first", who)

    restored = take_back(live(edge.pk), curator=who)

    assert (restored.judge_type, restored.label, restored.status) == ("annotators", "keep_second", D.SETTLED)
    assert statuses(group) == {edge.first.key: S.SET_ASIDE, edge.second.key: S.CANDIDATE}


def test_machines_verdict_that_had_stood_alone_stands_again():
    group, who = make_group(1, 1), curator()
    (edge,) = bench_of(group).edges
    move(edge.decision, D.SETTLED, actor_name="policy")
    settle(group, edge.pk, "keep_first", who)

    restored = take_back(live(edge.pk), curator=who)

    assert (restored.judge_type, restored.label, restored.status) == ("rules", "plurality", D.SETTLED)


def test_verdicts_can_be_taken_back_one_by_one_down_to_the_machine():
    group, who = make_group(1, 1), curator()
    (edge,) = bench_of(group).edges
    settle(group, edge.pk, "keep_first", who)
    settle(group, edge.pk, "compatible", who)
    labels = []
    for _ in range(2):
        restored = take_back(live(edge.pk), curator=who)
        labels.append((restored.judge_type, restored.label, restored.status))

    assert labels == [("curator", "keep_first", D.SETTLED), ("rules", "plurality", D.OPEN)]
    with pytest.raises(NotDoneError, match="is no verdict of a curator"):
        take_back(live(edge.pk), curator=who)


def test_taken_back_question_can_be_decided_and_taken_back_again():
    group, who = make_group(1, 1), curator()
    (edge,) = bench_of(group).edges
    for outcome in ("keep_first", "keep_second"):
        settle(group, edge.pk, outcome, who)
        take_back(live(edge.pk), curator=who)

    assert (live(edge.pk).status, set(statuses(group).values())) == (D.OPEN, {S.CONTESTED})


def test_group_verdict_is_taken_back_whole_and_single_verdicts_stay():
    group, who = make_group(3, 2), curator()
    single = bench_of(group).between[0]
    settle(group, single.pk, "different_scope", who)
    settled = resolve_group(group=group, outcome="side_a", seen=bench_of(group).digest, curator=who)

    count = take_back_group(group=group, seen=bench_of(group).digest, curator=who)

    bench = bench_of(group)
    assert count == settled == 5
    assert [edge.pk for edge in bench.between if not edge.is_open] == [single.pk]
    assert set(statuses(group).values()) == {S.CONTESTED}
    with pytest.raises(NotDoneError, match="no verdict on the whole group stands"):
        take_back_group(group=group, seen=bench.digest, curator=who)


def test_stale_take_back_changes_nothing():
    group, who = make_group(1, 1), curator()
    (edge,) = bench_of(group).edges
    settle(group, edge.pk, "keep_first", who)
    seen = str(live(edge.pk).pk)
    settle(group, edge.pk, "compatible", who)

    with pytest.raises(StaleError):
        take_back_edge(group=group, conflict=edge.pk, seen=seen, curator=who)

    assert live(edge.pk).label == "compatible"


def test_withdrawn_verdicts_are_not_peoples_word_to_calibration():
    who = curator()
    for number in range(FEWEST + 1):
        group = make_group(1, 1)
        (edge,) = bench_of(group).edges
        settle(group, edge.pk, "plurality", who)
        if number:
            take_back(live(edge.pk), curator=who)
            settle(group, edge.pk, "plurality", who)
        else:
            take_back(live(edge.pk), curator=who)

    found = calibrations("conflict").of(
        judge_type="rules", judge="rules-1", nation_id="GB", label="plurality"
    )

    assert found.answers == FEWEST


def test_workbench_and_annotators_leave_the_same_record_but_for_the_judge():
    groups = [make_group(1, 1, score=0.6) for _ in range(2)]
    by_people, by_curator = (bench_of(group).edges[0] for group in groups)

    settle_decision(
        decision=by_people.decision,
        label="keep_first",
        judge_type=JudgeType.ANNOTATORS,
        judge="annotators:2/2",
    )
    settle(groups[1], by_curator.pk, "keep_first", curator())

    whose = {"id", "judge_type", "judge", "decided_by_id", "supersedes_id", "conflict_id", "created_at"}
    rows = [Decision.objects.filter(pk=live(edge.pk).pk).values().get() for edge in (by_people, by_curator)]
    one, other = ({name: value for name, value in row.items() if name not in whose} for row in rows)
    assert one == other
    assert (
        list(statuses(groups[0]).values()) == list(statuses(groups[1]).values()) == [S.CANDIDATE, S.SET_ASIDE]
    )
