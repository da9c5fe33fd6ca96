"""Stance of speeches in a debate, measured by the vote of their speaker on the whole bill."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from time import perf_counter

import numpy as np
from sklearn.model_selection import GroupKFold

from benchmarks.quality.data import Data, Record, by_language
from benchmarks.quality.learned import held_out
from benchmarks.quality.measures import Row, ranking_row
from pipeline.flow import Engines
from pipeline.text.stance import stance

STAGE = "stance"
_FILE = "raw/fr_assemblee_mariage.fr.jsonl"


def measure(data: Data, engines: Engines, language: str | None) -> Iterator[Row]:
    """Speeches one by one, and speakers by all they said; a vote is a weak label of a single speech."""
    voted = [row for row in data.rows(_FILE) if row.get("vote") in ("pour", "contre") and row.get("text")]
    for code, rows in by_language(voted, language):
        start = perf_counter()
        found = [stance(row["text"], code) for row in rows]
        seconds = perf_counter() - start
        truth = [row["vote"] == "pour" for row in rows]
        yield ranking_row(
            STAGE, "debate speeches", code, truth, [one.leaning for one in found],
            clusters=[row["speaker"] for row in rows],
            confidences=[one.confidence for one in found],
            correct=[(one.leaning >= 0) == yes for one, yes in zip(found, truth, strict=True)],
            labels=[str(one.leaning >= 0) for one in found],
            seconds=seconds, note="for the bill; by rules",
        )  # fmt: skip
        yield _speakers("debate speakers", rows, [one.leaning for one in found], code, seconds)
        yield from _learned(rows, truth, code)


def _learned(rows: Sequence[Record], truth: Sequence[bool], language: str) -> Iterator[Row]:
    """The learned judge, each speaker judged by what it learned from the others."""
    start = perf_counter()
    speakers = [row["speaker"] for row in rows]
    texts = [row["text"] for row in rows]
    splits = GroupKFold(5).split(texts, truth, speakers)
    judged = held_out(texts, truth, language, splits, speakers)
    if judged is None:
        return
    probability, confidence = judged
    seconds = perf_counter() - start
    said = probability >= 0.5
    yield ranking_row(
        STAGE, "debate speeches, learned", language, truth, probability.tolist(), clusters=speakers,
        confidences=confidence.tolist(), correct=(said == np.array(truth)).tolist(),
        labels=[str(one) for one in said], seconds=seconds,
        note="for the bill; learned judge, speakers held out",
    )  # fmt: skip
    yield _speakers("debate speakers, learned", rows, (2 * probability - 1).tolist(), language, seconds)


def _speakers(
    name: str, rows: Sequence[Record], leanings: Sequence[float], language: str, seconds: float
) -> Row:
    sums: defaultdict[str, list[float]] = defaultdict(list)
    votes: dict[str, bool] = {}
    for row, leaning in zip(rows, leanings, strict=True):
        sums[row["speaker"]].append(leaning)
        votes[row["speaker"]] = row["vote"] == "pour"
    names = sorted(votes)
    return ranking_row(
        STAGE, name, language, [votes[one] for one in names],
        [float(np.sum(sums[one]) / (len(sums[one]) + 2)) for one in names],
        seconds=seconds, note="for the bill",
    )  # fmt: skip
