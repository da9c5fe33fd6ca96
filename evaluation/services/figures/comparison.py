"""Two runs on one release: paired differences slice by slice, outcomes against each other, and where they
differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from evaluation.models import EvalRun, Release
from evaluation.scoring.agreement_of_methods import OUTCOMES, MethodAgreement, compare_methods
from evaluation.scoring.columns import NONE, Column, column_score, compare_columns, detectable_by_columns
from evaluation.scoring.metrics import Dimension, Slice
from evaluation.scoring.paired_slices import adjusted
from evaluation.services.figures.grids import Grid, grid
from evaluation.services.figures.sheets import Sheet, control_sheets, sheet_of
from evaluation.services.figures.stored_figures import stored_figures

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Pair:
    """Two ended runs over the items of one grid."""

    first: EvalRun
    second: EvalRun
    grid: Grid
    sheets: tuple[Sheet, Sheet]


def pair_of(release: Release, first: EvalRun, second: EvalRun) -> Pair:
    """The sheets of two runs; beside one that did not ask the private items, the other is without them."""
    for run in (first, second):
        run.release = release
    both = first.is_holdout and second.is_holdout
    over = grid(release, holdout=both)
    return Pair(first, second, over, (_fitted(first, release, over), _fitted(second, release, over)))


def compared(release: Release, first: EvalRun, second: EvalRun, by: Dimension) -> dict[str, Any]:
    """Plain values: ``slices`` by nation and ``by``, and ``nations``, the outcomes of the two against each
    other (``table[i][j]`` over :data:`OUTCOMES`) in each nation.

    A slice has the fields of :class:`~evaluation.scoring.paired.PairedComparison` with ``holm_p`` and
    ``discovery_p`` over all slices, and ``mde``, the least difference its common items can show;
    ``first_control`` and ``second_control`` are rates of random weights there.
    """
    name = f"compare {first.pk} {second.pk} {by}"
    found: dict[str, Any] = stored_figures(
        release=release,
        name=name,
        runs=[first, second],
        compute=lambda: _computed(pair_of(release, first, second), by),
    )
    return found


def differing(pair: Pair, nations: Sequence[str] | None) -> list[int]:
    """Places of the items of these nations (all for ``None``) that the two came to different ends on."""
    one, other = pair.sheets
    return [
        at
        for at, item in enumerate(pair.grid.items)
        if one.outcomes[at] != other.outcomes[at] and (nations is None or item.nation_id in nations)
    ]


def nation_agreements(first: Sheet, second: Sheet, over: Grid) -> list[dict[str, Any]]:
    """Outcomes of two sheets against each other, one row a nation: nothing pools them."""
    return [
        {
            "nation": where[0][1],
            **_agreement(compare_methods(first.scored(over, places), second.scored(over, places))),
        }
        for where, places in over.slices((Dimension.NATION,)).items()
    ]


def _agreement(found: MethodAgreement) -> dict[str, Any]:
    return {
        **asdict(found),
        "table": [list(row) for row in found.table],
        "outcomes": [str(one) for one in OUTCOMES],
    }


def _computed(pair: Pair, by: Dimension) -> dict[str, Any]:
    dimensions = (Dimension.NATION,) if by is Dimension.NATION else (Dimension.NATION, by)
    controls = control_sheets(pair.first.release, [pair.first, pair.second])
    slices = pair.grid.slices(dimensions)
    columns: dict[Slice, tuple[Column, Column]] = {}
    for where, places in slices.items():
        first, second = (sheet.column(pair.grid, places) for sheet in pair.sheets)
        if _is_asked(first) or _is_asked(second):
            columns[where] = first, second
    rows = []
    for found in adjusted({where: compare_columns(*both) for where, both in columns.items()}):
        where = found.slice
        rows.append(
            {
                "nation": where[0][1],
                "value": where[-1][1] if len(where) > 1 else "",
                **asdict(found.comparison),
                "holm_p": found.holm_p,
                "discovery_p": found.discovery_p,
                "mde": detectable_by_columns(*columns[where]),
                "first_control": _control(pair, controls.get(pair.first.pk), slices[where]),
                "second_control": _control(pair, controls.get(pair.second.pk), slices[where]),
            }
        )
    return {"slices": rows, "nations": nation_agreements(*pair.sheets, pair.grid)}


def _is_asked(column: Column) -> bool:
    return bool((column.letters != ord(NONE)).any())


def _control(pair: Pair, control: Sheet | None, places: NDArray[np.intp]) -> float | None:
    """The rate of random weights in a slice, where it is kept for the items of this grid."""
    if control is None or len(control.outcomes) != len(pair.grid.items):
        return None
    return column_score((), control.column(pair.grid, places)).agreement_rate


def _fitted(run: EvalRun, release: Release, over: Grid) -> Sheet:
    """A sheet over a grid that may be without the private items the run has asked."""
    own = grid(release, holdout=True) if run.is_holdout else over
    sheet = sheet_of(run, own)
    if len(own.items) == len(over.items):
        return sheet
    letters = {item.key: letter for item, letter in zip(own.items, sheet.outcomes, strict=True)}
    return Sheet("".join(letters[item.key] for item in over.items), sheet.bias)
