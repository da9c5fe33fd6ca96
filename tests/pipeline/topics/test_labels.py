"""Names for topics out of keywords."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.topics.labels import MAX_CHARACTERS, KeywordLabeller, LabelResult, word_count


def label(keywords: list[str], language: str = "en", words: int = 5) -> str:
    return KeywordLabeller(words).label(keywords, (), language).label


@pytest.mark.parametrize(
    ("language", "keywords", "expected"),
    [
        ("en", ["river", "flood", "dam"], "river, flood, dam"),
        ("en", ["school", "Schools", "school meal", "teacher"], "school, teacher"),
        ("de", ["Schule", "Schulen", "Lehrkräfte"], "Schule, Lehrkräfte"),
        ("fr", ["loyer", "loyers", "bail"], "loyer, bail"),
        ("zh", ["养老", "养老金", "医院"], "养老、医院"),
        ("zh", ["养老金", "养老", "医院"], "养老金、医院"),
    ],
)
def test_label_joins_keywords_that_repeat_no_word(language: str, keywords: list[str], expected: str) -> None:
    assert label(keywords, language) == expected


def test_label_passes_over_keywords_that_are_too_long_for_what_is_left() -> None:
    keywords = ["clean river water", "dam", "night bus line", "flood", "harvest"]

    assert label(keywords) == "clean river water, dam, flood"


def test_label_without_keywords_is_an_error() -> None:
    found = KeywordLabeller().label([], ["A text."], "en")

    assert found == LabelResult("", error="no keywords to make a label of")


def test_label_is_cut_to_what_can_be_stored() -> None:
    assert label(["x" * 300]) == "x" * MAX_CHARACTERS


def test_version_names_the_number_of_words() -> None:
    assert [KeywordLabeller().version, KeywordLabeller(3).version] == ["keywords-1-5", "keywords-1-3"]


@given(
    st.lists(st.lists(st.text("abc", min_size=1), min_size=1, max_size=3).map(" ".join)), st.integers(1, 6)
)
def test_label_has_never_more_words_than_allowed(keywords: list[str], words: int) -> None:
    assert word_count(label(keywords, words=words), "en") <= words


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("", "en", 0),
        ("clean  river water", "en", 3),
        ("养老、医院，学校", "zh", 3),
        ("养老 医院", "zh", 2),
        ("a、b", "en", 1),
    ],
)
def test_word_count_cuts_at_white_space_and_chinese_marks(text: str, language: str, expected: int) -> None:
    assert word_count(text, language) == expected
