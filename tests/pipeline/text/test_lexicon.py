from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text import Hit, Lexicon, fold


def find(lexicon: Lexicon, text: str) -> list[Hit]:
    return list(lexicon.find(fold(text), text))


def test_lexicon_matches_words_stems_and_parts():
    lexicon = Lexicon({"a": ["law", "equal*"], "b": ["*freiheit*"]}, words_have_spaces=True)
    text = "Law, outlaw, Equality, Pressefreiheiten"
    assert [(hit.word, hit.groups) for hit in find(lexicon, text)] == [
        ("Law", ("a",)),
        ("Equality", ("a",)),
        ("freiheiten", ("b",)),
    ]


def test_lexicon_prefers_the_longest_entry():
    lexicon = Lexicon({"short": ["human"], "long": ["human rights"]}, words_have_spaces=True)
    assert find(lexicon, "Human\n rights") == [Hit(0, 13, "Human\n rights", ("long",))]


def test_lexicon_entry_with_capital_ignores_the_small_word():
    lexicon = Lexicon({"dignity": ["Würde"]}, words_have_spaces=True)
    assert [hit.start for hit in find(lexicon, "Es würde die Würde verletzen")] == [13]


def test_lexicon_names_every_group_of_a_word():
    lexicon = Lexicon({"one": ["peace"], "two": ["peace"]}, words_have_spaces=True)
    assert find(lexicon, "peace")[0].groups == ("one", "two")


def test_lexicon_without_spaces_matches_anywhere():
    lexicon = Lexicon({"value": ["公平", "公平正义"]}, words_have_spaces=False)
    assert [hit.word for hit in find(lexicon, "维护公平正义和公平竞争")] == ["公平正义", "公平"]


def test_lexicon_empty_entry_is_an_error():
    with pytest.raises(ValueError, match="empty entry"):
        Lexicon({"value": ["*"]}, words_have_spaces=True)


@given(st.text())
def test_fold_keeps_every_offset(text):
    assert len(fold(text)) == len(text)


@given(st.text(alphabet="abc é.’", max_size=60))
def test_lexicon_hits_are_ordered_and_verbatim(text):
    lexicon = Lexicon({"x": ["ab", "a*", "c é"]}, words_have_spaces=True)
    hits = find(lexicon, text)
    assert [text[hit.start : hit.end] for hit in hits] == [hit.word for hit in hits]
    assert all(left.end <= right.start for left, right in pairwise(hits))
