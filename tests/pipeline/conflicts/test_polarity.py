"""Statements that turn a passage round, and statements that say it in other words."""

from __future__ import annotations

import pytest

from pipeline.conflicts.polarity import turns_round

SAME = [
    ("en", "Land should not be sold.", "“We should not sell land”, she said."),
    ("en", "Children should never be detained.", "It is not right to detain children, whatever happened."),
    (
        "en",
        "Every citizen has a right to housing.",
        "We cannot accept this: every citizen has a right to housing.",
    ),
    (
        "de",
        "Der Staat muss die Presse schützen.",
        "Der Staat darf nicht wegsehen, er muss die Presse schützen.",
    ),
    (
        "de",
        "Waffenlieferungen sind abzulehnen.",
        "Wir lehnen Waffenlieferungen dorthin entschieden ab.",
    ),
    ("fr", "Il ne faut pas vendre les forêts.", "« Nous ne devons pas vendre les forêts », a dit la maire."),
    (
        "fr",
        "La laïcité doit être défendue.",
        "On ne saurait transiger : la laïcité doit être défendue par tous.",
    ),
    ("zh", "不得损害人民利益。", "任何人都不能损害人民的利益。"),
    ("zh", "必须加强环境保护。", "不断改善民生，必须加强环境保护，决不以牺牲环境为代价。"),
]
TURNED = [
    ("en", "Land should be sold.", "“We should not sell land”, she said."),
    ("en", "The government supports the death penalty.", "We find the death penalty wrong and oppose it."),
    ("en", "Taxes on the rich should be lowered.", "He argued that taxes on the rich should be raised."),
    ("de", "Der Staat darf die Presse nicht schützen.", "Der Staat muss die Presse schützen."),
    ("de", "Waffenlieferungen sind zu befürworten.", "Wir lehnen Waffenlieferungen dorthin entschieden ab."),
    ("fr", "Il faut vendre les forêts.", "« Nous ne devons pas vendre les forêts », a dit la maire."),
    ("fr", "La peine de mort est juste.", "Nous sommes contre la peine de mort, car elle est injuste."),
    ("zh", "可以损害人民利益。", "任何人都不能损害人民的利益。"),
    ("zh", "中国支持干涉别国内政。", "中方一贯反对干涉别国内政，主张和平解决争端。"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "statement", "passage"), SAME)
def test_other_words_for_the_same_turn_nothing_round(language: str, statement: str, passage: str) -> None:
    assert not turns_round(statement, passage, language)


@pytest.mark.parametrize(("language", "statement", "passage"), TURNED)
def test_negation_or_opposite_word_turns_round(language: str, statement: str, passage: str) -> None:
    assert turns_round(statement, passage, language)


def test_language_without_word_lists_tells_nothing() -> None:
    assert not turns_round("Non si deve vendere.", "Si deve vendere.", "it")
