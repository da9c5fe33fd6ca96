from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.publishing.rows import COLUMNS, ReleaseRow, RowError, digest_of
from tests.evaluation.publishing.content import row

TEXT = st.text().filter(lambda text: text.strip())


@given(TEXT, st.text(), st.lists(st.from_regex(r"annotator-[1-9]", fullmatch=True)), st.booleans())
def test_row_comes_back_as_it_was_written(
    statement: str, evidence: str, annotators: list[str], is_contested: bool
) -> None:
    told = replace(
        row(),
        statement=statement,
        evidence=evidence,
        annotators=tuple(annotators),
        is_contested=is_contested,
    )

    read = ReleaseRow.from_dict(json.loads(told.as_json()))

    assert read == told == ReleaseRow.from_line(told.as_json())
    assert read.as_json() == told.as_json()
    assert list(json.loads(told.as_json())) == list(COLUMNS)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"statement": " "}, "statement is empty"),
        ({"statement": 3}, "statement is 3, not of type str"),
        ({"is_contested": "yes"}, "is_contested is 'yes', not of type bool"),
        ({"source_type": "unknown"}, "source_type is 'unknown'; known: quoted, official"),
        ({"period": "soon"}, "period is 'soon'; known: recent, earlier, undated"),
        ({"colour": "red"}, "unknown fields: colour"),
    ],
)
def test_row_that_is_none_says_which_field_and_why(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(RowError) as raised:
        ReleaseRow.from_dict({**row().as_dict(), **changes})

    assert str(raised.value) == message


def test_row_without_a_field_names_it() -> None:
    told = row().as_dict()
    del told["outlet"]

    with pytest.raises(RowError, match="fields are missing: outlet"):
        ReleaseRow.from_dict(told)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=2, max_size=4))
def test_digest_tells_where_one_text_ends(parts: list[str]) -> None:
    joined = digest_of("".join(parts))

    assert digest_of(*parts) != joined
    assert len(joined) == 32
