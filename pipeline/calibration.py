"""Calibration: what a judge's confidence is worth, learned from where people agreed with it.

Platt scaling (Platt 1999, with his smoothed targets) from few answers, isotonic regression (Zadrozny and
Elkan 2002) from many; below ``FEWEST`` answers nothing is learned and a confidence stays what it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

FEWEST = 30  # answers before anything is learned
MANY = 300  # answers from which the curve is free to bend
OWN_MAP = 100  # answers of one label from which it gets a map of its own
BINS, BIN_SIZE = 10, 50
FOLDS = 5
_EDGE = 0.01  # nothing is ever certain


@dataclass(frozen=True, slots=True)
class Calibration:
    """A non-decreasing map of confidence to the share of right answers, as points joined by straight lines.

    No points: the map that changes nothing. ``answers`` is how many it was learned from.
    """

    points: tuple[tuple[float, float], ...] = ()
    answers: int = 0
    method: str = "none"

    def __call__(self, confidence: float) -> float:
        """Calibrated confidence in [0, 1]."""
        if not self.points:
            return confidence
        if confidence <= self.points[0][0]:
            return self.points[0][1]
        for (left, low), (right, high) in pairwise(self.points):
            if confidence <= right:
                share = (confidence - left) / (right - left) if right > left else 1.0
                return low + share * (high - low)
        return self.points[-1][1]


def fit_calibration(confidences: Sequence[float], correct: Sequence[float]) -> Calibration:
    """Learn a map from confidences in [0, 1] and whether each judgement was right (1) or not (0).

    Raises ``ValueError`` where the two differ in length.
    """
    if len(confidences) != len(correct):
        raise ValueError(f"{len(confidences)} confidences for {len(correct)} answers")
    n = len(confidences)
    if n < FEWEST:
        return Calibration(answers=n)
    if n < MANY or len(set(confidences)) < 3:
        return Calibration(_platt(confidences, correct), n, "platt")
    return Calibration(_isotonic(confidences, correct), n, "isotonic")


def _platt(confidences: Sequence[float], correct: Sequence[float]) -> tuple[tuple[float, float], ...]:
    """Logistic regression on the log-odds, its slope never negative, as points over the range seen."""
    import numpy as np
    from scipy.optimize import minimize

    odds = np.array([_log_odds(value) for value in confidences])
    right = float(sum(correct))
    wrong = len(correct) - right
    # A slope must be paid for: near the mean rate, until the answers say that confidence tells something.
    targets = np.where(np.asarray(correct) > 0.5, (right + 1) / (right + 2), 1 / (wrong + 2))

    def loss(parameters: Floats) -> float:
        slope, offset = parameters
        logits = slope * odds + offset
        return float(np.sum(np.logaddexp(0, logits) - targets * logits) + 0.5 * slope * slope)

    found = minimize(loss, np.array([0.5, 0.0]), bounds=[(0.0, None), (None, None)])
    slope, offset = found.x
    steps = sorted({*(k / 50 for k in range(51)), *(float(value) for value in confidences)})
    return tuple((step, _clipped(1 / (1 + math.exp(-(slope * _log_odds(step) + offset))))) for step in steps)


def _isotonic(confidences: Sequence[float], correct: Sequence[float]) -> tuple[tuple[float, float], ...]:
    """Isotonic regression over equal-mass groups of answers, so that a single one never makes a step."""
    import numpy as np
    from sklearn.isotonic import isotonic_regression

    c, y = np.asarray(confidences, dtype=float), np.asarray(correct, dtype=float)
    order = np.argsort(c, kind="stable")
    c, y = c[order], y[order]
    groups = _equal_mass(c, max(5, min(30, len(c) // 50)))
    centres = np.array([c[group].mean() for group in groups])
    sizes = np.array([float(len(group)) for group in groups])
    means = np.array([y[group].mean() for group in groups])
    fitted = isotonic_regression(means, sample_weight=sizes)
    return tuple((float(a), _clipped(float(b))) for a, b in zip(centres, fitted, strict=True))


def _equal_mass(values: Floats, count: int) -> list[Integers]:
    """Row numbers of sorted values in about ``count`` groups of like size; equal values stay together."""
    import numpy as np

    marks = values[np.arange(1, count) * len(values) // count]
    edges = np.unique(np.searchsorted(values, marks, side="left"))
    return [rows for rows in np.split(np.arange(len(values)), edges) if len(rows)]


def calibrated_out_of_fold(
    confidences: Sequence[float], correct: Sequence[float], labels: Sequence[str] | None = None
) -> list[float]:
    """Each confidence calibrated by a map learned on the other folds; one map a label where given."""
    import numpy as np

    n = len(confidences)
    c, y = np.asarray(confidences, dtype=float), np.asarray(correct, dtype=float)
    kinds = np.asarray(list(labels) if labels is not None else [""] * n)
    folds = np.random.default_rng(1).permutation(n) % FOLDS
    found = c.copy()
    for kind in np.unique(kinds):
        for fold in range(FOLDS):
            train = (folds != fold) & (kinds == kind)
            if train.sum() < OWN_MAP:  # too few of this label: what all labels say together
                train = folds != fold
            held = (folds == fold) & (kinds == kind)
            learned = fit_calibration(c[train].tolist(), y[train].tolist())
            found[held] = [learned(float(value)) for value in c[held]]
    return [float(value) for value in found]


def expected_calibration_error(confidences: Sequence[float], correct: Sequence[float]) -> float:
    """Mean distance of confidence from the share of right answers over bins of equal mass (Nguyen and
    O'Connor 2015): ten, or fewer so that each has fifty answers, as a small bin shows a distance by chance
    alone. Equal confidences stay in one bin. 0 for no answers."""
    import numpy as np

    c, y = np.asarray(confidences, dtype=float), np.asarray(correct, dtype=float)
    if not len(c):
        return 0.0
    order = np.argsort(c, kind="stable")
    c, y = c[order], y[order]
    bins = max(1, min(BINS, len(c) // BIN_SIZE))
    gaps = [len(rows) * abs(float(c[rows].mean() - y[rows].mean())) for rows in _equal_mass(c, bins)]
    return sum(gaps) / len(c)


def _log_odds(value: float) -> float:
    clipped = min(max(value, _EDGE), 1 - _EDGE)
    return math.log(clipped / (1 - clipped))


def _clipped(value: float) -> float:
    return min(max(value, _EDGE), 1 - _EDGE)
