"""Pairs of statements: contradiction against the rest, duplicates, and opposed answers to one question."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import combinations
from time import perf_counter

from benchmarks.quality.data import Data, Record, by_language, is_language, is_text, statement
from benchmarks.quality.measures import NothingToMeasureError, Part, Row, ranking_row, word_overlap
from pipeline.flow import Engines
from pipeline.records import Edge, Relation

STAGE = "conflicts"
_NLI = (
    ("xnli", "gold/xnli.en-fr-de-zh.jsonl"),
    ("ocnli", "gold/ocnli_5labels.zh.jsonl"),
    ("rte3", "gold/rte3_french.fr.jsonl"),
)
_PARAPHRASES = "gold/pawsx.en-fr-de-zh.jsonl"
_QUESTIONS = "benchmarks/value_consistency.en-de-zh.jsonl"
_YES = ("yes", "ja", "是", "oui")
Pair = tuple[str, str]


def measure(data: Data, engines: Engines, language: str | None) -> Iterator[Part]:
    """Rows of every labelled set of pairs."""
    for name, file in _NLI:
        labelled = data.rows(file, language=is_language, premise=is_text, hypothesis=is_text, label=is_text)
        decided = [row for row in labelled if row["label"] in ("entailment", "neutral", "contradiction")]
        for code, rows in by_language(decided, language):
            pairs = [(row["premise"], row["hypothesis"]) for row in rows]
            truth = [row["label"] == "contradiction" for row in rows]
            clusters = [row["premise"] for row in rows]
            contradiction = Relation.CONTRADICTION
            yield f"{name} {code}", partial(_row, engines, name, code, contradiction, pairs, truth, clusters)
    labelled = data.rows(
        _PARAPHRASES, language=is_language, sentence1=is_text, sentence2=is_text, paraphrase=_is_yes_or_no
    )
    for code, rows in by_language(labelled, language):
        pairs = [(row["sentence1"], row["sentence2"]) for row in rows]
        truth = [bool(row["paraphrase"]) for row in rows]
        yield f"pawsx {code}", partial(_row, engines, "pawsx", code, Relation.DUPLICATE, pairs, truth)
    texts = dict.fromkeys(("country", "topic", "question", "original"), is_text)
    labelled = data.rows(_QUESTIONS, language=is_language, options=_is_map_or_left_out, **texts)
    for code, rows in by_language(labelled, language):
        same = _pairs_of_topics(rows, _are_the_same)
        name = "value_consistency same"
        yield f"{name} {code}", partial(_row, engines, name, code, Relation.DUPLICATE, *same)
        sided = [row for row in rows if _side(row) and not row.get("is_rephrase")]
        opposed = _pairs_of_topics(sided, _are_opposed)
        name = "value_consistency"
        yield f"{name} {code}", partial(_row, engines, name, code, Relation.CONTRADICTION, *opposed)


def _is_yes_or_no(value: object) -> bool:
    return value in (0, 1)


def _is_map_or_left_out(value: object) -> bool:
    return value is None or isinstance(value, dict)


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


def _row(
    engines: Engines,
    name: str,
    language: str,
    relation: Relation,
    pairs: Sequence[Pair],
    truth: Sequence[bool],
    clusters: Sequence[object] | None = None,
) -> Iterator[Row]:
    """How well the judge tells ``relation`` from the rest."""
    if not any(truth):
        raise NothingToMeasureError(f"none of {len(pairs)} pairs is a {relation}")
    edges, seconds = _judged(engines, pairs, language)
    found = [edge.relation is relation for edge in edges]
    yield ranking_row(
        STAGE,
        name,
        language,
        truth,
        [edge.probability(relation) for edge in edges],
        overlap=[word_overlap(*pair) for pair in pairs],
        clusters=clusters,
        confidences=[edge.confidence for edge in edges],
        correct=[one == other for one, other in zip(found, truth, strict=True)],
        labels=[str(edge.relation) for edge in edges],
        seconds=seconds,
        note=f"{relation} against the rest",
    )


def _pairs_of_topics(
    rows: Sequence[Record], holds: Callable[[Record, Record], bool]
) -> tuple[list[Pair], list[bool], list[object]]:
    """All pairs of questions on one topic, whether each ``holds``, and the topic."""
    pairs: list[Pair] = []
    truth: list[bool] = []
    clusters: list[object] = []
    topics: dict[object, list[Record]] = {}
    for row in rows:
        topics.setdefault((row["country"], row["topic"]), []).append(row)
    for topic, questions in topics.items():
        for first, second in combinations(questions, 2):
            pairs.append((first["question"], second["question"]))
            truth.append(holds(first, second))
            clusters.append(topic)
    return pairs, truth, clusters


def _are_the_same(first: Record, second: Record) -> bool:
    """One re-phrases the other, or what it re-phrases."""
    return bool(first["original"] == second["original"])


def _are_opposed(first: Record, second: Record) -> bool:
    """A yes to one supports the topic, a yes to the other opposes it."""
    return _side(first) != _side(second)


def _side(row: Record) -> str:
    """What a yes to the question does to its topic: ``supports``, ``opposes``, or unknown (empty)."""
    options = {answer.casefold(): side for answer, side in (row.get("options") or {}).items()}
    return next((options[answer] for answer in _YES if options.get(answer) in ("supports", "opposes")), "")
