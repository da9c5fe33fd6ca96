"""Settling conflicts in the workbench: edges, groups, the way back, and what would be if."""

from __future__ import annotations

from typing import Any

import pytest

from annotation.lifecycle import DecisionStatus, StatementStatus
from annotation.models import Conflict, ConflictGroup, Decision, Event, JudgeType, Review, ReviewStatus
from annotation.services.calibration import calibrations
from annotation.services.conflict_bench import Bench, load_bench
from annotation.services.conflict_resolution import (
    RESTORED,
    StaleError,
    resolve_edge,
    resolve_group,
    take_back,
    take_back_edge,
    take_back_group,
)
from annotation.services.conflict_what_if import what_if
from annotation.services.decisions import settle_decision
from annotation.services.reviews import request_reviews, waiting_decisions
from annotation.services.statuses import move
from annotation.services.triage import NotDoneError, give_verdict, reject_statement
from pipeline.calibration import FEWEST
from pipeline.conflicts.graph import evidence_weight
from pipeline.records import Relation
from tests import factories
from tests.annotation.conflict_groups import join, make_group, make_statements, statuses

pytestmark = pytest.mark.django_db
S, D = StatementStatus, DecisionStatus


def bench_of(group: ConflictGroup) -> Bench:
    return load_bench(ConflictGroup.objects.select_related("run").get(pk=group.pk))


def curator(name: str = "cora@example.org") -> Any:
    return factories.user(name, group="curator", nations=("GB",))


def live(conflict: int) -> Decision:
    return Decision.objects.exclude(status=D.SUPERSEDED).get(conflict=conflict)


def names(group: ConflictGroup) -> dict[str, str]:
    """Status of each statement by its name in the group."""
    return {claim.name: claim.statement.status for claim in bench_of(group).claims}


def settle(group: ConflictGroup, edge: int, outcome: str, who: Any, **fields: Any) -> None:
    resolve_edge(group=group, conflict=edge, outcome=outcome, seen=str(live(edge).pk), curator=who, **fields)


# What the bench shows


def test_bench_names_statements_by_side_and_date_and_puts_open_edges_first():
    group = make_group(3, 2)
    settled = bench_of(group).edges[0]
    settle(group, settled.pk, "compatible", curator())

    bench = bench_of(group)

    assert [claim.name for claim in bench.claims] == ["A1", "A2", "A3", "B1", "B2"]
    dates = [claim.statement.as_of for claim in bench.claims if claim.side > 0]
    assert dates == sorted(dates)
    assert [edge.is_open for edge in bench.edges] == sorted((e.is_open for e in bench.edges), reverse=True)
    assert [edge.pk for edge in bench.edges if edge.is_by_curator] == [settled.pk]


def test_sides_are_summed_up_by_the_pipelines_evidence_weight_and_their_most_joined_statement():
    bench = bench_of(make_group(5, 2))

    ahead, behind = bench.sides

    assert (ahead.name, len(ahead.claims), behind.name, len(behind.claims)) == ("A", 5, "B", 2)
    assert ahead.weight == evidence_weight([bench.items[claim.key] for claim in ahead.claims])
    assert ahead.central.degree == max(claim.degree for claim in ahead.claims)
    assert (ahead.first, ahead.undated) == (min(c.statement.as_of for c in ahead.claims), 0)


def test_people_verdict_on_an_earlier_versions_conflict_is_the_decision_of_the_pair():
    group = make_group(1, 1)
    edge = bench_of(group).edges[0]
    old = factories.ConflictFactory(
        first=edge.first.statement, second=edge.second.statement, version="rules-0", run__nation=group.nation
    )
    verdict = factories.DecisionFactory(
        kind="conflict", conflict=old, label="compatible", judge_type="annotators", status="settled"
    )

    assert bench_of(group).edges[0].decision == verdict


# Settling


def test_edge_is_settled_by_a_curators_decision_with_its_note_and_events():
    group, who = make_group(1, 1), curator()
    (edge,) = bench_of(group).edges

    settle(group, edge.pk, "keep_second", who, note="the law of May says so")

    verdict = live(edge.pk)
    assert (verdict.label, verdict.judge_type, verdict.decided_by, verdict.rationale, verdict.status) == (
        "keep_second",
        JudgeType.CURATOR,
        who,
        "the law of May says so",
        D.SETTLED,
    )
    assert verdict.supersedes == edge.decision
    assert statuses(group) == {edge.first.key: S.SET_ASIDE, edge.second.key: S.CANDIDATE}
    moves = Event.objects.filter(decision__conflict=edge.pk).order_by("pk").values_list("old", "new", "actor")
    assert list(moves) == [("", "open", None), ("open", "superseded", who.pk), ("", "settled", who.pk)]


@pytest.mark.parametrize(("outcome", "fallen"), [("side_a", "B"), ("side_b", "A")])
def test_side_that_holds_decides_each_edge_by_which_end_is_on_it(outcome: str, fallen: str):
    group = make_group(3, 2)
    bench = bench_of(group)
    winner = 1 if outcome == "side_a" else -1

    count = resolve_group(group=group, outcome=outcome, seen=bench.digest, curator=curator())

    labels = {edge.pk: live(edge.pk).label for edge in bench.between}
    assert count == len(bench.between) == 6
    assert labels == {
        edge.pk: "keep_first" if edge.first.side == winner else "keep_second" for edge in bench.between
    }
    assert {name for name, status in names(group).items() if status == S.SET_ASIDE} == {
        claim.name for claim in bench.claims if claim.name.startswith(fallen)
    }


def test_keep_first_and_keep_second_both_occur_when_a_side_holds():
    one, two, three = make_statements(3, ("must",), first=0, code="GB")
    pairs = [((one.pk, two.pk), Relation.CONTRADICTION), ((two.pk, three.pk), Relation.CONTRADICTION)]
    group = join(pairs)
    bench = bench_of(group)

    resolve_group(group=group, outcome="side_a", seen=bench.digest, curator=curator())

    assert [live(edge.pk).label for edge in sorted(bench.edges, key=lambda e: e.pk)] == [
        "keep_first",
        "keep_second",
    ]
    assert statuses(group) == {one.pk: S.CANDIDATE, two.pk: S.SET_ASIDE, three.pk: S.CANDIDATE}


@pytest.mark.parametrize(
    "outcome", ["plurality", "compatible", "different_time", "different_scope", "duplicate"]
)
def test_other_outcomes_of_a_group_let_both_sides_stand(outcome: str):
    group = make_group(2, 1)

    resolve_group(group=group, outcome=outcome, seen=bench_of(group).digest, curator=curator())

    assert {live(edge.pk).label for edge in bench_of(group).between} == {outcome}
    assert set(statuses(group).values()) == {S.CANDIDATE}


def test_group_leaves_what_a_curator_has_decided_unless_told_to_overrule():
    group, who = make_group(2, 1), curator()
    first, second = bench_of(group).between
    settle(group, first.pk, "different_time", who)

    count = resolve_group(group=group, outcome="plurality", seen=bench_of(group).digest, curator=who)
    kept = live(first.pk).label
    over = resolve_group(
        group=group, outcome="plurality", seen=bench_of(group).digest, curator=who, overrule=True
    )

    assert (count, kept, over) == (1, "different_time", 1)
    assert [live(first.pk).label, live(second.pk).label] == ["plurality", "plurality"]


def test_group_with_nothing_left_to_settle_says_so():
    group, who = make_group(1, 1), curator()
    resolve_group(group=group, outcome="plurality", seen=bench_of(group).digest, curator=who)

    with pytest.raises(NotDoneError, match="nothing left to settle"):
        resolve_group(group=group, outcome="plurality", seen=bench_of(group).digest, curator=who)


def test_group_is_settled_whole_or_not_at_all_and_the_edge_that_refuses_is_named():
    group = make_group(3, 2)
    bench = bench_of(group)
    broken = sorted(bench.between, key=lambda edge: edge.pk)[-1]
    Decision.objects.filter(conflict=broken.pk).delete()
    before = list(Decision.objects.order_by("pk").values_list("pk", "status"))

    with pytest.raises(NotDoneError, match=f"edge {broken.name}: somebody has decided"):
        resolve_group(group=group, outcome="side_a", seen=bench_of(group).digest, curator=curator())

    assert list(Decision.objects.order_by("pk").values_list("pk", "status")) == before
    assert set(statuses(group).values()) == {S.CONTESTED}


def test_pair_the_machine_found_compatible_can_be_settled_otherwise_and_taken_back():
    group, who = make_group(2, 1), curator()
    edge = bench_of(group).edges[0]
    Decision.objects.filter(conflict=edge.pk).delete()
    Conflict.objects.filter(pk=edge.pk).update(relation="compatible", sign=1, score=0.7)

    resolve_edge(group=group, conflict=edge.pk, outcome="keep_first", seen="unasked", curator=who)

    verdict = live(edge.pk)
    assert (verdict.label, verdict.judge_type) == ("keep_first", JudgeType.CURATOR)
    assert (verdict.supersedes.label, verdict.supersedes.judge_type) == ("compatible", JudgeType.RULES)
    assert statuses(group)[edge.second.statement.pk] == S.SET_ASIDE
    take_back_edge(group=group, conflict=edge.pk, seen=str(verdict.pk), curator=who)
    assert (live(edge.pk).label, live(edge.pk).status) == ("compatible", D.SETTLED)
    assert statuses(group)[edge.second.statement.pk] != S.SET_ASIDE


def test_group_passes_over_contradictions_that_bind_nobody_any_more():
    group, who = make_group(2, 1), curator()
    bench = bench_of(group)
    reject_statement(bench.claims[0].statement, curator=who)

    count = resolve_group(group=group, outcome="side_b", seen=bench_of(group).digest, curator=who)

    assert count == 1
    assert names(group) == {"A1": S.REJECTED, "A2": S.SET_ASIDE, "B1": S.CANDIDATE}


def test_stale_form_changes_nothing_and_says_so():
    group, who = make_group(2, 1), curator()
    bench = bench_of(group)
    edge = bench.between[0]
    settle(group, edge.pk, "compatible", curator("other@example.org"))
    before = list(Decision.objects.order_by("pk").values_list("pk", "status"))

    with pytest.raises(StaleError, match=f"edge {edge.name}: somebody has decided"):
        resolve_edge(
            group=group, conflict=edge.pk, outcome="keep_first", seen=str(edge.decision.pk), curator=who
        )
    with pytest.raises(StaleError, match="somebody has decided on this conflict since you opened the page"):
        resolve_group(group=group, outcome="side_a", seen=bench.digest, curator=who)

    assert list(Decision.objects.order_by("pk").values_list("pk", "status")) == before


def test_regrouped_statements_are_not_settled_by_their_old_group():
    group = make_group(1, 1)
    ConflictGroup.objects.update(is_current=False)
    group.refresh_from_db()

    with pytest.raises(NotDoneError, match="a later run has regrouped"):
        resolve_group(group=group, outcome="plurality", seen=bench_of(group).digest, curator=curator())


def test_verdict_closes_what_people_were_asked():
    group = make_group(1, 1)
    (edge,) = bench_of(group).edges
    request_reviews([edge.decision])

    settle(group, edge.pk, "plurality", curator())

    assert Review.objects.get().status == ReviewStatus.CLOSED


# The way back


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


# What if


def test_supposing_nothing_gives_the_groups_own_sides_margin_and_frustration():
    group = make_group(5, 2)
    bench = bench_of(group)

    found = what_if(bench, [], keep_both=False)

    assert [(part.margin, part.frustration) for part in found.then.parts] == [
        (group.margin, group.frustration)
    ]
    assert found.then.sides == {claim.key: claim.side for claim in bench.claims}
    assert (found.then, found.moved, found.released, found.is_asked) == (found.now, [], [], False)


def test_dropping_the_only_contradiction_ends_the_conflict():
    bench = bench_of(make_group(1, 1))

    found = what_if(bench, [str(bench.edges[0].pk)], keep_both=False)

    assert (found.then.parts, found.released) == ([], list(bench.claims))


def test_dropping_an_edge_can_take_the_group_apart():
    one, two, three, four = make_statements(4, ("must",), first=0, code="GB")
    group = join(
        [
            ((one.pk, two.pk), Relation.CONTRADICTION),
            ((two.pk, three.pk), Relation.COMPATIBLE),
            ((three.pk, four.pk), Relation.CONTRADICTION),
        ]
    )
    bridge = Conflict.objects.get(relation="compatible")

    found = what_if(bench_of(group), [str(bridge.pk), "999999", "x"], keep_both=False)

    assert [set(part.sides) for part in found.then.parts] == [{one.pk, two.pk}, {three.pk, four.pk}]
    assert found.unknown == ["999999", "x"]


def lead() -> tuple[ConflictGroup, Bench]:
    """A group whose leading side the machine proposes to keep."""
    group = make_group(6, 1)
    return group, bench_of(group)


def test_what_the_machine_proposes_is_shown_as_what_would_be_set_aside_and_keeping_both_sets_nothing_aside():
    _, bench = lead()

    accepted = what_if(bench, [], keep_both=False)
    both = what_if(bench, [], keep_both=True)

    assert {edge.decision.label for edge in bench.between} <= {"keep_first", "keep_second"}
    assert [claim.name for claim in accepted.set_aside] == ["B1"]
    assert (list(both.set_aside), both.then.lost) == ([], frozenset())


def test_what_is_set_aside_would_come_back_without_the_edges_that_did_it():
    group, bench = lead()
    resolve_group(group=group, outcome="side_a", seen=bench.digest, curator=curator())
    bench = bench_of(group)

    found = what_if(bench, [str(edge.pk) for edge in bench.between], keep_both=False)
    both = what_if(bench, [], keep_both=True)

    assert [claim.name for claim in found.come_back] == ["B1"]
    assert [claim.name for claim in both.come_back] == ["B1"]


def test_statement_lost_to_one_outside_the_group_does_not_come_back():
    group, bench = lead()
    outsider = factories.ConflictFactory(
        first=bench.sides[1].claims[0].statement, second=factories.StatementFactory(), version="rules-1"
    )
    question = factories.DecisionFactory(kind="conflict", conflict=outsider, label="plurality")
    give_verdict(question, "keep_second", curator=curator())

    found = what_if(bench_of(group), [], keep_both=True)

    assert list(found.come_back) == []
    assert found.then.lost == {bench.sides[1].claims[0].key}


def test_what_if_writes_nothing(django_assert_num_queries: Any):
    bench = bench_of(make_group(3, 2))

    with django_assert_num_queries(0):
        what_if(bench, [str(bench.edges[0].pk)], keep_both=True)
