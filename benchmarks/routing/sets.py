"""Labelled sets as streams of machine judgements: scores, answers, truth, and what people would vote."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.data import Data, Record, by_language, document, is_language, is_text, statement
from benchmarks.quality.measures import NothingToMeasureError
from pipeline.flow import Engines
from pipeline.learned import TooFewAnswersError, learn
from pipeline.records import Relation, Sensitivity, StatementRecord

Array = NDArray[Any]
RELATIONS = ("contradiction", "entailment", "neutral")
OCNLI, XNLI = "gold/ocnli_5labels.zh.jsonl", "gold/xnli.en-fr-de-zh.jsonl"
VALUES = "gold/value_labels_csv.zh.jsonl"
VOTES = 5  # real labels an item of OCNLI has
# How often one label of OCNLI differs from the majority of its five: of three relations, and of contradiction
# or not. People simulated for the other sets err as often, at random.
ERROR_OF_THREE, ERROR_OF_TWO = 0.118, 0.052
TAUGHT = 600  # passages the learned judge has seen, which it never judges
PLANTED, MANY_PLANTED = 2_000, 10_000
SEED = 1


@dataclass(frozen=True)
class Stream:
    """Judgements of one judge on one set.

    ``scores`` (n,) are the judge's own; ``answers`` (n,) whether it says yes; ``labels`` (n,) the true labels
    as numbers, of which 0 is the yes. People give ``votes`` (n, 5) where real ones are known, else the true
    label, or with probability ``people_err`` another of ``kinds``. ``left_out``: items not judged, as they
    have no majority or the judge was taught on them. ``budget``: the only one the stream is made for."""

    name: str
    language: str
    judge: str
    scores: Array
    answers: Array
    labels: Array
    kinds: int = 2
    votes: Array | None = None
    people_err: float = 0.0
    left_out: int = 0
    budget: float | None = None

    @property
    def wrong(self) -> Array:
        """Where the judge is wrong, (n,)."""
        return np.asarray(self.answers != (self.labels == 0))


Part = tuple[str, Callable[[], Iterator[Stream]]]


def streams(data: Data, language: str | None, budgets: Sequence[float]) -> Iterator[Part]:
    """A name for each set and what makes its streams; every item is judged once."""
    texts = {"language": is_language, "premise": is_text, "hypothesis": is_text, "label": is_text}
    labelled = data.rows(OCNLI, annotator_labels=_are_votes, **texts)
    for code, rows in by_language(labelled, language):
        yield f"ocnli {code}", partial(_pairs, "ocnli", code, rows)
    for code, rows in by_language(data.rows(XNLI, **texts), language):
        yield f"xnli {code}", partial(_pairs, "xnli", code, rows)
    labelled = data.rows(VALUES, language=is_language, text=is_text, values=_are_scores)
    for code, rows in by_language(labelled, language):
        yield f"value_labels any {code}", partial(_any_value, code, rows)
        for name in sorted({name for row in rows for name in row["values"]}):
            yield f"value_labels {name} {code}", partial(_learned, name, code, rows)
    if language is None:
        yield "planted", partial(planted, budgets)


def _are_votes(value: object) -> bool:
    return isinstance(value, list) and len(value) == VOTES and all(is_text(label) for label in value)


def _are_scores(values: object) -> bool:
    return (
        isinstance(values, dict)
        and bool(values)
        and all(isinstance(score, int | float) for score in values.values())
    )


def _pairs(name: str, language: str, rows: Sequence[Record]) -> Iterator[Stream]:
    """Contradiction or not, by the rules judge of pairs; its score is that of the relation it names."""
    decided = [row for row in rows if row["label"] in RELATIONS]
    if not decided:
        raise NothingToMeasureError(f"none of {len(rows)} pairs has a label of the majority")
    items = [
        (statement(2 * at, row["premise"], language), statement(2 * at + 1, row["hypothesis"], language), 0.0)
        for at, row in enumerate(decided)
    ]
    edges = {edge.first // 2: edge for edge in Engines().pair_judge.judge(items)}
    numbers = {label: number for number, label in enumerate(RELATIONS)}
    has_votes = name == "ocnli"
    yield Stream(
        name,
        language,
        "rules",
        np.array([edges[at].confidence for at in range(len(decided))]),
        np.array([edges[at].relation is Relation.CONTRADICTION for at in range(len(decided))]),
        np.array([numbers[row["label"]] for row in decided]),
        kinds=len(RELATIONS) + has_votes,  # people also said that a pair is unclear
        votes=np.array(
            [[numbers.get(label, len(RELATIONS)) for label in row["annotator_labels"]] for row in decided]
        )
        if has_votes
        else None,
        people_err=0.0 if has_votes else ERROR_OF_THREE,
        left_out=len(rows) - len(decided),
    )


def _any_value(language: str, rows: Sequence[Record]) -> Iterator[Stream]:
    """Value-sensitive or not, by the rules that screen statements."""
    items = [
        StatementRecord(key, row["text"], language, (0, len(row["text"])), document(key, row))
        for key, row in enumerate(rows)
    ]
    judged = {result.key: result.outputs for result in Engines().statement_screening.run(items)}
    known = [key for key in range(len(rows)) if judged.get(key)]
    if not known:
        raise NothingToMeasureError(f"none of {len(rows)} passages was judged")
    yield Stream(
        "value_labels any",
        language,
        "rules",
        np.array([judged[key][0].confidence for key in known]),
        np.array([judged[key][0].label == Sensitivity.SENSITIVE for key in known]),
        np.array([int(not any(score > 0 for score in rows[key]["values"].values())) for key in known]),
        people_err=ERROR_OF_TWO,
        left_out=len(rows) - len(known),
    )


def _learned(name: str, language: str, rows: Sequence[Record]) -> Iterator[Stream]:
    """Does a passage hold this value, by the learned judge: taught on passages it does not judge."""
    order = np.random.default_rng(SEED).permutation(len(rows))
    taught, asked = order[:TAUGHT], order[TAUGHT:]
    if not len(asked):
        raise NothingToMeasureError(
            f"{len(rows)} passages; the learned judge is taught on {TAUGHT} and judges the others"
        )
    holds = [rows[at]["values"].get(name, 0) > 0 for at in range(len(rows))]
    try:
        judge = learn(
            [rows[at]["text"] for at in taught], [_said(holds[at] != _slips(at)) for at in taught], language
        )
    except (TooFewAnswersError, ValueError) as error:
        raise NothingToMeasureError(f"the learned judge has {error}") from None
    probability = np.array(judge.probabilities([rows[at]["text"] for at in asked]))
    yield Stream(
        f"value_labels {name}",
        language,
        "learned",
        np.maximum(probability, 1 - probability),
        probability >= 0.5,
        np.array([int(not holds[at]) for at in asked]),
        people_err=ERROR_OF_TWO,
        left_out=len(taught),
    )


def _said(is_yes: bool) -> str:
    return "yes" if is_yes else "no"


def _slips(at: int) -> bool:
    """Whether the one person who taught this passage was wrong."""
    return bool(np.random.default_rng((SEED, at)).random() < ERROR_OF_TWO)


def planted(budgets: Sequence[float], n: int = PLANTED, many: int = MANY_PLANTED) -> Iterator[Stream]:
    """Made-up judges whose error is known: one that knows how sure it may be (with people who never err, with
    people who do, and in a long stream), one that boasts, and one just over the budget whatever it says."""
    yield _made("calibrated", n)
    yield _made("calibrated, people err", n, people_err=ERROR_OF_TWO)
    yield _made("calibrated, long", many)
    yield _made("boasting", n, boast=0.15)
    rng = np.random.default_rng(SEED)
    for budget in budgets:
        labels = rng.integers(0, 2, n)
        is_right = rng.permutation(n) > budget * n  # more wrong than the budget allows, by one at most
        answers = (labels == 0) == is_right
        yield Stream("border", "", "planted", np.full(n, 0.95), answers, labels, budget=budget)


def _made(name: str, n: int, *, boast: float = 0.0, people_err: float = 0.0) -> Stream:
    """A judge that is right as often as it says, less ``boast``."""
    rng = np.random.default_rng(SEED)
    scores = 1 - 0.5 * rng.beta(1, 4, n)
    is_right = rng.random(n) < scores - boast
    labels = rng.integers(0, 2, n)
    return Stream(name, "", "planted", scores, (labels == 0) == is_right, labels, people_err=people_err)
