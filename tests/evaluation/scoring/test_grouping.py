from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.scoring.grouping import compact_letters, group_models

NAMES = list("ABCDEFG")
DIFFERENT = st.sets(st.sampled_from([frozenset(pair) for pair in combinations(NAMES, 2)]))


@given(DIFFERENT)
def test_compact_letters_are_shared_exactly_by_those_not_different(different):
    letters = compact_letters(NAMES, different)
    for one, other in combinations(NAMES, 2):
        assert bool(set(letters[one]) & set(letters[other])) is (frozenset((one, other)) not in different)


@given(DIFFERENT)
def test_compact_letters_name_no_group_inside_another(different):
    letters = compact_letters(NAMES, different)
    groups = {}
    for name, given_letters in letters.items():
        assert given_letters
        for letter in given_letters:
            groups.setdefault(letter, set()).add(name)
    assert not any(
        one < other or one == other
        for one in groups.values()
        for other in groups.values()
        if one is not other
    )


def test_compact_letters_of_a_chain_overlap():
    # A and C differ, B stands between: the example of every textbook.
    assert compact_letters("ABC", {frozenset("AC")}) == {"A": ("a",), "B": ("a", "b"), "C": ("b",)}
    assert compact_letters("AB", set()) == {"A": ("a",), "B": ("a",)}
    assert compact_letters("", set()) == {}


def test_compact_letters_go_on_after_the_alphabet():
    names = [f"m{n:02}" for n in range(54)]
    letters = compact_letters(names, {frozenset(pair) for pair in combinations(names, 2)})
    assert [letters[name] for name in names[50:]] == [("Y",), ("Z",), ("(53)",), ("(54)",)]


def answers(rate, *, seed, articles=80, per_article=2, at="a"):
    draw = np.random.default_rng(seed)
    return {
        f"{at}{article}-{n}": (float(draw.random() < rate), f"{at}{article}")
        for article in range(articles)
        for n in range(per_article)
    }


def test_group_models_tells_good_from_bad_and_not_alike_from_alike():
    grouping = group_models(
        {"bad": answers(0.2, seed=1), "good": answers(0.9, seed=2), "fine": answers(0.88, seed=3)}
    )
    assert {model.name: model.letters for model in grouping.models} == {
        "good": ("a",),
        "fine": ("a",),
        "bad": ("b",),
    }
    assert [model.rate for model in grouping.models] == sorted(
        (model.rate for model in grouping.models), reverse=True
    )
    assert all(model.low < model.rate < model.high for model in grouping.models)
    assert len(grouping.pairs) == 3
    for pair in grouping.pairs:
        assert pair.adjusted_p >= pair.comparison.p_value
        assert pair.is_different is (pair.adjusted_p < 0.05)


def test_group_models_without_common_items_cannot_tell_them_apart():
    grouping = group_models(
        {"x": answers(0.9, seed=1, at="a"), "y": answers(0.1, seed=1, at="b"), "none": {}}
    )
    assert [(model.name, model.letters) for model in grouping.models] == [
        ("x", ("a",)),
        ("y", ("a",)),
        ("none", ()),
    ]
    assert [(pair.adjusted_p, pair.is_different) for pair in grouping.pairs] == [(None, False)] * 3
    assert (grouping.models[-1].rate, grouping.models[-1].items) == (None, 0)


def test_group_models_of_nothing_is_nothing():
    assert (group_models({}).models, group_models({}).pairs) == ((), ())


@settings(max_examples=25, deadline=None)
@given(st.permutations(["a", "b", "c", "d"]))
def test_group_models_does_not_depend_on_the_order_of_models(order):
    models = {name: answers(0.3 + 0.15 * n, seed=n, articles=20) for n, name in enumerate("abcd")}
    assert group_models({name: models[name] for name in order}) == group_models(models)


def test_group_models_rarely_splits_equal_models():
    # Holm holds the chance of any false split among four equal models at 5 %.
    splits = 0
    for seed in range(500):
        models = {f"m{n}": answers(0.6, seed=1000 * n + seed, articles=40) for n in range(4)}
        splits += any(pair.is_different for pair in group_models(models).pairs)
    assert splits / 500 <= 0.08
