"""Which new topic continues which old one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.topics.identity import match_topics, membership_digest, origins

SETS = st.frozensets(st.integers(0, 12), min_size=1)
TOPICS = st.dictionaries(st.integers(0, 30), SETS, max_size=6)


def jaccard(one: frozenset[int], other: frozenset[int]) -> float:
    return len(one & other) / len(one | other)


def test_match_topics_follows_shared_documents() -> None:
    old = {10: {1, 2, 3}, 20: {4, 5, 6}}
    new = {1: {4, 5, 6, 7}, 2: {2, 3}, 3: {8, 9}}

    assert match_topics(old, new) == {1: 20, 2: 10}


def test_match_topics_takes_the_best_sum_rather_than_the_first_best_pair() -> None:
    old = {1: {1, 2, 3, 4}, 2: {1, 2, 3, 4, 5, 6}}
    new = {1: {1, 2, 3, 4, 5}, 2: {1, 2, 3, 4, 5, 6, 7, 8}}

    # 1 is nearest to 2 (5/6), but 1 and 1 (4/5) with 2 and 2 (6/8) is more than 5/6 with 4/8.
    assert match_topics(old, new) == {1: 1, 2: 2}


@pytest.mark.parametrize(("threshold", "expected"), [(0.5, {1: 1}), (0.51, {})])
def test_match_topics_asks_for_the_threshold(threshold: float, expected: dict[int, int]) -> None:
    assert match_topics({1: {1, 2}}, {1: {1, 2, 3, 4}}, threshold=threshold) == expected


def test_match_topics_of_nothing_shared_is_empty_at_any_threshold() -> None:
    assert match_topics({1: {1}}, {1: {2}}, threshold=0.0) == {}


@pytest.mark.parametrize(("old", "new"), [({}, {1: {1}}), ({1: {1}}, {}), ({}, {})])
def test_match_topics_needs_both_sides(old: dict[int, set[int]], new: dict[int, set[int]]) -> None:
    assert match_topics(old, new) == {}


def test_match_topics_survives_topics_without_documents() -> None:
    assert match_topics({1: set(), 2: {1}}, {3: set(), 4: {1}}) == {4: 2}


@given(TOPICS, TOPICS)
def test_match_topics_is_one_to_one_and_above_the_threshold(
    old: dict[int, frozenset[int]], new: dict[int, frozenset[int]]
) -> None:
    found = match_topics(old, new)

    assert len(set(found.values())) == len(found)
    assert all(jaccard(new[one], old[other]) >= 0.5 for one, other in found.items())


@given(TOPICS, TOPICS)
def test_match_topics_loses_no_pair_that_only_it_could_make(
    old: dict[int, frozenset[int]], new: dict[int, frozenset[int]]
) -> None:
    found = match_topics(old, new)

    free_old, free_new = old.keys() - found.values(), new.keys() - found.keys()
    assert not [(a, b) for a in free_old for b in free_new if jaccard(old[a], new[b]) >= 0.5]


@given(st.lists(SETS, max_size=7, unique=True), st.randoms(use_true_random=False))
def test_match_topics_sees_through_renaming(sets: list[frozenset[int]], shuffler) -> None:
    names = list(range(100, 100 + len(sets)))
    shuffler.shuffle(names)
    old = dict(enumerate(sets))
    new = {names[number]: members for number, members in old.items()}

    assert match_topics(old, new) == {names[number]: number for number in old}


@given(st.lists(st.integers(0, 999), unique=True), st.randoms(use_true_random=False))
def test_membership_digest_does_not_depend_on_order(keys: list[int], shuffler) -> None:
    shuffled = list(keys)
    shuffler.shuffle(shuffled)

    assert membership_digest(dict.fromkeys(shuffled).keys()) == membership_digest(set(keys))


def test_membership_digest_tells_sets_apart() -> None:
    digests = [membership_digest(keys) for keys in (set(), {1}, {12}, {1, 2}, {1, 2, 3}, {1, 23}, {12, 3})]

    assert len(set(digests)) == len(digests)
    assert {len(digest) for digest in digests} == {40}


def test_origin_of_a_part_and_of_a_whole_is_where_most_documents_were() -> None:
    old = {10: {1, 2, 3, 4}, 20: {5, 6}}
    new = {1: {1, 2}, 2: {3, 4, 9}, 3: {5, 6, 7, 8, 9}, 4: {5, 1}, 5: {7}}

    assert origins(old, new) == {1: 10, 2: 10}


@given(TOPICS, TOPICS)
def test_origin_holds_more_than_half_of_the_new_topic(
    old: dict[int, frozenset[int]], new: dict[int, frozenset[int]]
) -> None:
    apart = {
        number: members - frozenset().union(*list(old.values())[:at])
        for at, (number, members) in enumerate(old.items())
    }
    found = origins(apart, new)

    for number, members in new.items():
        most = [other for other, theirs in apart.items() if 2 * len(members & theirs) > len(members)]
        assert [found[number]] == most if most else number not in found
