"""What would be of a conflict group without some of its edges, or with both sides kept."""

from __future__ import annotations

from typing import Any

import pytest

from annotation.models import Conflict, ConflictGroup
from annotation.services.conflicts.bench import Bench
from annotation.services.conflicts.what_if import what_if
from annotation.services.curation.resolution import resolve_group
from annotation.services.curation.triage import give_verdict
from pipeline.records import Relation
from tests import factories
from tests.annotation.conflict_groups import bench_of, curator, join, make_group, make_statements

pytestmark = pytest.mark.django_db


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
