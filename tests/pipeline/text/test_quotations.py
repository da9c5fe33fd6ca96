"""Where text stands between quotation marks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text import LANGUAGES, profile
from pipeline.text.quotations import quotations

CURLY, SINGLE, STRAIGHT, GUILLEMETS = ("“", "”"), ("‘", "’"), ('"', '"'), ("«", "»")


def quoted(text: str, *marks: tuple[str, str], floor: int = 0, ceiling: int | None = None) -> list[str]:
    spans = quotations(text, floor, len(text) if ceiling is None else ceiling, marks)
    return [text[start:end] for start, end in spans]


@pytest.mark.parametrize(
    ("text", "marks", "expected"),
    [
        ("He said “no” and “yes”.", CURLY, ["“no”", "“yes”"]),
        ("« Oui », dit-il.", GUILLEMETS, ["« Oui »"]),
        ('He said "no" and "yes".', STRAIGHT, ['"no"', '"yes"']),
        ("「和平」很重要", ("「", "」"), ["「和平」"]),
        ("“”", CURLY, ["“”"]),
        ('""', STRAIGHT, ['""']),
        ("no marks", CURLY, []),
        ("", STRAIGHT, []),
    ],
)
def test_quotations_hold_their_marks(text: str, marks: tuple[str, str], expected: list[str]):
    assert quoted(text, marks) == expected


def test_quotations_of_one_kind_may_be_nested():
    assert quoted("“a “b” c”", CURLY) == ["“b”", "“a “b” c”"]


def test_quotations_of_several_kinds_are_all_found():
    assert quoted("“a «b» c”", CURLY, GUILLEMETS) == ["“a «b» c”", "«b»"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("” a “b”", ["“b”"]), ("“a “b”", ["“b”"]), ("“a", []), ("a”", [])],
)
def test_mark_without_its_other_half_is_no_quotation(text: str, expected: list[str]):
    assert quoted(text, CURLY) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("‘the town’s mill’", ["‘the town’s mill’"]),
        ("‘towns’ mill", ["‘towns’"]),
        ("‘a’1", ["‘a’"]),
        ("’a ‘b’", ["‘b’"]),
    ],
)
def test_apostrophe_inside_a_word_closes_nothing(text: str, expected: list[str]):
    assert quoted(text, SINGLE) == expected


def test_equal_marks_are_paired_afresh_in_each_line():
    assert quoted('a "b\n"c" d "e"', STRAIGHT) == ['"c"', '"e"']


def test_unequal_marks_are_paired_across_lines():
    assert quoted("“a\nb”", CURLY) == ["“a\nb”"]


def test_floor_and_ceiling_bound_what_is_read():
    text = "“a” “b” “c”"
    assert quoted(text, CURLY, floor=4, ceiling=7) == ["“b”"]
    assert quoted(text, CURLY, floor=1, ceiling=6) == []


def test_equal_marks_are_counted_from_the_start_of_the_line_that_holds_the_floor():
    text = 'x\n"a" and "b"'
    assert quoted(text, STRAIGHT, floor=text.index("and")) == ['"a"', '"b"']


@given(st.text(alphabet='a“”‘’"«» \n', max_size=40), st.sampled_from(LANGUAGES))
def test_quotations_begin_with_an_opening_mark_and_end_with_its_closing_one(text: str, language: str):
    marks = profile(language).quotes
    found = list(quotations(text, 0, len(text), marks))
    assert {(text[start], text[end - 1]) for start, end in found} <= set(marks)
    assert all(end - start >= 2 for start, end in found)
    assert len(found) == len(set(found))
