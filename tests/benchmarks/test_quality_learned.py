"""Held-out answers of the learned judge."""

from __future__ import annotations

import random

import numpy as np
import pytest

from benchmarks.quality.learned import held_out
from benchmarks.quality.measures import NothingToMeasureError
from pipeline.learned import learn

WORDS = "bridge market garden window river candle winter letter orange button"


def texts(n: int, *, telling: bool) -> tuple[list[str], list[bool]]:
    """Texts of chance words, every second of the kind looked for; ``telling`` ones say so."""
    rng = random.Random(3)
    truth = [at % 2 == 0 for at in range(n)]
    signs = {True: "freedom justice", False: "timetable platform"}
    found = [
        " ".join([*rng.sample(WORDS.split(), 4), signs[kind] if telling else "", str(at)])
        for at, kind in enumerate(truth)
    ]
    return found, truth


def test_answers_follow_what_the_other_texts_show():
    said, truth = texts(180, telling=True)

    probability, confidence = held_out(said, truth, "en", 3)

    assert (probability >= 0.5).tolist() == truth
    assert float(confidence.min()) > 0.9


def test_a_text_is_not_judged_by_its_own_answer():
    said, truth = texts(180, telling=False)

    probability, _ = held_out(said, truth, "en", 3)

    right = float(((probability >= 0.5) == np.array(truth)).mean())
    assert right == pytest.approx(0.5, abs=0.15)


def test_a_group_is_judged_by_the_others_alone():
    # Each speaker has a word of their own, and it goes with their vote: known by heart, unknown to the rest.
    names = ["Arlo", "Bea", "Cleo", "Dag", "Elin", "Faro", "Gil", "Hedy", "Ivo", "Jana"]
    said = [f"{names[at % 10]} {at}" for at in range(200)]
    truth = [at % 10 < 5 for at in range(200)]
    speakers = [at % 10 for at in range(200)]

    apart, _ = held_out(said, truth, "en", 5, speakers)
    mixed, _ = held_out(said, truth, "en", 3)

    assert ((mixed >= 0.5) == np.array(truth)).all()
    assert float(((apart >= 0.5) == np.array(truth)).mean()) < 0.6


def test_confidence_is_that_of_the_judge():
    said, truth = texts(180, telling=False)
    speakers = [at % 3 for at in range(180)]

    probability, confidence = held_out(said, truth, "en", 3, speakers)

    train = [at for at in range(180) if speakers[at] != 0]
    judge = learn(
        [said[at] for at in train], [str(truth[at]) for at in train], "en",
        groups=[speakers[at] for at in train],
    )  # fmt: skip
    held = [at for at in range(180) if speakers[at] == 0]
    waiting = [said[at] for at in held]
    assert probability[held].tolist() == pytest.approx(judge.probabilities(waiting))
    assert confidence[held].tolist() == pytest.approx([sure for _, sure in judge.judge(waiting)])


@pytest.mark.parametrize(
    ("truth", "groups", "why"),
    [
        ([], None, "0 texts of a label for 3 folds"),
        ([True], None, "0 texts of a label for 3 folds"),
        ([True] * 9, None, "0 texts of a label for 3 folds"),
        ([True] * 9 + [False] * 2, None, "2 texts of a label for 3 folds"),
        ([True, False] * 5, ["a", "b"] * 5, "2 groups for 3 folds"),
        (
            [True, False] * 6, None,
            "8 answers ({'False': 4, 'True': 4}); 100 are needed and 15 of each label",
        ),
        (
            [True, False] * 6, ["a", "a", "b", "b", "c", "c"] * 2,
            "8 answers ({'False': 4, 'True': 4}); 100 are needed and 15 of each label",
        ),
    ],
)  # fmt: skip
def test_too_little_to_learn_from_is_an_error(truth: list[bool], groups: list[str] | None, why: str):
    with pytest.raises(NothingToMeasureError) as raised:
        held_out(["a text"] * len(truth), truth, "en", 3, groups)

    assert str(raised.value) == f"the learned judge has {why}"
