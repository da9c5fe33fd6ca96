"""Dates as sources write them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.ingest.dates import DateError, parse_date


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2024", (date(2024, 1, 1), "year")),
        (2024, (date(2024, 1, 1), "year")),
        ("2024-05", (date(2024, 5, 1), "month")),
        ("2024-05-09", (date(2024, 5, 9), "day")),
        ("2024/5/9", (date(2024, 5, 9), "day")),
        ("20240509", (date(2024, 5, 9), "day")),
        ("2024-05-09T23:30:00+08:00", (date(2024, 5, 9), "day")),
        ("2024-05-09 12:00:00", (date(2024, 5, 9), "day")),
        ("9.5.2024", (date(2024, 5, 9), "day")),
        ("2024年5月9日", (date(2024, 5, 9), "day")),
        ("2024年5月", (date(2024, 5, 1), "month")),
        ("9 May 2024", (date(2024, 5, 9), "day")),
        ("May 9, 2024", (date(2024, 5, 9), "day")),
        ("Thu, 09 May 2024 10:00:00 GMT", (date(2024, 5, 9), "day")),
        (datetime(2024, 5, 9, 1, tzinfo=UTC), (date(2024, 5, 9), "day")),
        (date(2024, 5, 9), (date(2024, 5, 9), "day")),
        ("", None),
        (None, None),
    ],
)
def test_parse_date_gives_date_and_precision(value: object, expected: object) -> None:
    assert parse_date(value) == expected


@pytest.mark.parametrize(
    "value", ["2024-02-30", "2024-13", "0000", "yesterday", "01/05/2024", "2024-00-00", -1, True]
)
def test_parse_date_refuses_what_is_no_date(value: object) -> None:
    with pytest.raises(DateError, match="cannot be read"):
        parse_date(value)


@given(st.one_of(st.text(), st.integers(), st.floats(), st.dates()))
def test_parse_date_raises_only_date_errors(value: object) -> None:
    try:
        found = parse_date(value)
    except DateError:
        return
    assert found is None or isinstance(found[0], date)
