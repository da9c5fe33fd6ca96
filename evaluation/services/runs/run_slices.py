"""One run in every dimension: each nation by type, topic, language, contested or not, period."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evaluation.models import EvalRun
from evaluation.scoring.metrics import Dimension
from evaluation.services.figures.boards import board_of
from evaluation.services.figures.grids import Grid
from evaluation.services.figures.slices import SliceData, model_figures
from evaluation.services.figures.standings import slice_data
from evaluation.services.figures.stored_figures import stored_figures

OTHERS = tuple(dimension for dimension in Dimension if dimension is not Dimension.NATION)


def run_slices(run: EvalRun, over: Grid | None = None) -> dict[str, list[dict[str, Any]]]:
    """Figures of an ended run by dimension: nations, then nations by each dimension that has more to say.
    ``over`` is the grid of its items, where it has been read.

    Rows are those of :func:`~evaluation.services.figures.slices.model_figures` with ``nation`` and ``value``.
    """
    found: dict[str, list[dict[str, Any]]] = stored_figures(
        release=run.release, name=f"slices {run.pk}", runs=[run], compute=lambda: _computed(run, over)
    )
    return found


def _computed(run: EvalRun, over: Grid | None) -> dict[str, list[dict[str, Any]]]:
    data = slice_data(run.release, board_of(run), [run], over)
    found = {str(Dimension.NATION): _rows(data, run, ())}
    for dimension in OTHERS:
        if any(data.grid.values(dimension)):
            found[str(dimension)] = _rows(data, run, (dimension,))
    return found


def _rows(data: SliceData, run: EvalRun, by: Sequence[Dimension]) -> list[dict[str, Any]]:
    slices = data.grid.slices((Dimension.NATION, *by))
    return [
        {
            "nation": where[0][1],
            "value": where[-1][1] if by else "",
            **model_figures(data, run, where, places),
        }
        for where, places in slices.items()
    ]
