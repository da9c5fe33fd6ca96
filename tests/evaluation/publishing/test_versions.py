from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.publishing.diff import Change, Diff, Kind
from evaluation.publishing.versions import NothingChanged, Version, next_version

_numbers = st.integers(0, 10**6)


def _diff(*kinds: Kind) -> Diff:
    return Diff(tuple(Change(kind, "a", "b", "o", "GB", "quoted", "s") for kind in kinds), 3)


@pytest.mark.parametrize(
    ("kinds", "version", "reason"),
    [
        ([Kind.REMOVED, Kind.ADDED], "2.0.0", "major: 1 removed"),
        ([Kind.REWORDED], "2.0.0", "major: 1 reworded"),
        ([Kind.RELABELLED, Kind.REMOVED], "2.0.0", "major: 1 removed, 1 relabelled"),
        ([Kind.ADDED, Kind.ADDED, Kind.DESCRIBED], "1.3.0", "minor: 2 added"),
        ([Kind.DESCRIBED], "1.2.4", "patch: 1 told of otherwise"),
    ],
)
def test_next_version_follows_the_gravest_change(kinds, version, reason):
    assert next_version(Version(1, 2, 3), _diff(*kinds)) == (Version.parse(version), reason)


def test_next_version_begins_at_one():
    assert next_version(None, None) == (Version(1, 0, 0), "the first version")


def test_next_version_refuses_what_does_not_differ():
    with pytest.raises(NothingChanged, match=r"nothing differs from version 1\.0\.0"):
        next_version(Version(1, 0, 0), _diff())


@pytest.mark.parametrize(
    "text", ["1", "1.2", "1.2.3.4", "01.2.3", "1.2.-3", "v1.2.3", "1.2.3\n", "１.2.3", ""]
)
def test_parse_refuses_what_is_no_version(text):
    with pytest.raises(ValueError, match="is not three numbers"):
        Version.parse(text)


@given(st.tuples(_numbers, _numbers, _numbers), st.tuples(_numbers, _numbers, _numbers))
def test_versions_are_read_back_and_ordered_by_number(first, second):
    assert Version.parse(str(Version(*first))) == Version(*first)
    assert (Version(*first) < Version(*second)) is (first < second)


@given(st.lists(st.sampled_from(Kind), min_size=1), st.tuples(_numbers, _numbers, _numbers))
def test_next_version_is_later(kinds, numbers):
    assert next_version(Version(*numbers), _diff(*kinds))[0] > Version(*numbers)
