"""Models side by side in one slice: figures, groups that are not told apart, and every pair of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from evaluation.models import EvalRun
from evaluation.scoring.columns import Column, column_score, detectable_by_columns, group_columns
from evaluation.scoring.grouping import ModelPair
from evaluation.scoring.metrics import ALL, Dimension, Slice, SliceScore
from evaluation.scoring.multiplicity import benjamini_hochberg
from evaluation.services.figures.grids import Grid
from evaluation.services.figures.sheets import Sheet

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Places = NDArray[np.intp]

# Items, below which the coverage of the interval goes up and down with their number (benchmarks/README.md).
SMALL = 50


@dataclass(frozen=True, slots=True)
class SliceData:
    """What a slice is computed from: items, and the sheets of runs and of their controls by run id."""

    grid: Grid
    runs: Sequence[EvalRun]
    sheets: Mapping[int, Sheet]
    controls: Mapping[int, Sheet]


def slice_standing(data: SliceData, where: Slice, places: Places) -> dict[str, Any]:
    """Plain values: ``models`` by falling agreement rate with letters, ``pairs``, and ``mde``, the least
    difference of two models that the slice can show (80 % power at 5 %): least, median and most of the pairs.

    Adjusted p-values are over the pairs of this slice.
    """
    runs = {str(run.pk): run for run in data.runs}
    columns = {name: data.sheets[run.pk].column(data.grid, places) for name, run in runs.items()}
    grouping = group_columns(columns)
    models = [
        {
            **model_figures(data, runs[model.name], where, places),
            "letters": list(model.letters),
        }
        for model in grouping.models
    ]
    return {
        "slice": [[str(dimension), value] for dimension, value in where],
        "models": models,
        "pairs": _pairs(grouping.pairs),
        "mde": _detectable(grouping.pairs, columns),
    }


def model_figures(data: SliceData, run: EvalRun, where: Slice, places: Places) -> dict[str, Any]:
    """Figures of one run in a slice, with option bias and control where they are known."""
    score = column_score(where, data.sheets[run.pk].column(data.grid, places))
    return {
        "run": run.pk,
        "model": run.candidate.name,
        **score_values(score),
        "bias": data.sheets[run.pk].bias.get(_bias_name(where)),
        "control": _control(data, run, where, places),
    }


def score_values(score: SliceScore) -> dict[str, Any]:
    """Figures of a slice as plain values, without its name."""
    return {name: value for name, value in asdict(score).items() if name != "slice"}


def _bias_name(where: Slice) -> str:
    """Kept per nation and type only."""
    named = dict(where)
    nation = named.pop(Dimension.NATION, "")
    kind = named.pop(Dimension.SOURCE_TYPE, ALL)
    return "" if named else f"{nation}|{kind}"


def _control(data: SliceData, run: EvalRun, where: Slice, places: Places) -> dict[str, Any] | None:
    """Rate and interval of random weights on the same items; from the run's own figures where those reach."""
    if run.pk in data.controls:
        score = column_score(where, data.controls[run.pk].column(data.grid, places))
        return {"rate": score.rate, "low": score.low, "high": score.high}
    name = _bias_name(where)
    for row in run.control.get("summary", []):
        if f"{row['nation']}|{row['source_type']}" == name:
            return {"rate": row["rate"], "low": row["low"], "high": row["high"]}
    return None


def _pairs(pairs: Iterable[ModelPair]) -> list[dict[str, Any]]:
    kept = list(pairs)
    tested = [at for at, pair in enumerate(kept) if pair.comparison.p_value is not None]
    discovery = dict(
        zip(tested, benjamini_hochberg([kept[at].comparison.p_value or 0.0 for at in tested]), strict=True)
    )
    return [
        {
            "first": int(pair.first),
            "second": int(pair.second),
            **asdict(pair.comparison),
            "holm_p": pair.adjusted_p,
            "discovery_p": discovery.get(at),
            "is_different": pair.is_different,
        }
        for at, pair in enumerate(kept)
    ]


def _detectable(pairs: Sequence[ModelPair], columns: Mapping[str, Column]) -> dict[str, float] | None:
    """Of the pairs with the least, the median and the largest standard error."""
    seen = sorted(
        (pair for pair in pairs if pair.comparison.standard_error is not None),
        key=lambda pair: pair.comparison.standard_error or 0.0,
    )
    if not seen:
        return None
    chosen = {"least": seen[0], "median": seen[len(seen) // 2], "most": seen[-1]}
    found = {
        name: detectable_by_columns(columns[pair.first], columns[pair.second])
        for name, pair in chosen.items()
    }
    return {name: value for name, value in found.items() if value is not None} or None
