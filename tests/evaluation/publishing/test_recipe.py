from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.publishing.recipe import Balance, Gates, Recipe, RecipeError

SHARES = st.floats(0, 0.49, allow_nan=False)
RECIPES = st.builds(
    Recipe,
    nations=st.lists(st.sampled_from(["CN", "DE", "FR"]), unique=True).map(tuple),
    published_from=st.dates().map(str) | st.just(""),
    with_contested=st.booleans(),
    conflict_reduction=st.booleans(),
    balance=st.lists(st.sampled_from([str(rule) for rule in Balance]), unique=True).map(tuple),
    slice_size=st.none() | st.integers(1, 10_000),
    recent_from=st.dates().map(str) | st.just(""),
    holdout_share=SHARES,
    preference_share=SHARES,
    seed=st.integers(0, 2**63 - 1),
    gates=st.builds(Gates, max_outlet_share=st.none() | SHARES, min_items=st.none() | st.integers(1, 99)),
)


@given(RECIPES)
def test_recipe_comes_back_from_json(recipe: Recipe) -> None:
    assert Recipe.from_dict(json.loads(json.dumps(recipe.as_dict()))) == recipe


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"published_from": "May 2024"}, "published_from is 'May 2024'; it must be a date"),
        ({"published_from": "2024-02-01", "published_to": "2024-01-01"}, "is after 2024-01-01"),
        ({"source_types": ["unknown"]}, "source_types has 'unknown'; known: quoted, official"),
        ({"source_types": []}, "source_types is empty"),
        ({"balance": ["luck"]}, "balance has 'luck'; known: choices, outlets, years, nations, pairs"),
        ({"holdout_share": 1.0}, "holdout_share is 1.0"),
        ({"holdout_share": 0.5, "preference_share": 0.5}, "below 1 together"),
        ({"slice_size": 0}, "slice_size is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"gates": {"max_outlet_share": 30}}, "gates.max_outlet_share is 30"),
        ({"gates": {"min_items": 0}}, "gates.min_items is 0"),
        ({"gates": {"beauty": 1}}, "unknown gates: beauty"),
        ({"gates": "strict"}, "gates is not an object"),
        ({"colour": "red"}, "unknown fields: colour; known: balance,"),
        ({"format": 2}, "format is 2; this version follows format 1"),
        ({"slice_size": "many"}, "slice_size is 'many'; it must be a whole number or null"),
        ({"slice_size": 2.5}, "slice_size is 2.5; it must be a whole number or null"),
        ({"with_contested": "no"}, "with_contested is 'no'; it must be true or false"),
        ({"seed": True}, "seed is True; it must be a whole number"),
        ({"gates": {"all_qualified": "no"}}, "gates.all_qualified is 'no'; it must be true or false"),
        ({"balance": None}, "balance is None; it must be a list of texts"),
        ({"nations": "CN"}, "nations is 'CN'; it must be a list of texts"),
        ({"published_from": "20240101"}, "published_from is '20240101'; it must be a date"),
        ({"recent_from": "2024-W10"}, "recent_from is '2024-W10'; it must be a date"),
    ],
)
def test_recipe_that_cannot_be_followed_says_which_field(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError) as raised:
        Recipe.from_dict(fields)

    assert message in str(raised.value)


def test_a_recipe_keeps_once_what_a_list_names_twice() -> None:
    twice = {"nations": ["FR", "CN", "FR"], "source_types": ["quoted"] * 2, "balance": ["pairs", "pairs"]}

    found = Recipe.from_dict(twice)

    assert (found.nations, found.source_types, found.balance) == (("FR", "CN"), ("quoted",), ("pairs",))
    assert found == Recipe(nations=("FR", "CN"), source_types=("quoted",), balance=("pairs",))
