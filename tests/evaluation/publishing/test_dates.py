from __future__ import annotations

import pytest

from evaluation.publishing.dates import day_range, year_of


@pytest.mark.parametrize(
    ("published", "days"),
    [
        ("2024-05-17", ("2024-05-17", "2024-05-17")),
        ("2024-02", ("2024-02-01", "2024-02-29")),
        ("2023", ("2023-01-01", "2023-12-31")),
        ("", None),
        ("2024-13", None),
        ("0000", None),
        ("May 2024", None),
    ],
)
def test_day_range_covers_what_the_date_may_mean(published, days):
    assert day_range(published) == days


def test_year_of_is_empty_without_a_date():
    assert [year_of(published) for published in ("2024-05", "", "soon")] == ["2024", "", ""]
