"""Statements that turn a passage round, and statements that say it in other words."""

from __future__ import annotations

import pytest

from pipeline.conflicts.polarity import turns_round

SAME = [
    ("en", "Land should not be sold.", "“We should not sell land”, she said."),
    ("en", "Children should never be detained.", "It is not right to detain children, whatever happened."),
    ("en", "Every citizen has a right to a home.", "We cannot sleep: every citizen has a right to a home."),
    ("en", "Hate speech must be prohibited.", "Hate speech must not be allowed."),
    ("de", "Der Staat muss die Presse schützen.", "Er darf nicht wegsehen, er muss die Presse schützen."),
    ("de", "Waffenlieferungen sind abzulehnen.", "Wir lehnen Waffenlieferungen dorthin entschieden ab."),
    ("fr", "Il ne faut pas vendre les forêts.", "« Nous ne devons pas vendre les forêts », a dit la maire."),
    ("fr", "La laïcité doit être défendue.", "On ne transige pas : la laïcité doit être défendue."),
    ("zh", "不得损害人民利益。", "任何人都不能损害人民的利益。"),
    ("zh", "必须禁止歧视妇女。", "决不允许歧视妇女。"),
    ("zh", "必须加强环境保护。", "不断改善民生，必须加强环境保护，决不以牺牲环境为代价。"),
    ("zh", "外部势力不应干涉内政。", "反对任何外部势力干涉内政。"),
]  # fmt: skip
TURNED = [
    ("en", "Land should be sold.", "“We should not sell land”, she said."),
    ("en", "The government supports the death penalty.", "We find the death penalty wrong and oppose it."),
    ("en", "Taxes on the rich should be lowered.", "He argued that taxes on the rich should be raised."),
    ("en", "Vaccination should be compulsory.", "Vaccination should be voluntary."),
    ("en", "Taxes must rise.", "It is not true that taxes must rise."),
    ("de", "Der Staat darf die Presse nicht schützen.", "Der Staat muss die Presse schützen."),
    ("de", "Die Steuern müssen gesenkt werden.", "Die Steuern müssen angehoben werden."),
    ("de", "Waffenlieferungen sind zu befürworten.", "Wir lehnen Waffenlieferungen dorthin entschieden ab."),
    ("fr", "Il faut vendre les forêts.", "« Nous ne devons pas vendre les forêts », a dit la maire."),
    ("fr", "La retraite à 64 ans est juste.", "La retraite à 64 ans est injuste."),
    ("zh", "应当允许同性婚姻。", "不应当允许同性婚姻。"),
    ("zh", "中国支持干涉别国内政。", "中方一贯反对干涉别国内政，主张和平解决争端。"),
]
DOUBTFUL = [  # words of its own: rules cannot tell whether they make up for the negation
    ("en", "The government should keep benefits.", "The government must not cut benefits."),
    ("en", "The death penalty should be abolished.", "There must be no death penalty."),
    ("de", "Renten müssen stabil bleiben.", "Die Renten dürfen nicht gekürzt werden."),
    ("fr", "Le gouvernement doit maintenir les aides.", "Le gouvernement ne doit pas baisser les aides."),
]


@pytest.mark.parametrize(("language", "statement", "passage"), SAME)
def test_other_words_for_the_same_turn_nothing_round(language: str, statement: str, passage: str) -> None:
    assert turns_round(statement, passage, language) is False


@pytest.mark.parametrize(("language", "statement", "passage"), TURNED)
def test_negation_or_opposite_word_turns_round(language: str, statement: str, passage: str) -> None:
    assert turns_round(statement, passage, language) is True


@pytest.mark.parametrize(("language", "statement", "passage"), DOUBTFUL)
def test_negation_beside_words_of_its_own_is_in_doubt(language: str, statement: str, passage: str) -> None:
    assert turns_round(statement, passage, language) is None


def test_language_without_word_lists_tells_nothing() -> None:
    assert turns_round("Non si deve vendere.", "Si deve vendere.", "it") is False
