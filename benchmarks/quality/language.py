"""Language identification on raw documents and on parallel sentences."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter

from benchmarks.quality.data import Data, by_language
from benchmarks.quality.measures import Row, calibration, share_row
from pipeline.flow import Engines
from pipeline.ingest.language import identify, pipeline_languages

STAGE = "language"
_PARALLEL = "gold/parallel_pud.en-fr-de-zh.jsonl"


def measure(data: Data, engines: Engines, language: str | None) -> Iterator[Row]:
    """Share of texts whose language is named right; the same for both engines."""
    sentences = [
        {"language": code, "text": row[code]}
        for row in data.rows(_PARALLEL)
        for code in ("en", "fr", "de", "zh")
        if row.get(code)
    ]
    supported = pipeline_languages()
    for name, rows in (("raw", data.raw), ("pud", sentences)):
        commonest = max((len(found) for _, found in by_language(rows, None)), default=0) / max(1, len(rows))
        for code, found in by_language(rows, language):
            start = perf_counter()
            named = [identify(row["text"], supported) for row in found]
            seconds = perf_counter() - start
            right = [one.language == code for one in named]
            row = share_row(
                STAGE,
                name,
                code,
                "accuracy",
                right,
                baselines={"random": 1 / len(supported), "majority": commonest},
                seconds=seconds,
            )
            calibration(row, [one.confidence for one in named], right)
            yield row
