"""Standings of a release: its runs side by side, read from their stored summaries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from evaluation.models import EvalRun, Method, Release
from pipeline.records import SourceType

Slice = tuple[str, str]

TITLES = {Method.MULTIPLE_CHOICE: "Multiple choice", Method.ANSWER_JUDGEMENT: "Answer judgement"}
NUMBER_COLUMNS = (
    "items",
    "answered",
    "rate",
    "low",
    "high",
    "agreement_rate",
    "refusal_rate",
    "invalid_rate",
    "flip_rate",
    "failed",
)


@dataclass(frozen=True, slots=True)
class Bar:
    """Where the marks of a picture stand on a scale of 0 to 100: text, for no language may put a comma in."""

    low: str
    width: str
    rate: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One slice of one run, as a table shows it. ``bar`` is ``None`` where nothing was answered."""

    nation: str
    source_type: str
    items: int
    answered: int
    rate: str
    interval: str
    agreement: str
    refusal: str
    invalid: str
    flip: str
    failed: int
    bar: Bar | None


@dataclass(frozen=True, slots=True)
class Standing:
    """A run as a row: one cell per slice of the table, ``None`` where the run has no item of it."""

    run: EvalRun
    cells: list[Cell | None]


@dataclass(frozen=True, slots=True)
class MethodTable:
    """The runs of one method; ``slices`` are the columns."""

    method: Method
    title: str
    slices: list[Slice]
    standings: list[Standing]


def standings(release: Release) -> list[MethodTable]:
    """One table per method that has runs: multiple choice, then answer judgement; rows by candidate."""
    runs = list(
        EvalRun.objects.filter(release=release)
        .exclude(summary=[])
        .select_related("candidate")
        .order_by("candidate__name", "-pk")
    )
    slices = _slices(release)
    tables = []
    for method, title in TITLES.items():
        rows = [_standing(run, slices) for run in runs if run.method == method]
        if rows:
            tables.append(MethodTable(method, title, slices, rows))
    return tables


def cell(row: dict[str, Any]) -> Cell:
    """A row of a run's summary as a table shows it."""
    bar = None
    if row["rate"] is not None:
        low, high = row["low"] * 100, row["high"] * 100
        bar = Bar(f"{low:.1f}", f"{high - low:.1f}", f"{row['rate'] * 100:.1f}")
    return Cell(
        nation=row["nation"],
        source_type=row["source_type"],
        items=row["items"],
        answered=row["answered"],
        rate=_rate(row["rate"]),
        interval=f"{row['low']:.2f}–{row['high']:.2f}" if bar else "–",
        agreement=_rate(row["agreement_rate"]),
        refusal=_rate(row["refusal_rate"]),
        invalid=_rate(row["invalid_rate"]),
        flip=_rate(row["flip_rate"]),
        failed=row["failed"],
        bar=bar,
    )


def number_rows(release: Release) -> Iterator[list[Any]]:
    """The numbers of every run of a release as rows, the header first."""
    about = ["release", "model", "method", "protocol", "judge", "status"]
    yield [*about, "nation", "source_type", *NUMBER_COLUMNS]
    runs = EvalRun.objects.filter(release=release).select_related("candidate")
    for run in runs.order_by("candidate__name", "method", "-pk"):
        values = [release.name, run.candidate.name, run.method, run.protocol, run.judge, run.status]
        for row in run.summary:
            yield [*values, row["nation"], row["source_type"], *(row[name] for name in NUMBER_COLUMNS)]


def _rate(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _slices(release: Release) -> list[Slice]:
    found = set(release.items.order_by().values_list("nation_id", "source_type").distinct())
    kinds = (str(SourceType.QUOTED), str(SourceType.OFFICIAL))
    ordered = ((nation, kind) for nation in sorted({nation for nation, _ in found}) for kind in kinds)
    return [key for key in ordered if key in found]


def _standing(run: EvalRun, slices: list[Slice]) -> Standing:
    rows = {(row["nation"], row["source_type"]): row for row in run.summary}
    return Standing(run, [cell(rows[key]) if key in rows else None for key in slices])
