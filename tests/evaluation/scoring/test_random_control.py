from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.scoring.random_control import RandomBytes

MODEL = RandomBytes(7)
OPTIONS = (b" The council must protect the park.", b" The council must not protect the park.")


def value(question: bytes, option: bytes, model: RandomBytes = MODEL) -> float:
    return math.fsum(model.logprobs(question, option))


@given(st.binary(max_size=40))
def test_the_probabilities_of_the_next_byte_sum_to_one(context):
    total = math.fsum(math.exp(MODEL.logprobs(context, bytes([byte]))[0]) for byte in range(256))
    assert total == pytest.approx(1.0)


@given(st.binary(max_size=40), st.binary(max_size=40), st.binary(max_size=40))
def test_it_does_not_matter_where_the_context_ends(context, first, second):
    whole = MODEL.logprobs(context, first + second)
    assert whole == MODEL.logprobs(context, first) + MODEL.logprobs(context + first, second)


def test_the_same_seed_is_the_same_model_and_another_is_not():
    assert RandomBytes(7).logprobs(b"a", b"bcd") == MODEL.logprobs(b"a", b"bcd")
    assert RandomBytes(8).logprobs(b"a", b"bcd") != MODEL.logprobs(b"a", b"bcd")
    # Of this seed, on any machine.
    assert MODEL.logprobs(b"a", b"bcd") == pytest.approx((-6.46602012, -5.77614653, -5.80536839))


@pytest.mark.parametrize(
    "compared",
    [
        lambda question, option: value(question, option),
        lambda question, option: value(question, option) / len(option),
        lambda question, option: value(question, option) - value(b"", option),
    ],
    ids=["sum", "token", "pmi"],
)
def test_every_variant_depends_on_the_question(compared):
    leads = {
        compared(question, OPTIONS[0]) - compared(question, OPTIONS[1])
        for question in (f"What should the council do about park {number}?".encode() for number in range(50))
    }
    assert len({round(lead, 6) for lead in leads}) == 50


def test_texts_of_one_length_win_as_often_by_every_question():
    wins = [
        value(question, b" Keep it.") > value(question, b" Drop it.")
        for question in (f"What about park {number}?".encode() for number in range(400))
    ]
    assert 0.4 < sum(wins) / len(wins) < 0.6
