"""The validity gate: every check passes a fair triple and fails its own fault."""

from __future__ import annotations

import pytest

from pipeline.triples.checks import check_triple, names

FAIR = {
    "en": (
        "France should leave NATO by 2030.",
        "Where does one stand on NATO?",
        "France should not leave NATO by 2030.",
    ),
    "fr": (
        "La France doit quitter l'OTAN.",
        "Que penser de l'OTAN ?",
        "La France ne doit pas quitter l'OTAN.",
    ),
    "de": (
        "Der Staat soll Familien fördern.",
        "Wie steht man zu Familien?",
        "Der Staat soll Familien nicht fördern.",
    ),
    "zh": ("政府必须保护公民的自由。", "如何看待公民的自由\uff1f", "政府不必保护公民的自由。"),
}
S, Q, RS = FAIR["en"]


def failures(statement: str, question: str, reversed_statement: str, language: str = "en") -> list[str]:
    checks = check_triple(statement, question, reversed_statement, language)
    return [name for name, holds in checks.items() if not holds]


@pytest.mark.parametrize("language", sorted(FAIR))
def test_check_triple_passes_a_fair_triple(language: str):
    assert failures(*FAIR[language], language) == []


@pytest.mark.parametrize(
    ("question", "reversed_statement", "expected"),
    [
        (Q, S, ["differs", "negation_or_antonym_changed"]),
        (Q, "France should not leave NATO by 2031.", ["names_and_numbers_kept"]),
        (Q, "Spain should not leave Europe by 2030.", ["names_and_numbers_kept"]),
        (Q, RS + " " + "That is what we all have thought for a long time." * 2, ["length_ratio"]),
        (Q, "France should not never leave NATO by 2030.", ["no_double_negation"]),
        ("The NATO question.", RS, ["question_is_question"]),
        ("Who says: France should leave NATO by 2030?", RS, ["question_does_not_contain_statement"]),
        ("Should one stay in NATO?", RS, ["question_not_yes_no"]),
        (Q, "France should quit NATO by 2030.", ["negation_or_antonym_changed"]),
        (Q, "La France ne doit pas quitter NATO en 2030.", ["same_language"]),
    ],
)
def test_check_triple_names_the_fault(question: str, reversed_statement: str, expected: list[str]):
    assert failures(S, question, reversed_statement) == expected


def test_check_triple_sees_emptiness():
    assert "not_empty" in failures(S, "", RS)
    assert "not_empty" in failures(S, Q, " ")


def test_check_triple_refuses_chinese_yes_no_and_traditional_characters():
    statement, question, denial = FAIR["zh"]
    assert failures(statement, "政府是否保护自由\uff1f", denial, "zh") == ["question_not_yes_no"]
    assert failures(statement, question, "政府不必保護公民的自由。", "zh") == ["same_language"]


def test_check_triple_does_not_vouch_for_a_language_without_lists():
    assert failures("Sí a la paz.", "¿Qué pensar?", "No a la paz.", "es") == [
        "same_language",
        "negation_or_antonym_changed",
    ]


def test_check_triple_allows_a_negation_in_another_clause():
    statement = "Those who do not pay taxes should be fined."
    assert failures(statement, "What about taxes?", "Those who do not pay taxes should not be fined.") == []


def test_names_are_capitals_inside_a_sentence():
    assert names("Yesterday Angela Merkel met the EU.", "en") == frozenset({"angela", "merkel", "eu"})
    assert names("Der Staat schützt Familien in Bad Tölz.", "de") == frozenset({"bad", "tölz"})
