"""Topics against labelled sections: news articles, and sentences as the hard case."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from time import perf_counter

import numpy as np
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from benchmarks.quality.data import Data, Record, by_language, document, is_language, is_text
from benchmarks.quality.measures import Part, Row, interval
from pipeline.flow import Engines
from pipeline.topics.find import find_topics
from pipeline.topics.parameters import TopicParameters

STAGE = "topics"
_SETS = (("10kgnad", "gold/topics_10kgnad.de.jsonl"), ("sib200", "gold/topics_sib200.en-fr-de-zh.jsonl"))


def measure(data: Data, engines: Engines, language: str | None) -> Iterator[Part]:
    """NMI and ARI of topics (outliers are one more) with the sections, against as many random topics of the
    same sizes."""
    for name, file in _SETS:
        labelled = data.rows(file, language=is_language, text=is_text, label=is_text)
        for code, rows in by_language(labelled, language):
            yield f"{name} {code}", partial(_rows, engines, name, code, rows)


def _rows(engines: Engines, name: str, language: str, rows: Sequence[Record]) -> Iterator[Row]:
    start = perf_counter()
    model = find_topics(
        [document(key, row | {"country": ""}) for key, row in enumerate(rows)],
        embedder=engines.embedder,
        parameters=TopicParameters(),
        labeller=engines.topic_labeller,
    )
    seconds = perf_counter() - start
    found = np.full(len(rows), -1)
    for number, topic in enumerate(model.topics):
        for key, _ in topic.members:
            found[key] = number
    truth = np.array([row["label"] for row in rows])
    shuffled = np.random.default_rng(1).permutation(found)
    noise = float((found < 0).mean())
    for metric, score in (("NMI", normalized_mutual_info_score), ("ARI", adjusted_rand_score)):

        def figure(at: np.ndarray, score: Callable[..., float] = score) -> float:
            return float(score(truth[at], found[at]))

        value, low, high = interval(figure, len(rows), is_biased=True)
        yield Row(
            STAGE, name, language, metric, len(rows), value, low, high,
            {"random": float(score(truth, shuffled)), "majority": 0.0}, seconds=seconds,
            note=f"{len(model.topics)} topics for {len(set(truth))} sections, {noise:.0%} in none",
        )  # fmt: skip
