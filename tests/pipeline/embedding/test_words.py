"""Words as keywords and tags see them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.embedding.words import is_content_word, runs, stem, stop_words, tokens
from pipeline.text.profile import LANGUAGES

ALPHABET = st.characters(exclude_characters="'’") | st.sampled_from("aéßÜ农村教师 .,-3")


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        (
            "en",
            "The mayor's well-kept park, 3.5 acres!",
            ["The", "mayor", "well-kept", "park", ",", "3.5", "acres", "!"],
        ),
        ("en", "The farmers’ market", ["The", "farmers", "'", "market"]),
        ("de", "Der Bürger-Rat tagt.", ["Der", "Bürger-Rat", "tagt", "."]),
        ("de", "Annas Haus, Max' Hof", ["Annas", "Haus", ",", "Max", "'", "Hof"]),
        ("fr", "L’eau d'ici qu'elle boit", ["L'", "eau", "d'", "ici", "qu'", "elle", "boit"]),
        ("fr", "aujourd'hui, jusqu'à Lyon", ["aujourd'hui", ",", "jusqu'", "à", "Lyon"]),
        ("zh", "农村 教师。", ["农村", "教师", "。"]),
        ("xx", "Vila d'Este", ["Vila", "d'Este"]),
        ("en", "", []),
    ],
)
def test_tokens_are_words_numbers_and_marks(language: str, text: str, expected: list[str]) -> None:
    assert tokens(text, language) == expected


@given(st.sampled_from([*LANGUAGES, "xx"]), st.text(ALPHABET, max_size=60))
def test_tokens_lose_no_letter(language: str, text: str) -> None:
    kept = [letter for token in tokens(text, language) for letter in token if letter.isalpha()]

    assert kept == [letter for letter in text if letter.isalpha()]


@given(st.sampled_from([*LANGUAGES, "xx"]), st.text(ALPHABET | st.sampled_from("'’sl"), max_size=60))
def test_tokens_are_never_empty_nor_white_space(language: str, text: str) -> None:
    assert [token for token in tokens(text, language) if not token.strip()] == []


@pytest.mark.parametrize(
    ("language", "token", "expected"),
    [
        ("en", "park", True),
        ("en", "The", False),
        ("en", "x", False),
        ("en", "12", False),
        ("en", "!", False),
        ("fr", "d'", False),
        ("de", "Über", False),
        ("zh", "教师", True),
        ("zh", "领取", False),
        ("zh", "GDP", True),
        ("zh", "G", False),
        ("xx", "the", True),
    ],
)
def test_content_words_can_name_a_subject(language: str, token: str, expected: bool) -> None:
    assert is_content_word(token, language) is expected


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        (
            "en",
            "The old mill burned, and two barns of the farm.",
            [["old", "mill", "burned"], ["barns"], ["farm"]],
        ),
        ("de", "Die Stadt saniert 14 Brücken", [["Stadt", "saniert"], ["Brücken"]]),
        ("fr", "Le pont d'Arles rouvre", [["pont"], ["Arles", "rouvre"]]),
        ("zh", "农村教育，河边水坝", [["农村", "教育"], ["河边", "水坝"]]),
        ("en", "and of the 12", []),
        ("en", "", []),
    ],
)
def test_runs_end_at_stop_words_numbers_and_marks(
    language: str, text: str, expected: list[list[str]]
) -> None:
    assert runs(text, language) == expected


@given(
    st.sampled_from(LANGUAGES),
    st.text(st.characters() | st.sampled_from("the la der 的 农村。"), max_size=60),
)
def test_runs_hold_every_content_word_in_order(language: str, text: str) -> None:
    found = runs(text, language)

    assert [word for run in found for word in run] == [
        token for token in tokens(text, language) if is_content_word(token, language)
    ]
    assert all(found)


@pytest.mark.parametrize(
    ("language", "words", "expected"),
    [
        ("en", ["City", "cities"], "city"),
        ("en", ["class", "classes"], "class"),
        ("en", ["bridge", "Bridges"], "bridge"),
        ("en", ["campus"], "campus"),
        ("en", ["crisis"], "crisis"),
        ("en", ["bus"], "bus"),
        ("fr", ["bateau", "bateaux"], "bateau"),
        ("fr", ["hôpital", "hôpitaux"], "hôpital"),
        ("fr", ["retraité", "retraitée", "retraités", "retraitées"], "retraité"),
        ("en", ["buses"], "bus"),
        ("en", ["wife", "wives"], "wife"),
        ("en", ["news"], "news"),
        ("fr", ["ferme", "fermes"], "ferme"),
        ("fr", ["loi", "lois"], "loi"),
        ("fr", ["fois"], "fois"),
        ("fr", ["travail", "travaux"], "travail"),
        ("de", ["Lehrer", "Lehrern", "Lehrers", "Lehrerin", "Lehrerinnen"], "lehrer"),
        ("de", ["Lehre", "Lehren"], "lehr"),
        ("de", ["Mieter"], "mieter"),
        ("de", ["Brücke", "Brücken"], "bruck"),
        ("de", ["Zug", "Züge", "Zügen"], "zug"),
        ("de", ["Bundesland", "Bundesländer", "Bundesländern"], "bundesland"),
        ("de", ["Ausländer"], "ausländer"),
        ("de", ["Mitglied", "Mitglieder", "Mitgliedern"], "mitglied"),
        ("de", ["Kindergarten", "Kindergärten"], "kindergart"),
        ("de", ["Mutter", "Mütter", "Müttern"], "mutter"),
        ("de", ["Ergebnis", "Ergebnisse", "Ergebnissen"], "ergebnis"),
        ("de", ["Hut"], "hut"),
        ("zh", ["教师"], "教师"),
        ("xx", ["Bridges"], "bridges"),
    ],
)
def test_stem_is_what_forms_of_a_word_share(language: str, words: list[str], expected: str) -> None:
    assert {stem(word, language) for word in words} == {expected}


@given(st.sampled_from([*LANGUAGES, "xx"]), st.text(min_size=1, max_size=20))
def test_stem_ignores_case_and_keeps_three_letters_of_a_longer_word(language: str, word: str) -> None:
    found = stem(word, language)

    assert stem(word.casefold(), language) == found
    assert len(found) >= min(3, len(word.casefold()))


def test_stop_words_are_those_of_the_profile_and_none_without_one() -> None:
    assert [("the" in stop_words("en")), ("的" in stop_words("zh"))] == [True, True]
    assert stop_words("xx") == frozenset()
