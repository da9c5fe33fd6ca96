import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.text import LANGUAGES, UnknownLanguageError, sentences


def split(text: str, language: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text, language)]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", 'He said "We go." "No!" she said.', ['He said "We go."', '"No!" she said.']),
        ("en", "It was in 2020. Dr. J. Reed agreed.", ["It was in 2020.", "Dr. J. Reed agreed."]),
        (
            "de",
            "Am 20. September kam er. „Gut.“ Dann ging er.",
            ["Am 20. September kam er.", "„Gut.“", "Dann ging er."],
        ),
        ("fr", "M. Roux est là. « Oui. » Il part.", ["M. Roux est là.", "« Oui. »", "Il part."]),
        ("zh", "他说：“要和平。”“对！”增长3.5%。", ["他说：“要和平。”", "“对！”", "增长3.5%。"]),
        ("zh", "他說：「要和平。」我們走。", ["他說：「要和平。」", "我們走。"]),
    ],
)
def test_sentences_respect_quotes_and_abbreviations(language, text, expected):
    assert split(text, language) == expected


def test_sentences_take_line_ends_as_borders_but_join_wrapped_lines():
    text = "A heading\n\nThe first line goes\non here. The end.\n- an item"
    assert split(text, "en") == ["A heading", "The first line goes\non here.", "The end.", "- an item"]


def test_sentences_of_unknown_language_are_an_error():
    with pytest.raises(UnknownLanguageError):
        sentences("Salve.", "la")


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "text", ["x" * 500_000, "。" * 100_000, "a. " * 50_000, "\n" * 500_000, "“" * 50_000]
)
def test_sentences_survive_hostile_text(text):
    spans = sentences(text, "en")
    assert sum(end - start for start, end in spans) >= len("".join(text.split()))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(LANGUAGES), st.text(alphabet='aB. !?\n"“”«»„。！”「」3,中国', max_size=80))
def test_sentences_are_ordered_and_lose_nothing(language, text):
    spans = sentences(text, language)
    last = 0
    for start, end in spans:
        assert last <= start < end
        assert text[last:start].strip() == ""
        last = end
    assert text[last:].strip() == ""
