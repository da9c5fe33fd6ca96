"""Features of a text for TF-IDF."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.embedding.analyzer import GRAM, PREFIX_LENGTH, hybrid_analyzer
from pipeline.text.profile import LANGUAGES


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "The Council met.", ["council", "counc*", "met"]),
        ("en", "a b 12 x_y", []),
        ("de", "Über die Brücke", ["brücke", "brück*"]),
        ("fr", "L'eau de la ferme", ["eau", "ferme"]),
        ("zh", "水坝2号", ["水", "坝", "水坝", "号"]),
        ("zh", "GDP增长", ["gdp", "增", "长", "增长"]),
        ("xx", "The Council met.", ["the", "council", "counc*", "met"]),
        ("xx", "ひかり", ["ひ", "か", "り", "ひか", "かり"]),
        ("en", "", []),
    ],
)
def test_features_are_words_with_beginnings_and_single_and_paired_characters(
    language: str, text: str, expected: list[str]
) -> None:
    assert hybrid_analyzer(language)(text) == expected


def test_grams_are_cut_from_longer_words_with_their_borders() -> None:
    features = hybrid_analyzer("de", grams=True)("Wasser rot")

    assert features == ["wasser", "wasse*", "rot", "~<was", "~wass", "~asse", "~sser", "~ser>"]


def test_grams_let_compounds_share_features() -> None:
    plain, grams = hybrid_analyzer("de"), hybrid_analyzer("de", grams=True)

    assert set(plain("Hochwasserschutz")) & set(plain("Wasserwerk")) == set()
    assert set(grams("Hochwasserschutz")) & set(grams("Wasserwerk")) == {"~wass", "~asse", "~sser"}


@given(st.sampled_from([*LANGUAGES, "xx"]), st.text(max_size=40), st.booleans())
def test_features_ignore_case_and_begin_with_those_without_grams(
    language: str, text: str, grams: bool
) -> None:
    analyze = hybrid_analyzer(language, grams=grams)

    assert analyze(text) == analyze(text.casefold())
    plain = hybrid_analyzer(language)(text)
    assert analyze(text)[: len(plain)] == plain


@given(st.sampled_from(LANGUAGES), st.text(max_size=40))
def test_features_have_the_length_of_their_kind(language: str, text: str) -> None:
    features = hybrid_analyzer(language, grams=True)(text)

    assert {len(feature) for feature in features if feature[-1] == "*"} <= {PREFIX_LENGTH + 1}
    assert {len(feature) for feature in features if feature[0] == "~"} <= {GRAM + 1}
