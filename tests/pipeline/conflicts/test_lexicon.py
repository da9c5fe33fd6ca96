"""Cues of opposition per language."""

from __future__ import annotations

import pytest

from pipeline.conflicts.lexicon import LANGUAGES, Lexicon, lexicon
from pipeline.text import profile


def made(**fields: object) -> Lexicon:
    """A lexicon of a few words."""
    return Lexicon(
        **{
            "language": "en",
            "negation": frozenset({"not"}),
            "negation_prefixes": ("refus",),
            "not_negation": (),
            "negation_before": 1,
            "negation_after": 1,
            "stop": frozenset(),
            "no_longer": (),
            "denials": (),
            "universal": frozenset(),
            "partial": frozenset(),
            "poles": {"rise": ((0, 1),), "open": ((1, 1), (2, -1))},
            "pole_prefixes": {"ris": ((3, 1),), "rising": ((4, -1),)},
            **fields,
        }
    )


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("rise", ((0, 1),)),  # the exact word goes before its beginning
        ("risen", ((3, 1),)),
        ("risings", ((4, -1),)),  # the longest beginning
        ("open", ((1, 1), (2, -1))),
        ("opens", ()),
        ("ri", ()),
        ("", ()),
    ],
)
def test_poles_of_takes_the_exact_word_then_the_longest_beginning(
    word: str, expected: tuple[tuple[int, int], ...]
):
    assert made().poles_of(word) == expected


@pytest.mark.parametrize(
    ("word", "expected"), [("not", True), ("refusal", True), ("nothing", False), ("fuse", False)]
)
def test_negates_takes_words_and_beginnings(word: str, expected: bool):
    assert made().negates(word) is expected


def test_negates_without_beginnings_takes_words_only():
    assert [made(negation_prefixes=()).negates(word) for word in ("not", "refusal", "")] == [
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "supporting", "opposed"),
        ("en", "tightened", "eased"),
        ("de", "unterstützen", "bekämpfte"),
        ("fr", "augmenter", "réduire"),
        ("zh", "支持", "反对"),
    ],
)
def test_antonyms_stand_at_two_poles_of_one_entry(language: str, one: str, other: str):
    words = lexicon(language)
    assert words is not None
    assert {(number, -pole) for number, pole in words.poles_of(one)} & set(words.poles_of(other))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_list_of_a_language_has_its_profile(language: str):
    assert profile(language).language == language


@pytest.mark.parametrize("language", LANGUAGES)
def test_longer_phrases_that_are_no_negation_go_first(language: str):
    words = lexicon(language)
    assert words is not None
    lengths = [len(phrase) for phrase in words.not_negation]
    assert lengths == sorted(lengths, reverse=True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_list_holds_a_word_with_its_star(language: str):
    words = lexicon(language)
    assert words is not None
    listed = [*words.negation, *words.negation_prefixes, *words.poles, *words.pole_prefixes]
    assert [word for word in listed if "*" in word] == []


def test_language_without_word_lists_has_no_lexicon():
    assert lexicon("es") is None
