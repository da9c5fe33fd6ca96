"""Which way a text leans."""

from __future__ import annotations

import pytest

from pipeline.text.profile import LANGUAGES, UnknownLanguageError
from pipeline.text.stance import stance

TEXTS = {
    "en": (
        "This law is a proud step of progress and fair to all.",
        "This law is a dangerous mistake and unjust.",
    ),
    "fr": ("Cette loi est un progrès dont je suis fier.", "Cette loi est une erreur dangereuse et brutale."),
    "de": (
        "Dieses Gesetz ist ein Fortschritt und gerecht.",
        "Dieses Gesetz ist ein gefährlicher Fehler und ungerecht.",
    ),
    "zh": ("这项法律是进步，是公平的，我们欢迎。", "这项法律是错误的，十分危险，不可接受。"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_approval_and_disapproval_are_told_apart(language: str):
    good, bad = (stance(text, language) for text in TEXTS[language])

    assert good.leaning > 0 > bad.leaning
    assert 0.5 < good.confidence < 1.0


def test_negation_turns_a_word():
    assert stance("This is not fair.", "en").leaning < 0


def test_text_without_such_words_leans_nowhere():
    assert (stance("The bus leaves at nine.", "en").leaning, stance("", "en").confidence) == (0.0, 0.5)


def test_language_without_a_profile_is_an_error():
    with pytest.raises(UnknownLanguageError):
        stance("Buongiorno", "it")
