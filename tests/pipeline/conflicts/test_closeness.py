"""Social and geographic closeness."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.conflicts.closeness import (
    REACH,
    geographic_closeness,
    social_closeness,
    weight_modifier,
)
from pipeline.records import ConflictItem


def item(**fields: str) -> ConflictItem:
    return ConflictItem(1, "A text.", "en", "b", **fields)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ({"speaker": "Ann Lee", "party": "Greens"}, {"speaker": "ann  LEE", "party": "Greens"}, 1.0),
        ({"speaker": "Ann Lee"}, {"speaker": "Bob Ray"}, 0.0),
        ({"speaker": "Ann Lee", "outlet": "Echo"}, {"speaker": "Bob Ray", "outlet": "Echo"}, 0.2 / 0.7),
        ({"speaker": "Ann Lee", "party": "Greens"}, {"party": "Greens", "outlet": "Echo"}, 1.0),
        (
            {"speaker": "Ann Lee", "party": "Greens", "outlet": "Echo"},
            {"speaker": "Ann Lee", "party": "Reds", "outlet": "Post"},
            0.5,
        ),
        ({"speaker": "Ann Lee"}, {"party": "Greens"}, None),
        ({"speaker": " "}, {"speaker": " "}, None),
        ({}, {}, None),
    ],
)
def test_social_closeness_is_the_agreed_share_of_what_both_record(
    first: dict[str, str], second: dict[str, str], expected: float | None
):
    assert social_closeness(item(**first), item(**second)) == (
        None if expected is None else pytest.approx(expected)
    )


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [("FR", "fr", 1.0), ("FR", "DE", 0.0), ("FR", "", None), ("", "", None)],
)
def test_geographic_closeness_compares_countries(first: str, second: str, expected: float | None):
    assert geographic_closeness(item(country=first), item(country=second)) == expected


@pytest.mark.parametrize(
    ("first", "second", "sign", "expected"),
    [
        ({"country": "FR"}, {"country": "FR"}, 1, 1.0 + REACH),
        ({"country": "FR"}, {"country": "FR"}, -1, 1.0 - REACH),
        ({"country": "FR"}, {"country": "DE"}, 1, 1.0 - REACH),
        ({"country": "FR", "party": "Greens"}, {"country": "DE", "party": "Greens"}, 1, 1.0),
        ({"country": "FR"}, {"country": "FR"}, 0, 1.0),
        ({}, {"country": "FR"}, 1, 1.0),
    ],
)
def test_weight_modifier_lets_the_close_agree_sooner_and_contradict_later(
    first: dict[str, str], second: dict[str, str], sign: int, expected: float
):
    assert weight_modifier(item(**first), item(**second), sign) == pytest.approx(expected)


ITEMS = st.builds(
    item, **dict.fromkeys(("speaker", "party", "outlet", "country"), st.sampled_from(["", "a", "A", "b"]))
)


@given(ITEMS, ITEMS, st.sampled_from([-1, 0, 1]))
def test_weight_modifier_is_symmetric_and_moves_a_weight_by_a_tenth_at_most(
    first: ConflictItem, second: ConflictItem, sign: int
):
    found = weight_modifier(first, second, sign)
    assert found == weight_modifier(second, first, sign)
    assert 1.0 - REACH <= found <= 1.0 + REACH
    assert found + weight_modifier(first, second, -sign) == pytest.approx(2.0)
