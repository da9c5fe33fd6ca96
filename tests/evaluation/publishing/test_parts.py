from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.publishing.parts import Barred, Clash, PublishedRow, Tie, assign_parts, groups, overlaps
from evaluation.publishing.recipe import Recipe
from evaluation.publishing.rows import Part, digest_of
from tests.evaluation.publishing.content import row

_LONG = (
    "Our parliament must protect what small newspapers print about ministers, courts, banks, schools, farms "
    "and armies before {} forbids it"
)


def _alone(n: int, nation: str = "GB", **changes):
    """An item that shares nothing with any other."""
    made = row(nation, n, **changes)
    return replace(
        made,
        article=changes.get("article", digest_of(nation, str(n))),
        topic=changes.get("topic", f"topic {nation} {n}"),
    )


def _published(item, part):
    return PublishedRow(part, item.article, item.nation, item.topic, item.language, item.statement)


def test_groups_join_articles_topics_of_a_nation_and_near_copies():
    rows = [
        _alone(1, article="b", topic="one"),
        _alone(2, article="a", topic="one"),
        _alone(3, article="a", topic="two"),
        _alone(4, article="c", topic="", statement=_LONG.format("somebody")),
        _alone(5, article="d", topic="", statement=_LONG.format("nobody")),
        _alone(6, "US", article="e", topic="one"),
        _alone(7, article="f", topic=""),
    ]

    found = groups(rows)

    assert [found[item.id] for item in rows] == ["a", "a", "a", "c", "c", "e", "f"]


def test_assign_parts_comes_near_the_shares():
    rows = [_alone(n) for n in range(400)]

    found = assign_parts(rows, Recipe(holdout_share=0.1, preference_share=0.25))

    assert Counter(found.part_of.values()) == {
        Part.EVALUATION: 260,
        Part.HOLDOUT: 40,
        Part.TRAIN: 80,
        Part.TEST: 20,
    }
    assert (found.groups, found.left_out) == (400, {})


def test_assign_parts_gives_everything_to_evaluation_when_no_share_is_asked():
    rows = [_alone(n) for n in range(5)]

    assert set(assign_parts(rows, Recipe()).part_of.values()) == {Part.EVALUATION}


def test_assign_parts_keeps_the_last_group_of_a_nation_in_evaluation():
    rows = [*(_alone(n) for n in range(40)), _alone(90, "FR"), _alone(91, "DE")]

    for seed in range(20):
        found = assign_parts(rows, Recipe(holdout_share=0.4, preference_share=0.5, seed=seed))
        assert {item.nation for item in rows if found.part_of[item.id] == Part.EVALUATION} == {
            "GB",
            "FR",
            "DE",
        }


def test_assign_parts_passes_over_a_group_larger_than_the_share():
    rows = [*(_alone(n, topic="large") for n in range(90)), *(_alone(n) for n in range(100, 110))]

    for seed in range(10):
        found = assign_parts(rows, Recipe(holdout_share=0.05, seed=seed))
        assert Counter(found.part_of.values()) == {Part.EVALUATION: 95, Part.HOLDOUT: 5}


def test_assign_parts_draws_two_groups_of_pairs_to_both_sides():
    rows = [_alone(n) for n in range(6)]

    found = assign_parts(rows, Recipe(preference_share=0.34))

    assert Counter(found.part_of.values()) == {Part.EVALUATION: 4, Part.TRAIN: 1, Part.TEST: 1}


@pytest.mark.parametrize(
    ("touched", "part"),
    [
        (["evaluation"], Part.EVALUATION),
        (["train"], Part.TRAIN),
        (["test"], Part.TEST),
        (["holdout"], Part.HOLDOUT),
    ],
)
def test_assign_parts_follows_what_was_published(touched, part):
    rows = [_alone(n) for n in range(20)]
    published = [_published(rows[0], touched_part) for touched_part in touched]

    for seed in range(5):
        recipe = Recipe(holdout_share=0.2, preference_share=0.3, seed=seed)
        assert assign_parts(rows, recipe, published).part_of[rows[0].id] == part


@pytest.mark.parametrize("touched", [["evaluation", "train"], ["train", "test"], ["holdout", "test"]])
def test_assign_parts_leaves_out_what_was_published_on_two_sides(touched):
    rows = [_alone(n) for n in range(5)]
    published = [_published(rows[2], part) for part in touched]

    found = assign_parts(rows, Recipe(preference_share=0.4), published)

    assert rows[2].id not in found.part_of
    assert found.left_out == {Barred.BOTH_SIDES: (rows[2].id,)}


@pytest.mark.parametrize("others", [[], ["evaluation"]], ids=["keeps nothing back", "is evaluated elsewhere"])
def test_assign_parts_never_gives_out_what_was_held_back(others):
    rows = [_alone(n) for n in range(5)]
    published = [_published(rows[2], part) for part in ["holdout", *others]]
    recipe = Recipe(holdout_share=0.2) if others else Recipe()

    found = assign_parts(rows, recipe, published)

    assert rows[2].id not in found.part_of
    assert found.left_out == {Barred.HELD_BACK: (rows[2].id,)}


def test_assign_parts_evaluates_what_shares_only_its_topic_with_an_item_held_back():
    rows = [replace(_alone(n), topic="water") for n in range(2)] + [_alone(n) for n in range(2, 6)]

    found = assign_parts(rows, Recipe(preference_share=0.5), [_published(rows[0], "holdout")])

    assert found.left_out == {Barred.HELD_BACK: (rows[0].id,)}
    assert found.part_of[rows[1].id] == Part.EVALUATION


def test_assign_parts_leaves_out_published_pairs_when_no_pairs_are_made():
    rows = [_alone(n) for n in range(5)]

    found = assign_parts(rows, Recipe(), [_published(rows[2], "train")])

    assert found.left_out == {Barred.NO_PREFERENCES: (rows[2].id,)}


def test_assign_parts_sees_a_published_item_through_a_near_copy():
    rows = [_alone(1, statement=_LONG.format("somebody")), *(_alone(n) for n in range(2, 9))]
    earlier = _published(_alone(50, statement=_LONG.format("nobody")), "evaluation")

    for seed in range(8):
        recipe = Recipe(preference_share=0.6, seed=seed)
        assert assign_parts(rows, recipe, [earlier]).part_of[rows[0].id] == Part.EVALUATION


def test_overlaps_names_what_both_sides_share():
    train = [
        _alone(1, article="same", topic="x"),
        _alone(2, topic="shared"),
        _alone(3, statement=_LONG.format("somebody")),
    ]
    evaluation = [
        _alone(11, article="same", topic="y"),
        _alone(12, topic="shared"),
        _alone(13, statement=_LONG.format("nobody")),
        _alone(14, "US", topic="x"),
    ]

    assert overlaps(train, evaluation) == [
        Clash(Tie.ARTICLE, "same", train[0].id, evaluation[0].id),
        Clash(Tie.TOPIC, "GB: shared", train[1].id, evaluation[1].id),
        Clash(Tie.NEAR_COPY, train[2].statement, train[2].id, evaluation[2].id),
    ]
    assert overlaps(train, evaluation[3:]) == []


@st.composite
def _graphs(pick):
    """Rows that share articles, topics and wordings at random, some of them published before."""
    ends = ["somebody", "nobody", "everybody else again", "x y z u v w"]
    picked = pick(
        st.lists(
            st.tuples(
                st.integers(0, 8), st.integers(0, 8), st.integers(0, 12), st.sampled_from(["GB", "US"])
            ),
            min_size=1,
            max_size=40,
        )
    )
    rows = [
        _alone(
            n,
            nation,
            article=f"a{article}" if article < 6 else f"alone {n}",
            topic=f"t{topic}" if topic < 6 else "",
            **({"statement": _LONG.format(ends[words])} if words < len(ends) else {}),
        )
        for n, (article, topic, words, nation) in enumerate(picked)
    ]
    parts = st.sampled_from([None, None, None, *map(str, Part)])
    return rows, pick(st.lists(parts, min_size=len(rows), max_size=len(rows)))


@given(_graphs(), st.integers(0, 5), st.sampled_from([0.0, 0.3]), st.sampled_from([0.0, 0.4]), st.randoms())
def test_assigned_parts_share_nothing(graph, seed, holdout, preferences, random):
    rows, before = graph
    published = [_published(item, part) for item, part in zip(rows, before, strict=True) if part]
    recipe = Recipe(holdout_share=holdout, preference_share=preferences, seed=seed)

    found = assign_parts(rows, recipe, published)

    by_part = defaultdict(list)
    for item in rows:
        if item.id in found.part_of:
            by_part[found.part_of[item.id]].append(item)
    for part in by_part:
        for other in by_part:
            if part < other:
                assert overlaps(by_part[part], by_part[other]) == []
    learned = [item for item in published if item.part in ("train", "test")]
    judged = [item for item in published if item.part == "evaluation"]
    assert overlaps(by_part[Part.EVALUATION] + by_part[Part.HOLDOUT], learned) == []
    assert overlaps(by_part[Part.TRAIN] + by_part[Part.TEST] + by_part[Part.HOLDOUT], judged) == []
    assert len(found.part_of) + sum(map(len, found.left_out.values())) == len(rows)
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert assign_parts(shuffled, recipe, published) == found
