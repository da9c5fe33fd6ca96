"""Same words, same order: same meaning."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.conflicts.sameness import order_agreement, same_meaning

SENTENCE = [
    "the",
    "senate",
    "sued",
    "the",
    "governor",
    "over",
    "the",
    "new",
    "water",
    "law",
    "last",
    "spring",
    "in",
    "court",
]


def test_swapped_parts_are_told_from_a_paraphrase():
    swapped = [
        "the",
        "governor",
        "sued",
        "the",
        "senate",
        "over",
        "the",
        "new",
        "water",
        "law",
        "last",
        "spring",
        "in",
        "court",
    ]

    assert same_meaning(SENTENCE, swapped, 1.0) < same_meaning(SENTENCE, SENTENCE, 1.0)


def test_less_content_in_common_is_less_likely_the_same():
    assert same_meaning(SENTENCE, SENTENCE, 0.3) < 0.3 < same_meaning(SENTENCE, SENTENCE, 1.0)


@pytest.mark.parametrize(
    ("first", "second", "tau"),
    [
        ("a b c d", "a b c d", 1.0),
        ("a b c d", "d c b a", -1.0),
        ("a b", "b a", 0.0),
        ("a a b c d", "b c d", 1.0),
    ],
)
def test_order_agreement_is_kendalls_tau_of_words_that_stand_once(first: str, second: str, tau: float):
    assert order_agreement(first.split(), second.split()) == pytest.approx(tau)


WORDS = st.lists(st.sampled_from("abcdef"), max_size=12)


@given(WORDS, WORDS, st.floats(0, 1))
def test_same_meaning_is_symmetric_and_a_probability(first, second, content: float):
    there, back = same_meaning(first, second, content), same_meaning(second, first, content)

    assert there == pytest.approx(back)
    assert 0.0 <= there <= 1.0
