"""Language identification on raw documents and on parallel sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from time import perf_counter
from typing import Any

from benchmarks.quality.data import Data, Record, by_language, is_text
from benchmarks.quality.measures import Part, Row, calibration, share_row
from pipeline.flow import Engines
from pipeline.ingest.language import identify, pipeline_languages

STAGE = "language"
_PARALLEL = "gold/parallel_pud.en-fr-de-zh.jsonl"
_CODES = ("en", "fr", "de", "zh")


def measure(data: Data, engines: Engines, language: str | None) -> Iterator[Part]:
    """Share of texts whose language is named right; the same for both engines."""
    sentences = [
        {"language": code, "text": row[code]}
        for row in data.rows(_PARALLEL, **dict.fromkeys(_CODES, _is_text_or_left_out))
        for code in _CODES
        if row.get(code) is not None
    ]
    for name, rows in (("raw", data.raw), ("pud", sentences)):
        commonest = max((len(found) for _, found in by_language(rows, None)), default=0) / max(1, len(rows))
        for code, found in by_language(rows, language):
            yield f"{name} {code}", partial(_row, name, code, found, commonest)


def _row(name: str, language: str, rows: Sequence[Record], commonest: float) -> Iterator[Row]:
    supported = pipeline_languages()
    start = perf_counter()
    named = [identify(row["text"], supported) for row in rows]
    seconds = perf_counter() - start
    right = [one.language == language for one in named]
    row = share_row(
        STAGE, name, language, "accuracy", right,
        baselines={"random": 1 / len(supported), "majority": commonest}, seconds=seconds,
    )  # fmt: skip
    calibration(row, [one.confidence for one in named], right)
    yield row


def _is_text_or_left_out(value: Any) -> bool:
    return value is None or is_text(value)
