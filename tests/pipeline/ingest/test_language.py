"""Identification of languages and what a claim is worth."""

from __future__ import annotations

import pytest

from pipeline.ingest.language import LanguageError, claimed_code, pipeline_languages, settle_language

SUPPORTED = frozenset({"zh", "en", "fr", "de"})
ENGLISH = (
    "The government must protect the rivers and the forests of this country for everyone who lives here."
)
FRENCH = "Le gouvernement doit protéger les rivières et les forêts du pays pour tous ceux qui y vivent."
GERMAN = "Die Regierung muss die Flüsse und Wälder des Landes für alle schützen, die hier leben."
CHINESE = "政府必须保护全国的河流和森林，让所有人都能享有良好的生活环境。"
SPANISH = "El gobierno debe proteger los ríos y los bosques del país para todos los que viven aquí. " * 3


@pytest.mark.parametrize(
    ("text", "claim", "expected"),
    [
        (ENGLISH, "en", ("en", False)),
        (FRENCH, "fr", ("fr", False)),
        (GERMAN, "", ("de", False)),
        (CHINESE, "zh", ("zh", False)),
        (FRENCH, "en", ("fr", True)),
        (GERMAN, "es", ("de", True)),
        ("Oui.", "en", ("en", False)),
        ("123", "", ("en", False)),
    ],
)
def test_settle_language_compares_text_and_claim(text: str, claim: str, expected: tuple[str, bool]) -> None:
    assert settle_language(text, claim, SUPPORTED, "en") == expected


@pytest.mark.parametrize(("text", "claim"), [(SPANISH, "en"), (SPANISH, ""), ("Si.", "es")])
def test_settle_language_refuses_unsupported_languages(text: str, claim: str) -> None:
    with pytest.raises(LanguageError, match=r"language es is not supported \(supported: de en fr zh\)"):
        settle_language(text, claim, SUPPORTED, "en")


@pytest.mark.parametrize(
    "text",
    [
        "Тест на русском языке, очень короткий.",
        "これは短い文ですがひらがなです。",
        "اختبار قصير جدا بالعربية",
    ],
)
@pytest.mark.parametrize("claim", ["", "en"])
def test_settle_language_refuses_short_texts_in_another_script(text: str, claim: str) -> None:
    with pytest.raises(LanguageError, match="is not supported"):
        settle_language(text, claim, SUPPORTED, "en")


def test_settle_language_takes_a_sixth_language_when_it_is_supported() -> None:
    assert settle_language(SPANISH, "", SUPPORTED | {"es"}, "en") == ("es", False)


@pytest.mark.parametrize(
    ("claim", "code"),
    [
        ("en-GB", "en"),
        ("zh_Hans", "zh"),
        ("German", "de"),
        ("fra", "fr"),
        (" ZH ", "zh"),
        ("", ""),
        ("12", ""),
    ],
)
def test_claimed_code_reads_usual_names(claim: str, code: str) -> None:
    assert claimed_code(claim) == code


def test_pipeline_languages_are_the_profiles() -> None:
    assert pipeline_languages() == SUPPORTED
