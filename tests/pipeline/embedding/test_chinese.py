"""Chinese words and their classes."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.embedding import chinese
from pipeline.embedding.chinese import is_content_word, is_noun, segments


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("教师领取补贴。", ["教师", "领取", "补贴", "。"]),
        ("河水 2024年上涨", ["河水", " ", "2024", "年", "上涨"]),
        ("", []),
    ],
)
def test_segments_are_words_and_marks_in_order(text: str, expected: list[str]) -> None:
    assert list(segments(text)) == expected


@given(st.text(max_size=60) | st.text(alphabet="农村教师領取補貼。，2024 GDP\n", max_size=60))
def test_segments_lose_nothing(text: str) -> None:
    assert "".join(segments(text)) == text


@pytest.mark.parametrize(
    ("word", "content", "noun"),
    [
        ("教师", True, True),
        ("上海", True, True),
        ("建设", True, True),  # nominal verb
        ("领取", False, False),  # plain verb
        ("漂亮", False, False),  # adjective
        ("水", False, True),  # one character names no subject
        ("第三", False, False),
        ("一九二〇年", False, True),
        ("磨坊坝", True, True),  # not in the dictionary
    ],
)
def test_word_classes_decide_what_can_name_a_subject(word: str, content: bool, noun: bool) -> None:
    assert (is_content_word(word), is_noun(word)) == (content, noun)


def test_dictionary_is_read_without_a_file_in_the_shared_temporary_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(chinese, "_dictionary", chinese._dictionary.__wrapped__)

    assert list(segments("教师领取补贴")) == ["教师", "领取", "补贴"]
    assert list(tmp_path.iterdir()) == []
