"""Statements against their evidence: planted errors must be found, other words for the same must be kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from itertools import islice
from time import perf_counter

from benchmarks.quality.data import Data, Record, by_language, document, is_language, is_text
from benchmarks.quality.measures import NothingToMeasureError, Part, Row, share_row
from pipeline.conflicts.polarity import turns_round
from pipeline.flow import Engines
from pipeline.records import DocumentRecord, ExtractedStatement
from pipeline.statements.faithful import unfaithful
from pipeline.statements.rules import extract
from pipeline.text.profile import profile
from pipeline.triples.rules import reverse_statement

STAGE = "statements"
MOST = 300  # changed statements of each kind and language
_DIGIT = re.compile(r"\d")
Found = list[tuple[ExtractedStatement, DocumentRecord]]
Change = Callable[[str, str], str]


def measure(data: Data, engines: Engines, language: str | None) -> Iterator[Part]:
    """Rows of each language; half of all are found by a judge that tosses a coin."""
    for code, rows in by_language(data.raw, language):
        found = cache(partial(_drawn, rows, code))
        for name, change in (("number", _other_number), ("name", _other_place), ("turn", _turned)):
            yield f"planted {name} {code}", partial(_planted, found, code, name, change)
    pairs = data.rows(
        "gold/pawsx.en-fr-de-zh.jsonl", language=is_language, sentence1=is_text, sentence2=is_text
    )
    same = [row for row in pairs if row.get("paraphrase") == 1]
    for code, rows in by_language(same, language):
        yield f"pawsx {code}", partial(_kept, "pawsx", code, rows, ("sentence1", "sentence2"))
    inferred = data.rows(
        "gold/xnli.en-fr-de-zh.jsonl", language=is_language, premise=is_text, hypothesis=is_text
    )
    entailed = [row for row in inferred if row.get("label") == "entailment"]
    for code, rows in by_language(entailed, language):
        yield f"xnli {code}", partial(_kept, "xnli", code, rows, ("premise", "hypothesis"))


def _drawn(rows: Sequence[Record], language: str) -> Found:
    """The statements of every so many documents, spread over the sources."""
    return [
        (one, document(key, row))
        for key, row in enumerate(rows[:: max(1, len(rows) // (3 * MOST))])
        for one in extract(row["text"], language)
    ]


def _planted(found: Callable[[], Found], language: str, name: str, change: Change) -> Iterator[Row]:
    """Share of changed statements that the check drops or doubts."""
    start = perf_counter()
    changed = ((one, item, change(one.text, language)) for one, item in found())
    faults = [
        unfaithful(ExtractedStatement(text, one.start, one.end, one.confidence), item, turns_round)
        for one, item, text in islice((entry for entry in changed if entry[2]), MOST)
    ]
    if not faults:
        raise NothingToMeasureError(f"no statement in which a {name} could be changed")
    sure = sum(is_sure for _, is_sure in faults) / len(faults)
    yield share_row(
        STAGE, f"planted {name}", language, "recall", [bool(fault) for fault, _ in faults],
        baselines={"random": 0.5}, seconds=perf_counter() - start, note=f"dropped {sure:.3f}",
    )  # fmt: skip


def _kept(name: str, language: str, rows: Sequence[Record], fields: tuple[str, str]) -> Iterator[Row]:
    """Share of sentences that say what another says and that the check does not drop."""
    start = perf_counter()
    faults = []
    for row in rows:
        evidence, statement = (str(row[field]) for field in fields)
        item = document(0, {"language": language, "text": evidence})
        faults.append(unfaithful(ExtractedStatement(statement, 0, len(evidence), 0.5), item, turns_round))
    doubted = sum(bool(fault) and not is_sure for fault, is_sure in faults) / max(1, len(faults))
    yield share_row(
        STAGE, f"{name} kept", language, "share", [not is_sure for _, is_sure in faults],
        baselines={"random": 0.5}, seconds=perf_counter() - start, note=f"{doubted:.3f} of all in doubt",
    )  # fmt: skip


def _other_number(text: str, language: str) -> str:
    """The first digit as the next one; empty where there is none."""
    match = _DIGIT.search(text)
    return f"{text[: match.start()]}{(int(match.group()) + 1) % 9 + 1}{text[match.end() :]}" if match else ""


def _other_place(text: str, language: str) -> str:
    """The first place in the list that stands in the text as another; empty where there is none."""
    places = [place for place in profile(language).places if len(place) > 3 or language == "zh"]
    named = next((place for place in places if place in text), None)
    if named is None:
        return ""
    other = next(place for place in places if place[:2] != named[:2] and place not in text)
    return re.sub(rf"(?<!\w){re.escape(named)}(?!\w)" if language != "zh" else re.escape(named), other, text)


def _turned(text: str, language: str) -> str:
    return reverse_statement(text, language).text
