"""A judge learned from answers."""

from __future__ import annotations

import pytest

from pipeline.learned import FEWEST, TooFewAnswersError, learn, milestone

VALUES = [
    "freedom of speech",
    "equal rights",
    "the rule of law",
    "human dignity",
    "public safety",
    "solidarity",
]
THINGS = [
    "the bus to the harbour",
    "the price of leeks",
    "a new car park",
    "the football cup",
    "rain on Monday",
]


def answers(n: int = 120) -> tuple[list[str], list[str]]:
    texts, labels = [], []
    for number in range(n):
        if number % 2:
            texts.append(f"The state must protect {VALUES[number % 6]} in town {number}.")
            labels.append("sensitive")
        else:
            texts.append(f"The paper wrote about {THINGS[number % 5]} in town {number}.")
            labels.append("not_sensitive")
    return texts, labels


def test_learned_judge_tells_what_it_was_taught():
    judge = learn(*answers(), "en")

    [(first, sure), (second, _)] = judge.judge(
        ["The state must protect equal rights in the north.", "The paper wrote about the football cup."]
    )

    assert (first, second) == ("sensitive", "not_sensitive")
    assert 0.5 < sure <= 1.0
    assert judge.accuracy > 0.9
    assert judge.answers == 120


def test_same_answers_make_the_same_judge_and_another_answer_another():
    texts, labels = answers()
    first, again = learn(texts, labels, "en"), learn(texts, labels, "en")
    other = learn([*texts, "A law for all."], [*labels, "sensitive"], "en")

    assert first.version == again.version != other.version
    assert first.probabilities(texts) == again.probabilities(texts)


@pytest.mark.parametrize("labels", [["a"] * FEWEST, ["a"] * (FEWEST - 3) + ["b"] * 3, ["a", "b"]])
def test_too_few_answers_of_either_label_are_refused(labels):
    with pytest.raises(TooFewAnswersError, match="are needed"):
        learn([f"text {number}" for number in range(len(labels))], labels, "en")


def test_more_than_two_labels_are_refused():
    with pytest.raises(ValueError, match="two labels"):
        learn(["x"] * 3, ["a", "b", "c"], "en")


def test_answers_of_one_group_are_not_learned_and_tested_on():
    names = [f"{first}{second}" for first in "bdfgklmn" for second in ("ax", "ep", "iv", "om", "ur")]
    texts = [f"The session of {names[number % 40]} on harbour and law." for number in range(160)]
    labels = [("a", "b")[number % 40 % 2] for number in range(160)]

    honest = learn(texts, labels, "en", groups=[number % 40 for number in range(160)])
    leaking = learn(texts, labels, "en")

    assert honest.accuracy < leaking.accuracy


@pytest.mark.parametrize(
    ("n", "used"), [(0, 0), (99, 0), (100, 100), (149, 100), (150, 150), (225, 225), (300, 225)]
)
def test_judge_is_learned_anew_at_milestones_only(n: int, used: int):
    assert milestone(n) == used


def test_language_without_a_profile_is_learned_too():
    texts, labels = answers()

    assert learn(texts, labels, "it").judge(["The state must protect solidarity."])[0][0] == "sensitive"


def test_answers_of_one_group_are_too_few_to_learn_from() -> None:
    texts = [f"Text {n} about {'parks' if n % 2 else 'taxes'}." for n in range(120)]

    with pytest.raises(TooFewAnswersError, match="one group"):
        learn(texts, ["a", "b"] * 60, "en", groups=["one document"] * 120)
