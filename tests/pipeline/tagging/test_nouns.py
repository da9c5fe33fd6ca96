"""Which words of a corpus behave like nouns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.tagging.nouns import NounLikeness


@pytest.mark.parametrize(
    ("language", "texts", "nouns", "others"),
    [
        (
            "en",
            ["The bridge collapsed.", "They repaired our bridge; everybody cheered."],
            ["bridge", "Bridge"],
            ["collapsed", "repaired", "cheered", "the", "tunnel"],
        ),
        (
            "fr",
            ["Le pont s'effondre.", "Ils réparent notre pont et l'écluse."],
            ["pont", "écluse"],
            ["effondre", "réparent", "le", "tunnel"],
        ),
        (
            "de",
            ["Gestern brach die Brücke.", "Wir reparieren unsere Brücke, sagte der Rat."],
            ["Brücke", "Rat"],
            ["brach", "reparieren", "sagte", "Gestern", "die", "Tunnel"],
        ),
        ("xx", ["pons ruit"], ["pons", "ruit"], ["via"]),
    ],
)
def test_nouns_are_told_by_their_neighbours_or_their_capital(
    language: str, texts: list[str], nouns: list[str], others: list[str]
) -> None:
    is_noun = NounLikeness(texts, language)

    assert [word for word in [*nouns, *others] if is_noun(word)] == nouns


@pytest.mark.parametrize(("as_verb", "expected"), [(0, True), (1, True), (2, False)])
def test_word_is_a_noun_from_half_of_its_uses(as_verb: int, expected: bool) -> None:
    texts = ["The march began.", *["Thousands march."] * as_verb]

    assert NounLikeness(texts, "en")("march") is expected


def test_german_word_that_only_begins_sentences_says_nothing() -> None:
    texts = ["Regen fiel.", "Sturm und Regen.", "„Brücken bauen!“, rief er."]

    is_noun = NounLikeness(texts, "de")

    assert [is_noun(word) for word in ("Regen", "Sturm", "Brücken")] == [True, False, False]


def test_chinese_words_are_nouns_by_their_class_whatever_the_texts_say() -> None:
    is_noun = NounLikeness([], "zh")

    assert [is_noun(word) for word in ("学校", "领取", "磨坊坝")] == [True, False, True]


@given(
    st.lists(st.text(alphabet="the Bridge of. Die ä,", max_size=30), max_size=5),
    st.randoms(use_true_random=False),
)
def test_nouns_do_not_depend_on_the_order_of_texts(texts: list[str], chance) -> None:
    shuffled = list(texts)
    chance.shuffle(shuffled)
    words = {word for text in texts for word in text.split()}

    for language in ("en", "de", "fr"):
        one, other = NounLikeness(texts, language), NounLikeness(shuffled, language)
        assert [one(word) for word in words] == [other(word) for word in words]
