from __future__ import annotations

import json
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evaluation.publishing.checks import arrays
from evaluation.publishing.checks.arrays import array_items
from evaluation.publishing.formats.json_array import json_array

_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture
def small_pieces(monkeypatch):
    monkeypatch.setattr(arrays, "_PIECE", 7)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_values, max_size=12), st.sampled_from([None, 2]))
def test_array_items_are_those_of_the_array(small_pieces, values, indent):
    file = BytesIO(json.dumps(values, ensure_ascii=False, indent=indent).encode())

    assert list(array_items(file)) == values


def test_array_items_reads_what_is_written_piece_by_piece():
    rows = [{"id": str(n), "text": "保护\u2028" * n} for n in range(50)]

    assert list(array_items(BytesIO(b"".join(json_array(rows))))) == rows


@pytest.mark.parametrize(
    "text", ["", "{}", "[", "[1", "[1,", "[1,]", "[1 2]", "[1]x", "[}", '["a', "[" * 100_000]
)
def test_array_items_refuses_what_is_no_array(small_pieces, text):
    with pytest.raises(ValueError, match=r"array|breaks off|comma|after|JSON"):
        list(array_items(BytesIO(text.encode())))
