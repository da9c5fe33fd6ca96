"""Settling conflicts in the workbench: what the bench shows, and verdicts on edges and on groups."""

from __future__ import annotations

import pytest

from annotation.lifecycle import DecisionStatus, StatementStatus
from annotation.models import Conflict, ConflictGroup, Decision, Event, JudgeType, Review, ReviewStatus
from annotation.services.curation.resolution import StaleError, resolve_edge, resolve_group, take_back_edge
from annotation.services.curation.triage import NotDoneError, reject_statement
from annotation.services.reviews.queue import request_reviews
from pipeline.conflicts.graph import evidence_weight
from pipeline.records import Relation
from tests import factories
from tests.annotation.conflict_groups import (
    bench_of,
    curator,
    join,
    live,
    make_group,
    make_statements,
    names,
    settle,
    statuses,
)

pytestmark = pytest.mark.django_db
S, D = StatementStatus, DecisionStatus


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
