"""Reversing Chinese statements."""

from __future__ import annotations

import marshal
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.triples import chinese
from pipeline.triples.chinese import reverse, segment
from pipeline.triples.reversal import DIRECTION, MODAL, PLAIN, VERB


@pytest.mark.parametrize(
    ("statement", "denial", "confidence"),
    [
        ("如果下雨，学校应当停课。", "如果下雨，学校不应当停课。", MODAL),
        ("如果下雨学校应当停课。", "如果下雨学校不应当停课。", MODAL),
        ("必须停课", "不必停课", MODAL),
        ("学校加强管理。", "学校削弱管理。", DIRECTION),
        ("学校不同意停课。", "学校同意停课。", PLAIN),
        ("学校的水是干净的。", "学校的水不是干净的。", PLAIN),
        ("教师的支持是力量。", "教师的支持不是力量。", PLAIN),
        ("他们不喜欢作业。", "他们喜欢作业。", PLAIN),
        ("政府完善水坝。", "政府不再完善水坝。", VERB),
        ("继续完善水坝。", "不再继续完善水坝。", VERB),
    ],
)
def test_reverse_denies_the_main_clause(statement: str, denial: str, confidence: float):
    found = reverse(statement)
    assert found is not None
    assert (found.text, found.confidence) == (denial, confidence)


@pytest.mark.parametrize(
    "statement",
    [
        "只有努力，才能成功。",  # the main clause only follows from the condition
        "我们只要水坝。",
        "学校要只收学生。",  # a restriction follows
        "必须，马上停课。",  # a modal without its verb
        "一个支持就够了。",  # a noun
        "建设了水坝，支持了学校。",  # what has been done already
        "河边的学校每天早上八点半支持学生。",  # too late in its clause to be sure
        "全面落实计划",
        "为了孩子。",
        "",
    ],
)
def test_reverse_leaves_alone_what_it_cannot_deny_cleanly(statement: str):
    assert reverse(statement) is None


def test_reverse_says_what_it_changed():
    found = reverse("学校应当停课。")
    assert found is not None
    assert found.change == "应当 -> 不应当"


@given(st.text(alphabet="学校应当不没有是的支持反对，。“”如果a1 \n", max_size=40) | st.text(max_size=30))
def test_segments_joined_give_the_text_back(text: str):
    assert "".join(segment(text)) == text


def test_operators_are_words_of_their_own():
    assert segment("学校不应当停课") == ("学校", "不应当", "停课")


def test_dictionary_neither_reads_nor_leaves_a_file_in_the_shared_temporary_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    forged = tmp_path / "jieba.cache"
    forged.write_bytes(marshal.dumps(({"校停": 1_000_000, "校": 0}, 1_000_000)))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    words = chinese._segmenter.__wrapped__().lcut("学校停课")

    assert words == ["学校", "停课"]
    assert list(tmp_path.iterdir()) == [forged]
