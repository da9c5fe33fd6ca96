"""The signed graph: planted sides are recovered, evidence decides, doubt stays doubt."""

from __future__ import annotations

import math
import random
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.conflicts import conflict_groups, proposed_outcome
from pipeline.conflicts.closeness import geographic_closeness, social_closeness, weight_modifier
from pipeline.conflicts.graph import evidence_weight, oriented, weighted_degrees
from pipeline.records import ConflictGroup, ConflictItem, ConflictOutcome, Edge, Relation


def item(key: int, **fields: object) -> ConflictItem:
    return ConflictItem(key, f"text {key}", "en", "b", **{"outlet": f"o{key}", **fields})  # type: ignore[arg-type]


def edge(first: int, second: int, sign: int, confidence: float = 0.8) -> Edge:
    relation = Relation.COMPATIBLE if sign > 0 else Relation.CONTRADICTION
    return Edge(min(first, second), max(first, second), relation, confidence, 0.5)


def planted(claims: int, size: int, seed: int, flipped: float, wrong: float):
    source = random.Random(seed)
    count = claims * size
    side = [1 if source.random() < 0.7 else -1 for _ in range(count)]
    signs: dict[tuple[int, int], int] = {}
    for one in range(count):
        for _ in range(3):
            claim = one // size
            strayed = source.random() < wrong
            other = source.randrange(count) if strayed else claim * size + source.randrange(size)
            if other == one:
                continue
            sign = source.choice([1, -1]) if strayed else side[one] * side[other]
            pair = (min(one, other), max(one, other))
            signs[pair] = -sign if source.random() < flipped else sign
    edges = [edge(a, b, sign, source.uniform(0.6, 0.9)) for (a, b), sign in signs.items()]
    return [item(key) for key in range(count)], edges, side


def accuracy(groups: list[ConflictGroup], side: list[int]) -> float:
    right = total = 0
    for group in groups:
        same = sum(side[key] == sign for key, sign in group.sides.items())
        right += max(same, len(group.sides) - same)
        total += len(group.sides)
    return right / total


def test_conflict_groups_recovers_planted_sides_with_noise():
    items, edges, side = planted(40, 20, seed=1, flipped=0.1, wrong=0.02)
    groups = conflict_groups(items, edges)
    assert accuracy(groups, side) >= 0.92


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(4, 20))
def test_conflict_groups_is_exact_without_noise(seed: int, size: int):
    items, edges, side = planted(1, size, seed, flipped=0.0, wrong=0.0)
    groups = conflict_groups(items, edges)
    assert [group.frustration for group in groups] == [0.0] * len(groups)
    assert not groups or accuracy(groups, side) == 1.0


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_conflict_groups_does_not_depend_on_the_order_of_input(seed: int, shuffler: random.Random):
    items, edges, _ = planted(4, 12, seed, flipped=0.2, wrong=0.1)
    expected = conflict_groups(items, edges)
    shuffler.shuffle(items)
    shuffler.shuffle(edges)
    assert conflict_groups({entry.key: entry for entry in items}, edges) == expected


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_groups_are_disjoint_signed_and_hold_a_contradiction(seed: int):
    items, edges, _ = planted(5, 9, seed, flipped=0.3, wrong=0.2)
    groups = conflict_groups(items, edges)
    keys = [key for group in groups for key in group.sides]
    assert len(keys) == len(set(keys))
    for group in groups:
        assert set(group.sides.values()) <= {1, -1}
        assert 0.0 <= group.margin <= 1.0
        assert 0.0 <= group.frustration <= 1.0
        assert any(e.sign < 0 and {e.first, e.second} <= set(group.sides) for e in edges)


def test_groups_without_contradiction_are_left_out():
    items = [item(1), item(2), item(3), item(4)]
    edges = [edge(1, 2, 1), Edge(3, 4, Relation.DIFFERENT_TIME, 0.9, 0.8)]
    assert conflict_groups(items, edges) == []


def test_conflict_groups_refuses_pairs_judged_twice_and_unknown_statements():
    with pytest.raises(ValueError, match="judged twice"):
        conflict_groups([item(1), item(2)], [edge(1, 2, -1), edge(1, 2, 1)])
    with pytest.raises(ValueError, match="statement 2 is not among"):
        conflict_groups([item(1)], [edge(1, 2, -1)])


def test_dominant_side_is_the_one_more_outlets_hold():
    items = [item(1), item(2), item(3), item(4)]
    groups = conflict_groups(items, [edge(1, 2, -1), edge(2, 3, 1), edge(2, 4, 1), edge(3, 4, 1)])
    assert groups == [ConflictGroup({1: -1, 2: 1, 3: 1, 4: 1}, 0.5, 0.0)]


def test_syndicated_copies_give_no_lead():
    copies = [item(key, cluster=9) for key in (2, 3, 4)]
    groups = conflict_groups([item(1, cluster=1), *copies], [edge(1, 2, -1), edge(2, 3, 1), edge(2, 4, 1)])
    assert [group.margin for group in groups] == [0.0]


def test_evidence_weight_counts_outlets_and_days_once():
    day, other = date(2024, 1, 1), date(2024, 2, 1)
    same_day = [item(1, outlet="A", as_of=day), item(2, outlet="a", as_of=day)]
    two_days = [item(1, outlet="A", as_of=day), item(2, outlet="A", as_of=other)]
    two_outlets = [item(1, outlet="A", as_of=day), item(2, outlet="B", as_of=day)]
    weights = [evidence_weight(items) for items in (same_day, two_days, two_outlets)]
    assert weights[0] == 1.0
    assert weights == sorted(weights)
    assert weights[2] == 2.0


def test_proposed_outcome_keeps_the_dominant_statement():
    group = ConflictGroup({1: -1, 2: 1}, margin=0.6, frustration=0.0)
    assert proposed_outcome(edge(1, 2, -1), group) == (ConflictOutcome.KEEP_SECOND, 0.48)


@pytest.mark.parametrize(
    "group",
    [
        ConflictGroup({1: 1, 2: -1}, margin=0.1, frustration=0.0),
        ConflictGroup({1: 1, 2: -1}, margin=0.9, frustration=0.5),
        ConflictGroup({1: 1, 2: 1}, margin=0.9, frustration=0.1),
        None,
    ],
)
def test_proposed_outcome_lets_both_stand_in_doubt(group: ConflictGroup | None):
    outcome, confidence = proposed_outcome(edge(1, 2, -1), group)
    assert outcome is ConflictOutcome.PLURALITY
    assert 0.0 < confidence <= 0.8


def test_one_voice_against_one_is_plurality():
    edges = [edge(1, 2, -1)]
    group = conflict_groups([item(1), item(2)], edges)[0]
    assert proposed_outcome(edges[0], group)[0] is ConflictOutcome.PLURALITY


@pytest.mark.parametrize(
    "relation", [relation for relation in Relation if relation is not Relation.CONTRADICTION]
)
def test_proposed_outcome_names_other_relations_as_they_are(relation: Relation):
    assert proposed_outcome(Edge(1, 2, relation, 0.7, 0.5), None) == (ConflictOutcome(relation.value), 0.7)


def test_closeness_abstains_where_nothing_is_recorded():
    bare = ConflictItem(1, "t", "en", "b")
    assert social_closeness(bare, item(2)) is None
    assert geographic_closeness(bare, item(2, country="FR")) is None
    assert weight_modifier(bare, bare, -1) == 1.0


def test_closeness_uses_what_both_record():
    one = item(1, outlet="X", speaker="Ann", country="FR")
    other = item(2, outlet="Y", speaker="ANN ", country="DE", party="P")
    assert social_closeness(one, other) == pytest.approx(0.5 / 0.7)
    assert geographic_closeness(one, other) == 0.0
    assert weight_modifier(one, one, 1) == pytest.approx(1.1)
    assert weight_modifier(one, one, -1) == pytest.approx(0.9)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000))
def test_groups_oriented_again_from_their_own_edges_are_the_same_groups(seed: int):
    items, edges, _ = planted(4, 12, seed=seed, flipped=0.1, wrong=0.02)
    table = {one.key: one for one in items}
    groups = conflict_groups(items, edges)

    for group in groups:
        inner = [one for one in edges if one.first in group.sides and one.second in group.sides]
        members = {key: table[key] for key in group.sides}
        assert oriented(members, inner) == [group]


def test_edges_that_leave_two_parts_are_oriented_apart_and_a_part_without_contradiction_is_no_group():
    items = {key: item(key) for key in range(7)}
    edges = [edge(0, 5, -1), edge(1, 2, -1), edge(2, 5, 1), edge(3, 4, 1), edge(4, 6, -1), edge(3, 6, -1)]

    whole = oriented(items, edges)
    apart = oriented(items, [one for one in edges if (one.first, one.second) != (2, 5)])
    agreeing = oriented(items, [one for one in edges if one.sign > 0])

    assert [set(group.sides) for group in whole] == [{0, 1, 2, 5}, {3, 4, 6}]
    assert [set(group.sides) for group in apart] == [{0, 5}, {1, 2}, {3, 4, 6}]
    assert agreeing == []


def test_weighted_degree_is_the_weight_that_meets_in_a_statement():
    items = {key: item(key, outlet="") for key in range(4)}  # of no closeness to move the weights
    edges = [edge(0, 1, -1, 0.9), edge(1, 2, 1, 0.8), edge(0, 2, 1, 0.5)]

    degrees = weighted_degrees(items, edges)

    assert degrees[1] == pytest.approx(math.log(9) + math.log(4))
    assert (degrees[0], degrees[2], degrees[3]) == (
        pytest.approx(math.log(9)),
        pytest.approx(math.log(4)),
        0.0,
    )
