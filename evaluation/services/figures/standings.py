"""The leaderboard of a release: models of one board in every nation and type, computed once and kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evaluation.models import EvalRun, Release
from evaluation.scoring.metrics import ALL, Dimension, Slice
from evaluation.services.figures.boards import Board, board_of, ranked, release_runs
from evaluation.services.figures.sheets import control_sheets, grid, sheet_of
from evaluation.services.figures.slices import SliceData, slice_standing
from evaluation.services.figures.stored_figures import stored_figures

_TYPES = ("quoted", "official", ALL)


def standing(release: Release, board: Board, runs: Sequence[EvalRun]) -> list[dict[str, Any]]:
    """Standings of ``runs`` (:func:`~evaluation.services.figures.boards.ranked`) per nation and type, then of
    each nation with its types pooled (type ``all``). Nothing pools nations.

    Rows are those of :func:`~evaluation.services.figures.slices.slice_standing` with ``nation`` and
    ``source_type``.
    """
    if not runs:
        return []

    def compute() -> dict[str, Any]:
        return {"slices": _computed(slice_data(release, board, runs))}

    found = stored_figures(release=release, name=board.name, runs=runs, compute=compute)
    rows: list[dict[str, Any]] = found["slices"]
    return rows


def slice_data(release: Release, board: Board, runs: Sequence[EvalRun]) -> SliceData:
    """What slices of these runs are computed from."""
    over = grid(release, holdout=board.is_holdout)
    for run in runs:
        run.release = release
    return SliceData(
        grid=over,
        runs=runs,
        sheets={run.pk: sheet_of(run, over) for run in runs},
        controls=control_sheets(release, runs),
    )


def keep_standing(run: EvalRun) -> None:
    """Compute the board of a run that has finished, so that no page has to; does nothing for one that has
    not."""
    if run.status == EvalRun.Status.FINISHED:
        board = board_of(run)
        standing(run.release, board, ranked(release_runs(run.release), board))


def _computed(data: SliceData) -> list[dict[str, Any]]:
    places: dict[tuple[str, str], list[int]] = {}
    for at, item in enumerate(data.grid.items):
        for kind in (item.source_type, ALL):
            places.setdefault((item.nation_id, kind), []).append(at)
    ordered = sorted(places, key=lambda key: (key[0], _TYPES.index(key[1])))
    return [
        {
            "nation": nation,
            "source_type": kind,
            **slice_standing(data, nation_slice(nation, kind), places[nation, kind]),
        }
        for nation, kind in ordered
    ]


def nation_slice(nation: str, source_type: str = ALL) -> Slice:
    """A nation, and a type unless it is ``all``."""
    where: Slice = ((Dimension.NATION, nation),)
    return where if source_type == ALL else (*where, (Dimension.SOURCE_TYPE, source_type))
