"""What a text shows of values and of positions."""

from __future__ import annotations

import pytest

from pipeline.text import profile
from pipeline.text.signals import POSITION_MARKERS, WEAK_VALUES, Signals, signals


@pytest.mark.parametrize(
    ("language", "text", "group", "marker", "word"),
    [
        ("en", "Equality must come first.", "universalism", "normative", "must"),
        ("de", "Gleichheit muss gelten.", "universalism", "normative", "muss"),
        ("fr", "L'égalité doit primer.", "universalism", "normative", "doit"),
        ("zh", "必须实现平等。", "universalism", "normative", "必须"),
    ],
)
def test_signals_name_values_and_markers(language: str, text: str, group: str, marker: str, word: str):
    found = signals(text, profile(language))
    assert len(found.values[group]) == 1
    assert found.markers[marker] == [word]


@pytest.mark.parametrize("language", ["en", "de", "fr", "zh"])
def test_signals_of_plain_news_are_none(language: str):
    plain = {
        "en": "The bus left at nine.",
        "de": "Der Bus fuhr um neun.",
        "fr": "Le bus part.",
        "zh": "汽车来了。",
    }
    found = signals(plain[language], profile(language))
    assert (found.value_weight, found.position_weight, found.names()) == (0.0, 0, "")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, 0.0),
        ({"universalism": ["equality", "justice"]}, 2.0),
        ({"power": ["wealth", "rank"]}, 1.0),
        ({"power": ["order"], "law": ["order"]}, 1.0),
        ({"law": ["order"], "power": ["order"]}, 1.0),
        ({"power": ["order"], "policy": ["order"]}, 0.5),
    ],
)
def test_value_weight_counts_a_word_once_at_its_best(values: dict[str, list[str]], expected: float):
    assert Signals(values, {}).value_weight == expected


def test_position_weight_counts_distinct_words_of_positions_only():
    markers = {
        "normative": ["must", "need to"],
        "support": ["must", "uphold"],
        "negation": ["not"],
        "weak": ["better"],
    }
    assert Signals({}, markers).position_weight == 3


def test_names_are_the_strongest_groups_first_and_cut():
    values = {
        "power": ["wealth", "rank", "status"],
        "law": ["rights"],
        "universalism": ["equality", "justice"],
        "tradition": ["faith"],
    }
    found = Signals(values, {})
    assert found.names() == "universalism: equality, justice; law: rights; tradition: faith"
    assert found.names(1) == "universalism: equality"
    assert Signals({"power": ["wealth"], "law": ["rights"]}, {}).names() == "law: rights; power: wealth"


@pytest.mark.parametrize("language", ["en", "de", "fr", "zh"])
def test_every_language_has_the_groups_that_weigh(language: str):
    facts = profile(language)
    assert set(POSITION_MARKERS) - facts.markers.groups.keys() == set()
    assert WEAK_VALUES - facts.values.groups.keys() == set()
