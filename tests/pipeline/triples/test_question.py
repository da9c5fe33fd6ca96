"""Questions on the topic of a statement."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.triples.lexicon import LANGUAGES, required
from pipeline.triples.question import find_topic, make_question


def patterns_of(question: str, language: str, topic: str) -> list[str]:
    """The patterns of a language that give this question on this topic."""
    return [
        pattern
        for pattern in required(language).ordered["questions"]
        if pattern.replace("{topic}", topic) == question
    ]


@pytest.mark.parametrize(
    ("language", "statement", "topic"),
    [
        ("en", "Councils must restore the old town library.", "old town library"),
        ("en", "Today, parliament should fund village schools.", "fund village schools"),
        ("de", "Der Rat muss die Bibliothek der Altstadt erhalten.", "Bibliothek der Altstadt"),
        (
            "fr",
            "La commune doit rouvrir la bibliothèque du vieux quartier.",
            "rouvrir la bibliothèque du vieux quartier",
        ),
        ("zh", "我们必须保护乡村图书馆的未来。", "乡村图书馆的未来"),
        ("zh", "乡村图书馆开放。", "开放"),
        ("es", "El consejo debe abrir la biblioteca.", ""),
    ],
)
def test_find_topic_is_the_weightiest_run_of_content_words(language: str, statement: str, topic: str):
    assert find_topic(statement, language) == topic


def test_find_topic_has_eight_words_at_most():
    statement = " ".join(f"Word{letter}" for letter in "abcdefghijklmno")
    assert len(find_topic(statement, "en").split()) == 8


@pytest.mark.parametrize("language", LANGUAGES)
def test_make_question_falls_back_where_there_is_no_topic(language: str):
    assert (
        len(patterns_of(make_question("…", language), language, required(language).texts["topic_fallback"]))
        == 1
    )


@given(st.sampled_from(LANGUAGES), st.text(max_size=50))
def test_make_question_fills_one_of_the_patterns_and_repeats_itself(language: str, statement: str):
    question = make_question(statement, language)
    topic = find_topic(statement, language) or required(language).texts["topic_fallback"]
    assert len(patterns_of(question, language, topic)) == 1
    assert make_question(statement, language) == question


@pytest.mark.parametrize("language", LANGUAGES)
def test_make_question_varies_its_wording_with_the_statement(language: str):
    patterns = {
        pattern
        for number in range(40)
        for pattern in patterns_of(
            make_question(f"{number}…", language), language, required(language).texts["topic_fallback"]
        )
    }
    assert patterns == set(required(language).ordered["questions"])


@given(st.text(max_size=50), st.sampled_from(["en", "de", "fr"]))
def test_find_topic_is_a_slice_of_the_statement(statement: str, language: str):
    assert find_topic(statement, language) in statement


def test_make_question_in_a_language_without_lists_is_an_error():
    with pytest.raises(ValueError, match="no lexicon for language 'es'"):
        make_question("Sí.", "es")
