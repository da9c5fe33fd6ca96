"""The leaderboard of a release: models of one board in every nation and type, computed once and kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evaluation.models import EvalRun, Release
from evaluation.scoring.metrics import ALL, Dimension
from evaluation.services.figures.boards import Board, board_of, ranked, release_runs
from evaluation.services.figures.grids import Grid, grid
from evaluation.services.figures.sheets import control_sheets, sheet_of
from evaluation.services.figures.slices import SliceData, slice_standing
from evaluation.services.figures.stored_figures import stored_figures

_TYPES = ("quoted", "official", ALL)


def standing(
    release: Release, board: Board, runs: Sequence[EvalRun], over: Grid | None = None
) -> list[dict[str, Any]]:
    """Standings of ``runs`` (:func:`~evaluation.services.figures.boards.ranked`) per nation and type, then of
    each nation with its types pooled (type ``all``). Nothing pools nations.

    Rows are those of :func:`~evaluation.services.figures.slices.slice_standing` with ``nation`` and
    ``source_type``. ``over`` is the grid of the board, where it has been read.
    """
    if not runs:
        return []

    def compute() -> dict[str, Any]:
        return {"slices": _computed(slice_data(release, board, runs, over))}

    found = stored_figures(release=release, name=board.name, runs=runs, compute=compute)
    rows: list[dict[str, Any]] = found["slices"]
    return rows


def slice_data(
    release: Release, board: Board, runs: Sequence[EvalRun], over: Grid | None = None
) -> SliceData:
    """What slices of these runs are computed from; the grid of the board is read where it is not given."""
    over = over or grid(release, holdout=board.is_holdout)
    for run in runs:
        run.release = release
    return SliceData(
        grid=over,
        runs=runs,
        sheets={run.pk: sheet_of(run, over) for run in runs},
        controls=control_sheets(release, runs),
    )


def keep_standing(run: EvalRun, over: Grid | None = None) -> None:
    """Compute the board of a run that has finished, so that no page has to; does nothing for one that has
    not."""
    if run.status == EvalRun.Status.FINISHED:
        board = board_of(run)
        standing(run.release, board, ranked(release_runs(run.release), board), over)


def _computed(data: SliceData) -> list[dict[str, Any]]:
    slices = {
        **data.grid.slices((Dimension.NATION, Dimension.SOURCE_TYPE)),
        **data.grid.slices((Dimension.NATION,)),
    }
    found = [
        {
            "nation": where[0][1],
            "source_type": where[1][1] if len(where) > 1 else ALL,
            **slice_standing(data, where, places),
        }
        for where, places in slices.items()
    ]
    return sorted(found, key=lambda row: (row["nation"], _TYPES.index(row["source_type"])))
