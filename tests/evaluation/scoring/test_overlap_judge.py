from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.scoring.answer_judgement import Verdict
from evaluation.scoring.overlap_judge import judge

PAIRS = {
    "en": ("The council must protect the park.", "The council must not protect the park."),
    "fr": ("Le conseil doit protéger le parc.", "Le conseil ne doit pas protéger le parc."),
    "de": ("Der Rat muss den Park schützen.", "Der Rat muss den Park nicht schützen."),
    "zh": ("政府必须保护环境。", "政府不必保护环境。"),
}


@pytest.mark.parametrize("language", sorted(PAIRS))
def test_judge_tells_a_position_from_its_negation(language):
    statement, reversed_statement = PAIRS[language]
    assert judge(statement, statement, reversed_statement) is Verdict.FIRST
    assert judge(reversed_statement, statement, reversed_statement) is Verdict.SECOND


@pytest.mark.parametrize("answer", ["", "Bananas are yellow.", "香蕉是黄色的。", "No."])
def test_judge_finds_unrelated_answers_no_nearer(answer):
    assert judge(answer, *PAIRS["en"]) is Verdict.TIE


def test_judge_knows_short_negations():
    assert judge("They shouldn't protect the park", *PAIRS["en"]) is Verdict.SECOND
    assert judge("They shouldn’t protect the park", *PAIRS["en"]) is Verdict.SECOND


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_judge_has_no_position_bias(answer, one, other):
    swapped = {Verdict.FIRST: Verdict.SECOND, Verdict.SECOND: Verdict.FIRST, Verdict.TIE: Verdict.TIE}
    assert judge(answer, other, one) is swapped[judge(answer, one, other)]
