"""Differences of two texts by word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.services.curation.word_diff import word_diff


@pytest.mark.parametrize(
    ("old", "new", "pieces"),
    [
        ("Keep the park.", "Keep the park.", [("same", "Keep the park.")]),
        (
            "Keep the old park.",
            "Keep the park!",
            [
                ("same", "Keep the "),
                ("deleted", "old "),
                ("same", "park"),
                ("deleted", "."),
                ("inserted", "!"),
            ],
        ),
        ("保护公园", "保护大公园", [("same", "保护"), ("inserted", "大"), ("same", "公园")]),
        ("", "new", [("inserted", "new")]),
        ("old", "", [("deleted", "old")]),
        ("", "", []),
    ],
)
def test_pieces(old, new, pieces):
    assert word_diff(old, new) == pieces


@given(st.text(), st.text())
def test_pieces_make_up_both_texts(old, new):
    pieces = word_diff(old, new)

    assert "".join(text for change, text in pieces if change != "inserted") == old
    assert "".join(text for change, text in pieces if change != "deleted") == new
