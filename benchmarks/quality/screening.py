"""Value sensitivity of passages, and whether the values a rationale names are the labelled ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from time import perf_counter

import numpy as np
from sklearn.metrics import average_precision_score

from benchmarks.quality.data import Data, Record, by_language, document, is_language, is_text
from benchmarks.quality.learned import held_out
from benchmarks.quality.measures import (
    NothingToMeasureError,
    Part,
    Row,
    calibration,
    interval,
    ranking_row,
    share_row,
)
from pipeline.flow import Engines
from pipeline.records import Sensitivity, StatementRecord
from pipeline.text.profile import profile
from pipeline.text.signals import signals

STAGE = "screening"
_FILE = "gold/value_labels_csv.zh.jsonl"
# The groups of the lexicon that cover each of the twelve core values of the labelled set.
_GROUPS = {
    "Patriotism": ("tradition",),
    "Dedication": ("achievement", "conformity"),
    "Integrity": ("morality", "conformity"),
    "Friendliness": ("benevolence",),
    "Prosperity": ("achievement", "hedonism"),
    "Democracy": ("self_direction", "policy"),
    "Civility": ("morality", "tradition"),
    "Harmony": ("universalism", "security"),
    "Freedom": ("self_direction",),
    "Equality": ("universalism",),
    "Justice": ("universalism", "law"),
    "Rule of Law": ("law",),
}


def measure(data: Data, engines: Engines, language: str | None) -> Iterator[Part]:
    """Is any value scored; and, value by value, is it named."""
    labelled = data.rows(_FILE, language=is_language, text=is_text, values=_are_scores)
    for code, rows in by_language(labelled, language):
        yield f"any {code}", partial(_any_value, engines, code, rows)
        yield f"named {code}", partial(_named_values, code, rows)
        yield f"learned {code}", partial(_learned, code, rows)


def _are_scores(values: object) -> bool:
    return (
        isinstance(values, dict)
        and bool(values)
        and all(isinstance(score, int | float) for score in values.values())
    )


def _any_value(engines: Engines, language: str, rows: Sequence[Record]) -> Iterator[Row]:
    items = [
        StatementRecord(key, row["text"], language, (0, len(row["text"])), document(key, row))
        for key, row in enumerate(rows)
    ]
    truth = [any(score > 0 for score in row["values"].values()) for row in rows]
    start = perf_counter()
    answers = {
        result.key: result.outputs[0] for result in engines.statement_screening.run(items) if result.outputs
    }
    seconds = perf_counter() - start
    said = [key in answers and answers[key].label == Sensitivity.SENSITIVE for key in range(len(rows))]
    sure = [answers[key].confidence if key in answers else 0.5 for key in range(len(rows))]
    right = [one == other for one, other in zip(said, truth, strict=True)]
    yield ranking_row(
        STAGE, "value_labels any", language, truth,
        [one if yes else 1 - one for one, yes in zip(sure, said, strict=True)],
        confidences=sure, correct=right, labels=[str(one) for one in said], seconds=seconds,
        note="every passage has a value: nothing to tell apart" if all(truth) else "is any value scored",
    )  # fmt: skip
    hits = [one for one, yes in zip(said, truth, strict=True) if yes]
    row = share_row(
        STAGE, "value_labels any", language, "recall", hits, baselines={"random": 0.5}, seconds=seconds,
        note="passages with a value that are called sensitive; calling all so would find all",
    )  # fmt: skip
    calibration(row, sure, right, [str(one) for one in said])
    yield row


def _named_values(language: str, rows: Sequence[Record]) -> Iterator[Row]:
    """Mean average precision over values, ranked by how many of its groups' words a passage holds."""
    facts = profile(language)
    start = perf_counter()
    found = [signals(row["text"], facts).values for row in rows]
    seconds = perf_counter() - start
    names = sorted({name for row in rows for name in row["values"]} & _GROUPS.keys())
    truth = np.array([[row["values"].get(name, 0) > 0 for name in names] for row in rows])
    if not truth.any():
        raise NothingToMeasureError(f"none of {len(rows)} passages has one of the twelve values")
    scores = np.array(
        [[sum(len(words.get(group, ())) for group in _GROUPS[name]) for name in names] for words in found]
    )
    lengths = np.array([len(row["text"]) for row in rows])

    def mean_precision(at: np.ndarray) -> float:
        found = [
            average_precision_score(truth[at, column], scores[at, column])
            for column in range(len(names)) if truth[at, column].any()
        ]  # fmt: skip
        return float(np.mean(found)) if found else float("nan")

    value, low, high = interval(mean_precision, len(rows))
    yield Row(
        STAGE, "value_labels named", language, "mean average precision", len(rows), value, low, high,
        {
            "random": float(truth.mean(axis=0).mean()),
            "length": float(np.mean([
                max(average_precision_score(column, lengths), average_precision_score(column, -lengths))
                for column in truth.T if column.any()
            ])),
        },
        seconds=seconds, note=f"{len(names)} values; by rules",
    )  # fmt: skip


def _learned(language: str, rows: Sequence[Record]) -> Iterator[Row]:
    """The learned judge on the value that divides the passages most evenly, held-out answers only."""
    names = sorted({name for row in rows for name in row["values"]})
    shares = {name: float(np.mean([row["values"].get(name, 0) > 0 for row in rows])) for name in names}
    name = min(names, key=lambda one: abs(shares[one] - 0.5))
    truth = np.array([row["values"].get(name, 0) > 0 for row in rows])
    texts = [row["text"] for row in rows]
    start = perf_counter()
    probability, confidence = held_out(texts, truth.tolist(), language, 3)
    seconds = perf_counter() - start
    said = probability >= 0.5
    yield ranking_row(
        STAGE, "value_labels learned", language, truth.tolist(), probability.tolist(),
        confidences=confidence.tolist(), correct=(said == truth).tolist(),
        labels=[str(one) for one in said], seconds=seconds, note=f"{name}; learned judge, held-out answers",
    )  # fmt: skip
