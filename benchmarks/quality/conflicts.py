"""Pairs of statements: contradiction against the rest, duplicates, and opposed answers to one question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from time import perf_counter

from benchmarks.quality.data import Data, Record, by_language, statement
from benchmarks.quality.measures import Row, ranking_row, word_overlap
from pipeline.flow import Engines
from pipeline.records import Edge, Relation

STAGE = "conflicts"
_NLI = (
    ("xnli", "gold/xnli.en-fr-de-zh.jsonl"),
    ("ocnli", "gold/ocnli_5labels.zh.jsonl"),
    ("rte3", "gold/rte3_french.fr.jsonl"),
)
_YES = ("yes", "ja", "是", "oui")
Pair = tuple[str, str]


def measure(data: Data, engines: Engines, language: str | None) -> Iterator[Row]:
    """Rows of every labelled set of pairs."""
    for name, file in _NLI:
        labelled = [
            row for row in data.rows(file) if row.get("label") in ("entailment", "neutral", "contradiction")
        ]
        for code, rows in by_language(labelled, language):
            pairs = [(row["premise"], row["hypothesis"]) for row in rows]
            truth = [row["label"] == "contradiction" for row in rows]
            clusters = [row["premise"] for row in rows]
            yield _contradictions(engines, name, code, pairs, truth, clusters)
    for code, rows in by_language(data.rows("gold/pawsx.en-fr-de-zh.jsonl"), language):
        pairs = [(row["sentence1"], row["sentence2"]) for row in rows]
        yield _duplicates(engines, "pawsx", code, pairs, [bool(row["paraphrase"]) for row in rows])
    for code, rows in by_language(data.rows("benchmarks/value_consistency.en-de-zh.jsonl"), language):
        yield _duplicates(engines, "value_consistency same", code, *_question_pairs(rows))
        pairs, truth, clusters = _value_pairs(rows)
        if any(truth) and not all(truth):
            yield _contradictions(engines, "value_consistency", code, pairs, truth, clusters)


def _judged(engines: Engines, pairs: Sequence[Pair], language: str) -> tuple[list[Edge], float]:
    items = [
        (statement(2 * at, first, language), statement(2 * at + 1, second, language), 0.0)
        for at, (first, second) in enumerate(pairs)
    ]
    start = perf_counter()
    edges = {edge.first: edge for edge in engines.pair_judge.judge(items)}
    seconds = perf_counter() - start
    missing = Edge(0, 1, Relation.COMPATIBLE, 0.5, 0.0)  # a failed pair tells nothing
    return [edges.get(2 * at, missing) for at in range(len(pairs))], seconds


def _contradictions(
    engines: Engines,
    name: str,
    language: str,
    pairs: Sequence[Pair],
    truth: Sequence[bool],
    clusters: Sequence[object],
) -> Row:
    edges, seconds = _judged(engines, pairs, language)
    found = [edge.relation is Relation.CONTRADICTION for edge in edges]
    return ranking_row(
        STAGE,
        name,
        language,
        truth,
        [edge.probability(Relation.CONTRADICTION) for edge in edges],
        overlap=[word_overlap(*pair) for pair in pairs],
        clusters=clusters,
        confidences=[edge.confidence for edge in edges],
        correct=[one == other for one, other in zip(found, truth, strict=True)],
        labels=[str(edge.relation) for edge in edges],
        seconds=seconds,
        note="contradiction against the rest",
    )


def _duplicates(
    engines: Engines,
    name: str,
    language: str,
    pairs: Sequence[Pair],
    truth: Sequence[bool],
    clusters: Sequence[object] | None = None,
) -> Row:
    edges, seconds = _judged(engines, pairs, language)
    found = [edge.relation is Relation.DUPLICATE for edge in edges]
    return ranking_row(
        STAGE,
        name,
        language,
        truth,
        [edge.probability(Relation.DUPLICATE) for edge in edges],
        overlap=[word_overlap(*pair) for pair in pairs],
        clusters=clusters,
        confidences=[edge.confidence for edge in edges],
        correct=[one == other for one, other in zip(found, truth, strict=True)],
        labels=[str(edge.relation) for edge in edges],
        seconds=seconds,
        note="duplicate against the rest",
    )


def _value_pairs(rows: Sequence[Record]) -> tuple[list[Pair], list[bool], list[object]]:
    """Questions on one topic whose "yes" is known to support or oppose it, as pairs: opposed or not."""
    pairs: list[Pair] = []
    truth: list[bool] = []
    clusters: list[object] = []
    topics: dict[object, list[Record]] = {}
    for row in rows:
        if _side(row) and not row.get("is_rephrase"):
            topics.setdefault((row["country"], row["topic"]), []).append(row)
    for topic, questions in topics.items():
        for at, first in enumerate(questions):
            for second in questions[at + 1 :]:
                pairs.append((first["question"], second["question"]))
                truth.append(_side(first) != _side(second))
                clusters.append(topic)
    return pairs, truth, clusters


def _side(row: Record) -> str:
    """What a yes to the question does to its topic: ``supports``, ``opposes``, or unknown (empty)."""
    options = {str(answer).casefold(): side for answer, side in (row.get("options") or {}).items()}
    return next((options[answer] for answer in _YES if options.get(answer) in ("supports", "opposes")), "")


def _question_pairs(rows: Sequence[Record]) -> tuple[list[Pair], list[bool], list[object]]:
    """Questions on one topic as pairs: one re-phrases the other (or what it re-phrases), or not."""
    pairs: list[Pair] = []
    truth: list[bool] = []
    clusters: list[object] = []
    topics: dict[object, list[Record]] = {}
    for row in rows:
        topics.setdefault((row["country"], row["topic"]), []).append(row)
    for topic, questions in topics.items():
        for at, first in enumerate(questions):
            for second in questions[at + 1 :]:
                pairs.append((first["question"], second["question"]))
                truth.append(first["original"] == second["original"])
                clusters.append(topic)
    return pairs, truth, clusters
