"""Figures with their intervals: bootstrap over clusters, calibration, trivial baselines."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from pipeline.calibration import calibrated_out_of_fold, expected_calibration_error
from pipeline.intervals import wilson_interval

Array = NDArray[Any]
RESAMPLES = 500
SEED = 1
_WORD = re.compile(r"[\u3400-\u9fff]|[^\W_]+")


class NothingToMeasureError(ValueError):
    """The labelled rows there are do not define the figure; the message says what is missing."""


@dataclass
class Row:
    """One measured figure. ``low`` and ``high`` bound it at 95 %; ``baselines`` are those of judges that
    know nothing; ``is_above`` says whether the best of them lies below the interval."""

    stage: str
    dataset: str
    language: str
    metric: str
    n: int
    value: float
    low: float
    high: float
    baselines: dict[str, float] = field(default_factory=dict)
    ece_raw: float | None = None
    ece: float | None = None
    brier: float | None = None
    seconds: float = 0.0
    note: str = ""

    @property
    def is_above(self) -> bool | None:
        """``None`` where there is nothing to compare with."""
        return bool(self.low > max(self.baselines.values())) if self.baselines else None

    def as_dict(self) -> dict[str, Any]:
        """Plain values as JSON has them, rounded for print."""
        values = asdict(self) | {"is_above_baselines": self.is_above}
        return {name: _rounded(value) for name, value in values.items()}


# A name and what measures it. One that fails hides none of the others.
Part = tuple[str, Callable[[], Iterable[Row]]]


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(inner) for name, inner in value.items()}
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return round(value, 4) if np.isfinite(value) else None
    return value


def interval(
    figure: Callable[[Array], float],
    n: int,
    clusters: Sequence[object] | None = None,
    *,
    is_biased: bool = False,
) -> tuple[float, float, float]:
    """``figure`` of all rows and its 95 % percentile bootstrap interval. ``figure`` takes row numbers;
    rows of one cluster are drawn together. ``is_biased``: repeated rows raise the figure itself (as they do
    for agreement of clusterings); then halves are drawn without repetition, whose spread is the same. The
    interval always holds the figure. Raises :class:`NothingToMeasureError` where all rows give none."""
    if not n:
        raise NothingToMeasureError("no labelled row")
    rng = np.random.default_rng(SEED)
    rows = np.arange(n)
    value = float(figure(rows))
    if not np.isfinite(value):
        raise NothingToMeasureError(f"not defined on these {n} rows")
    if is_biased:
        drawn = [rng.permutation(n)[: n // 2] for _ in range(RESAMPLES)]
    elif clusters is None:
        drawn = [rng.integers(0, n, n) for _ in range(RESAMPLES)]
    else:
        groups: dict[object, list[int]] = {}
        for row, cluster in enumerate(clusters):
            groups.setdefault(cluster, []).append(row)
        members = [np.array(group) for group in groups.values()]
        drawn = [
            np.concatenate([members[at] for at in rng.integers(0, len(members), len(members))])
            for _ in range(RESAMPLES)
        ]
    found = [score for sample in drawn if np.isfinite(score := figure(sample))]
    if not found:
        return value, value, value
    low, high = np.percentile(found, [2.5, 97.5])
    if is_biased:
        middle = np.median(found)
        low, high = value + low - middle, min(1.0, value + high - middle)
    return value, min(value, float(low)), max(value, float(high))


def ranking_row(
    stage: str,
    dataset: str,
    language: str,
    truth: Sequence[bool],
    scores: Sequence[float],
    *,
    overlap: Sequence[float] | None = None,
    clusters: Sequence[object] | None = None,
    confidences: Sequence[float] | None = None,
    correct: Sequence[bool] | None = None,
    labels: Sequence[str] | None = None,
    seconds: float,
    note: str = "",
) -> Row:
    """Average precision of ``scores`` for ``truth``, against prevalence and word overlap (the better way
    round); with the calibration of ``confidences`` that a judgement is ``correct``. Raises
    :class:`NothingToMeasureError` where no row is to be found."""
    if not any(truth):
        raise NothingToMeasureError(f"none of {len(truth)} rows is one to be found")
    y, s = np.asarray(truth, dtype=bool), np.asarray(scores, dtype=float)
    value, low, high = interval(lambda at: _precision(y[at], s[at]), len(y), clusters)
    baselines = {"majority": float(y.mean()), "random": float(y.mean())}
    if overlap is not None:
        shared = np.asarray(overlap, dtype=float)
        baselines["word overlap"] = max(_precision(y, shared), _precision(y, -shared))
    row = Row(stage, dataset, language, "average precision", len(y), value, low, high, baselines)
    row.seconds, row.note = seconds, note
    if confidences is not None and correct is not None:
        calibration(row, confidences, correct, labels)
    return row


def _precision(truth: Array, scores: Array) -> float:
    return float(average_precision_score(truth, scores)) if truth.sum() > 0 else float("nan")


def share_row(
    stage: str,
    dataset: str,
    language: str,
    metric: str,
    hits: Sequence[float],
    *,
    baselines: dict[str, float],
    clusters: Sequence[object] | None = None,
    seconds: float,
    note: str = "",
) -> Row:
    """Mean of ``hits`` (each in [0, 1]) with its interval; Wilson's where all are 0 or all 1, as drawing them
    again would show no spread. Raises :class:`NothingToMeasureError` for none."""
    h = np.asarray(hits, dtype=float)
    value, low, high = interval(lambda at: float(h[at].mean()), len(h), clusters)
    if value in (0.0, 1.0):
        low, high = wilson_interval(value, len(h) if clusters is None else len(set(clusters)))
    return Row(
        stage, dataset, language, metric, len(h), value, low, high, baselines, seconds=seconds, note=note
    )


def calibration(
    row: Row,
    confidences: Sequence[float],
    correct: Sequence[bool],
    labels: Sequence[str] | None = None,
) -> None:
    """Calibration error as the engine says it, and out of fold after the platform's own calibration."""
    c, y = np.asarray(confidences, dtype=float), np.asarray(correct, dtype=float)
    fitted = np.asarray(calibrated_out_of_fold(c, y, labels))
    row.ece_raw = expected_calibration_error(c, y)
    row.ece = expected_calibration_error(fitted, y)
    row.brier = float(np.mean((fitted - y) ** 2))


def word_overlap(first: str, second: str) -> float:
    """Jaccard index of the words (Chinese: characters) of two texts."""
    one, other = (
        set(_WORD.findall(unicodedata.normalize("NFKC", text).casefold())) for text in (first, second)
    )
    return len(one & other) / len(one | other) if one | other else 0.0


def f1(found: float, right_found: float, wanted: float, right_wanted: float) -> float:
    """Harmonic mean of ``right_found / found`` and ``right_wanted / wanted``; 0 where either is."""
    precision = right_found / found if found else 0.0
    recall = right_wanted / wanted if wanted else 0.0
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
