"""The figures of a run, computed from its stored answers alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q

from evaluation.models import Answer, EvalRun, Method
from evaluation.scoring.columns import NONE, Column, column_bootstrap, column_score
from evaluation.scoring.metrics import Dimension, ScoredItem, SliceScore, score_slices
from evaluation.services.figures.grids import Grid
from evaluation.services.figures.readings import Reading, read_answers
from evaluation.services.figures.sheets import Sheet
from evaluation.services.runs.orders import bias_by_slice

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def summarise_run(run: EvalRun, reading: Reading | None = None) -> list[dict[str, Any]]:
    """One row per slice: the figures of :class:`~evaluation.scoring.metrics.SliceScore`, the bootstrap
    interval of its agreement rate, and ``failed``, the number of its items begun that still lack an answer. A
    nation's types pooled have the type ``all``."""
    reading = reading or read_answers(run)
    return letter_rows(reading.grid, reading.letters, reading.is_begun)


def scored_items(run: EvalRun) -> list[ScoredItem]:
    """What every item of a run came to, by key, those without all their answers left out."""
    reading = read_answers(run)
    return Sheet(reading.text, {}).scored(reading.grid, reading.grid.places())


def slice_rows(scored: Iterable[ScoredItem]) -> list[dict[str, Any]]:
    """Rows of a summary of these items, none of which failed."""
    return [_row(score, 0) for score in score_slices(scored)]


def letter_rows(
    over: Grid, letters: NDArray[np.uint8], is_begun: NDArray[np.bool_] | None = None
) -> list[dict[str, Any]]:
    """Rows of a summary from the letters of a grid's items; ``is_begun`` says which of those without one
    failed (none, where it is not given)."""
    rows, unseen = [], []
    for dimensions in ((Dimension.NATION, Dimension.SOURCE_TYPE), (Dimension.NATION,)):
        for where, places in over.slices(dimensions).items():
            column = Column(letters[places], over.articles[places])
            score = column_score(where, column)
            failed = 0
            if is_begun is not None:
                failed = int((is_begun[places] & (letters[places] == ord(NONE))).sum())
            if score.items:
                rows.append(_row(score, failed, column_bootstrap(column)))
            elif failed:  # no figures, but its failures count
                unseen.append(_row(score, failed))
    return rows + sorted(unseen, key=lambda row: (row["nation"], row["source_type"]))


def language_figures(run: EvalRun) -> dict[str, dict[str, Any]]:
    """Of free answers, by nation: how many are in the item's language, how many are not, how many do not
    tell."""
    rows = (
        Answer.objects.filter(run=run)
        .exclude(reply="")
        .order_by("item__nation_id")
        .values("item__nation_id")
        .annotate(
            answers=Count("pk"),
            in_language=Count("pk", filter=Q(is_in_language=True)),
            other_language=Count("pk", filter=Q(is_in_language=False)),
        )
    )
    found = {}
    for row in rows:
        nation = row.pop("item__nation_id")
        told = row["in_language"] + row["other_language"]
        found[nation] = {**row, "other_language_share": row["other_language"] / told if told else None}
    return found


def run_figures(run: EvalRun, reading: Reading | None = None) -> dict[str, Any]:
    """Figures of the whole run, by what they are about."""
    if run.method == Method.ANSWER_JUDGEMENT:
        return {"language": language_figures(run)}
    return {"option_bias": bias_by_slice(reading or read_answers(run))}


def _row(score: SliceScore, failed: int, bootstrap: tuple[float, float] | None = None) -> dict[str, Any]:
    figures = {name: value for name, value in asdict(score).items() if name != "slice"}
    return {
        "nation": score.value(Dimension.NATION),
        "source_type": score.value(Dimension.SOURCE_TYPE),
        **figures,
        "bootstrap_low": bootstrap[0] if bootstrap else None,
        "bootstrap_high": bootstrap[1] if bootstrap else None,
        "failed": failed,
    }
