from __future__ import annotations

from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.scoring.ngram import NgramModel

TEXTS = ["The council must protect the park.", "The council must protect the river. It rains."]


def test_probability_by_hand_order_two():
    model = NgramModel(["ab"], order=2)
    # Unigram: a and b once each, two types, base 1/3; P1(b) = (1 + 2/3) / 4.
    unigram = (1 + 2 * (1 / 3)) / 4
    assert model.probability("b", "x") == pytest.approx(unigram)
    assert model.probability("b", "a") == pytest.approx((1 + unigram) / 2)


@given(st.text(alphabet="Thecounilmustp krv.", max_size=8))
def test_probability_sums_to_one_over_the_vocabulary_and_one_unseen(context):
    model = NgramModel(TEXTS, order=4)
    vocabulary = set("".join(TEXTS))
    total = sum(model.probability(character, context) for character in vocabulary)
    assert total + model.probability("ß", context) == pytest.approx(1.0)


@given(st.text(min_size=1, max_size=40), st.text(max_size=10))
def test_log_probability_is_finite_and_negative_for_any_text(text, context):
    value = NgramModel(TEXTS).log_probability(text, context)
    assert value < 0.0
    assert value > log(1e-12)


def test_log_probability_prefers_what_was_read():
    model = NgramModel(TEXTS)
    seen = model.log_probability("The council must protect the park.")
    assert seen > model.log_probability("The council must not protect the park.")


def test_log_probability_of_nothing_is_an_error():
    with pytest.raises(ValueError, match="text is empty"):
        NgramModel(TEXTS).log_probability("")


def test_log_probability_is_per_character():
    model = NgramModel(["aaaa"], order=1)
    assert model.log_probability("a") == pytest.approx(model.log_probability("aaaa"))


def test_generate_is_seeded_and_ends_with_the_sentence():
    model = NgramModel(TEXTS)
    answers = {model.generate("What must the council do?\n", seed) for seed in range(20)}
    assert len(answers) > 1
    assert model.generate("What?", 3) == NgramModel(TEXTS).generate("What?", 3)
    assert all(len(answer) <= 200 and answer.count(".") <= 1 for answer in answers)


def test_generate_from_nothing_read_is_empty():
    assert NgramModel([]).generate("What?", 1) == ""


def test_order_below_one_is_an_error():
    with pytest.raises(ValueError, match="at least 1"):
        NgramModel([], order=0)
