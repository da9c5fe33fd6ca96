"""Stance of speeches in a debate, measured by the vote of their speaker on the whole bill."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from time import perf_counter

import numpy as np

from benchmarks.quality.data import Data, Record, by_language, is_language, is_text
from benchmarks.quality.learned import held_out
from benchmarks.quality.measures import Part, Row, ranking_row
from pipeline.flow import Engines
from pipeline.text.stance import stance

STAGE = "stance"
_FILE = "raw/fr_assemblee_mariage.fr.jsonl"


def measure(data: Data, engines: Engines, language: str | None) -> Iterator[Part]:
    """Speeches one by one, and speakers by all they said; a vote is a weak label of a single speech."""
    speeches = data.rows(_FILE, language=is_language, text=is_text, speaker=is_text, vote=_is_vote)
    voted = [row for row in speeches if row["vote"] in ("pour", "contre")]
    for code, rows in by_language(voted, language):
        truth = [row["vote"] == "pour" for row in rows]
        yield f"debate {code}", partial(_ruled, rows, truth, code)
        yield f"debate, learned {code}", partial(_learned, rows, truth, code)


def _is_vote(value: object) -> bool:
    return value in ("pour", "contre", "abstention", None)


def _ruled(rows: Sequence[Record], truth: Sequence[bool], language: str) -> Iterator[Row]:
    start = perf_counter()
    found = [stance(row["text"], language) for row in rows]
    seconds = perf_counter() - start
    yield ranking_row(
        STAGE, "debate speeches", language, truth, [one.leaning for one in found],
        clusters=[row["speaker"] for row in rows],
        confidences=[one.confidence for one in found],
        correct=[(one.leaning >= 0) == yes for one, yes in zip(found, truth, strict=True)],
        labels=[str(one.leaning >= 0) for one in found],
        seconds=seconds, note="for the bill; by rules",
    )  # fmt: skip
    yield _speakers("debate speakers", rows, [one.leaning for one in found], language, seconds)


def _learned(rows: Sequence[Record], truth: Sequence[bool], language: str) -> Iterator[Row]:
    """The learned judge, each speaker judged by what it learned from the others."""
    start = perf_counter()
    speakers = [row["speaker"] for row in rows]
    probability, confidence = held_out([row["text"] for row in rows], truth, language, 5, speakers)
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
