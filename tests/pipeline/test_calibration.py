"""What a confidence is worth."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.calibration import (
    FEWEST,
    MANY,
    Calibration,
    calibrated_out_of_fold,
    expected_calibration_error,
    fit_calibration,
)


def boasting(n: int, *, truth: float = 0.6, seed: int = 1) -> tuple[list[float], list[float]]:
    """A judge that says 0.9 and more and is right in ``truth`` of its answers."""
    rng = random.Random(seed)
    return [rng.uniform(0.9, 1.0) for _ in range(n)], [float(rng.random() < truth) for _ in range(n)]


def test_too_few_answers_change_nothing():
    learned = fit_calibration(*boasting(FEWEST - 1))

    assert (learned.method, learned(0.93)) == ("none", 0.93)


@pytest.mark.parametrize(("n", "method"), [(FEWEST, "platt"), (MANY - 1, "platt"), (MANY, "isotonic")])
def test_method_goes_by_the_number_of_answers(n: int, method: str):
    assert fit_calibration(*boasting(n)).method == method


@pytest.mark.parametrize("n", [60, 250, 2000])
def test_boasting_judge_is_brought_down_to_its_accuracy(n: int):
    confidences, correct = boasting(n)
    learned = fit_calibration(confidences, correct)

    assert learned(0.95) == pytest.approx(sum(correct) / n, abs=0.08)
    assert expected_calibration_error([learned(c) for c in confidences], correct) < 0.08


def test_judge_that_knows_when_it_is_right_keeps_its_order():
    rng = random.Random(2)
    confidences = [rng.random() for _ in range(1500)]
    correct = [float(rng.random() < c**3) for c in confidences]

    learned = fit_calibration(confidences, correct)

    assert learned(0.9) == pytest.approx(0.73, abs=0.1)
    assert learned(0.3) == pytest.approx(0.03, abs=0.06)


def test_labels_get_maps_of_their_own():
    high, right = boasting(400, truth=0.95)
    low, wrong = boasting(400, truth=0.3, seed=3)

    fitted = calibrated_out_of_fold(high + low, right + wrong, ["yes"] * 400 + ["no"] * 400)

    assert sum(fitted[:400]) / 400 == pytest.approx(0.95, abs=0.05)
    assert sum(fitted[400:]) / 400 == pytest.approx(0.3, abs=0.08)


def test_confidences_and_answers_must_match():
    with pytest.raises(ValueError, match="1 confidences for 2 answers"):
        fit_calibration([0.5], [1.0, 0.0])


def test_error_of_no_answers_and_of_a_perfect_judge():
    assert expected_calibration_error([], []) == 0.0
    assert expected_calibration_error([1.0] * 80, [1.0] * 80) == 0.0
    assert expected_calibration_error([0.9] * 100, [1.0] * 50 + [0.0] * 50) == pytest.approx(0.4)


ANSWERS = st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=400)


@given(ANSWERS, st.floats(0, 1), st.floats(0, 1))
def test_map_never_falls_and_stays_a_probability(answers, one: float, other: float):
    learned = fit_calibration([c for c, _ in answers], [float(y) for _, y in answers])
    low, high = sorted((one, other))

    assert 0.0 <= learned(low) <= learned(high) + 1e-9 <= 1.0 + 1e-9


def test_map_without_points_is_the_identity():
    assert Calibration()(0.37) == 0.37


def test_groups_of_equal_mass_are_as_many_as_asked_and_keep_equals_together() -> None:
    import numpy as np

    from pipeline.calibration import _equal_mass

    assert [rows.tolist() for rows in _equal_mass(np.array([0.6, 0.6, 0.9, 0.9]), 1)] == [[0, 1, 2, 3]]
    assert [rows.tolist() for rows in _equal_mass(np.array([0.1, 0.2, 0.3, 0.4]), 2)] == [[0, 1], [2, 3]]
    assert [rows.tolist() for rows in _equal_mass(np.array([0.1, 0.5, 0.5, 0.5]), 2)] == [[0], [1, 2, 3]]
    assert [len(rows) for rows in _equal_mass(np.linspace(0, 1, 1_000), 10)] == [100] * 10
