"""Cleaning of text from outside."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.ingest.clean import clean_line, clean_text, excerpt_of

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=[]), max_size=200)
MARKUP = st.lists(
    st.sampled_from(
        ["<p>", "</p>", "<", ">", "<!--", "-->", "<![", "<!doctype ", "<script>", "&lt;", "&#0;", "a", " "]
    )
).map("".join)


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("Cafe\u0301", "Café"),
        ("a\x00b\x07c\x9fd", "abcd"),
        ("one\r\ntwo\rthree\tfour  \nfive", "one\ntwo\nthree\tfour\nfive"),
        ("zero\u200bwidth \ufeffmark \u202ebidi\u202c soft\u00adhyphen", "zerowidth mark bidi softhyphen"),
        ("if a < b and c > d", "if a < b and c > d"),
        ("AT&T and R&D", "AT&T and R&D"),
        ("Fish &amp; chips &#8212; 5 &lt; 6", "Fish & chips — 5 < 6"),
        ("<p>One &amp; two</p><p>Three<br>four</p>", "One & two\n\nThree\nfour"),
        ("<script>alert(1)</script><style>p{}</style><div>Text</div>", "Text"),
        ("<p>where x<y and AT&T</p>", "where x<y and AT&T"),
        ("&lt;p&gt;escaped once&lt;/p&gt;", "escaped once"),
        ("<!-- hidden -->shown", "shown"),
        ("<p></p>", ""),
        ("pair \ud83d\ude00 lone \ud83d.", "pair 😀 lone \ufffd."),
    ],
)
def test_clean_text_gives_plain_text(raw: str, cleaned: str) -> None:
    assert clean_text(raw) == cleaned


@given(st.one_of(ANY_TEXT, MARKUP))
def test_clean_text_never_raises_and_has_no_control_characters(raw: str) -> None:
    cleaned = clean_text(raw)
    assert [
        mark for mark in cleaned if unicodedata.category(mark) in {"Cc", "Cs"} and mark not in "\n\t"
    ] == []
    assert unicodedata.is_normalized("NFC", cleaned)
    assert cleaned == cleaned.strip()


def test_clean_line_is_one_line() -> None:
    assert clean_line("  A\n\ttitle  <b>here</b> ") == "A title here"


@given(ANY_TEXT)
def test_excerpt_is_short_and_encodable(raw: str) -> None:
    assert len(excerpt_of(raw * 10).encode("utf-8").decode("utf-8")) <= 500
