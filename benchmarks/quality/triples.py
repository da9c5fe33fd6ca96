"""Triples of statements found in raw text: validity, contradiction, way back, guessing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cache, partial
from time import perf_counter

from benchmarks.quality.data import Data, by_language, document, statement
from benchmarks.quality.measures import NothingToMeasureError, Part, Row, calibration, share_row
from pipeline.conflicts.reading import read
from pipeline.conflicts.sameness import same_meaning
from pipeline.flow import Engines
from pipeline.records import Relation, StatementRecord, TripleDraft
from pipeline.statements.rules import extract
from pipeline.triples.checks import check_triple
from pipeline.triples.choice_only import FEWEST, choice_only
from pipeline.triples.rules import reverse_statement

STAGE = "triples"
MOST = 300  # statements a language, from as many documents
_SAME_DAY = date(2000, 1, 1)
Drafted = list[tuple[str, TripleDraft]]
Drafts = Callable[[], tuple[Drafted, float]]


def measure(data: Data, engines: Engines, language: str | None) -> Iterator[Part]:
    """Rows of each language; another statement in the place of the reversal is the baseline."""
    for code, rows in by_language(data.raw, language):
        drafts = cache(partial(_drafts, engines, rows, code))
        yield f"valid {code}", partial(_valid, drafts, code)
        yield f"contradicts {code}", partial(_contradicts, engines, drafts, code)
        yield f"leads back {code}", partial(_leads_back, drafts, code)
        yield f"choice only {code}", partial(_guessed, drafts, code)


def _statements(rows: Sequence[dict[str, object]], language: str) -> list[str]:
    """The surest statement of every so many documents, spread over the sources."""
    step = max(1, len(rows) // (3 * MOST))
    found: list[str] = []
    for row in rows[::step]:
        best = max(extract(str(row["text"]), language), key=lambda one: one.confidence, default=None)
        if best is not None and best.text not in found:
            found.append(best.text)
        if len(found) == MOST:
            break
    return found


def _drafts(engines: Engines, rows: Sequence[dict[str, object]], language: str) -> tuple[Drafted, float]:
    """The statements found in raw text with the triples made of them, and how long it took to make them."""
    texts = _statements(rows, language)
    start = perf_counter()
    items = [
        StatementRecord(
            key, text, language, (0, len(text)), document(key, {"language": language, "text": text})
        )
        for key, text in enumerate(texts)
    ]
    drafted = [
        (texts[result.key], result.outputs[0]) for result in engines.triples.run(items) if result.outputs
    ]
    if not drafted:
        raise NothingToMeasureError(f"no triple of {len(texts)} statements in {len(rows)} documents")
    return drafted, perf_counter() - start


def _valid(drafts: Drafts, language: str) -> Iterator[Row]:
    drafted, seconds = drafts()
    hits = [all(draft.checks.values()) for _, draft in drafted]
    others = _others(drafted)
    random = [
        all(check_triple(text, draft.question, other, language).values())
        for (text, draft), other in zip(drafted, others, strict=True)
    ]
    yield share_row(
        STAGE, "raw valid", language, "share valid", hits,
        baselines={"random statement": sum(random) / len(random)}, seconds=seconds,
        note="all checks of the gate hold",
    )  # fmt: skip


def _contradicts(engines: Engines, drafts: Drafts, language: str) -> Iterator[Row]:
    """Whether the judge of pairs calls statement and reversal a contradiction, in either order."""
    drafted, _ = drafts()
    start = perf_counter()
    hits = _both_ways(engines, [(text, draft.reversed_statement) for text, draft in drafted], language)
    seconds = perf_counter() - start
    pairs = [(text, other) for (text, _), other in zip(drafted, _others(drafted), strict=True)]
    random = _both_ways(engines, pairs, language)
    row = share_row(
        STAGE, "raw contradicts", language, "share", hits,
        baselines={"random statement": sum(random) / len(random)}, seconds=seconds,
        note="judged a contradiction in both orders",
    )  # fmt: skip
    valid = [all(draft.checks.values()) for _, draft in drafted]
    right = [one and other for one, other in zip(hits, valid, strict=True)]
    calibration(row, [draft.confidence for _, draft in drafted], right)
    yield row


def _others(drafted: Drafted) -> list[str]:
    """Another statement for each: what a reversal by chance would be."""
    texts = [text for text, _ in drafted]
    return [*texts[1:], *texts[:1]]


def _both_ways(engines: Engines, pairs: Sequence[tuple[str, str]], language: str) -> list[bool]:
    judged = []
    for order in (1, -1):
        items = [
            (
                replace(statement(2 * at, pair[::order][0], language), as_of=_SAME_DAY),
                replace(statement(2 * at + 1, pair[::order][1], language), as_of=_SAME_DAY),
                1.0,
            )
            for at, pair in enumerate(pairs)
        ]
        edges = {edge.first // 2: edge for edge in engines.pair_judge.judge(items)}
        judged.append(
            [at in edges and edges[at].relation is Relation.CONTRADICTION for at in range(len(pairs))]
        )
    return [there and back for there, back in zip(*judged, strict=True)]


def _leads_back(drafts: Drafts, language: str) -> Iterator[Row]:
    """Whether reversing the reversal says again what the statement said, by the rules."""
    drafted, _ = drafts()
    start = perf_counter()
    hits = []
    for text, draft in drafted:
        again = reverse_statement(draft.reversed_statement, language).text
        one, other = read(text, language), read(again, language)
        alike = len(one.content & other.content) / max(1, len(one.content | other.content))
        hits.append(
            one.negations % 2 == other.negations % 2
            and (one.poles == other.poles)
            and same_meaning(one.order, other.order, alike) >= 0.5
        )
    yield share_row(
        STAGE, "raw leads back", language, "share", hits, baselines={"random": 0.5},
        seconds=perf_counter() - start, note="reversed twice: same words, same polarity",
    )  # fmt: skip


def _guessed(drafts: Drafts, language: str) -> Iterator[Row]:
    """How often the statement is told from its reversal by the two alone; chance is what is wanted."""
    drafted, _ = drafts()
    if len(drafted) < FEWEST:
        raise NothingToMeasureError(f"{len(drafted)} triples; {FEWEST} are needed")
    start = perf_counter()
    found = choice_only([(text, draft.reversed_statement) for text, draft in drafted])
    yield Row(
        STAGE, "raw choice only", language, "accuracy", found.items, found.accuracy, found.low, found.high,
        {}, seconds=perf_counter() - start, note="a guess without the question: 0.5 is what is wanted",
    )  # fmt: skip
