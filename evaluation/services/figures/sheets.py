"""What every item of a run came to, as one letter each: read in a moment, at any size of a release."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evaluation.models import LIKELIHOODS, EvalRun, Release, ReleaseItem
from evaluation.scoring.clusters import Credits
from evaluation.scoring.columns import LETTERS, NONE, OUTCOMES, Column
from evaluation.scoring.metrics import ScoredItem
from evaluation.scoring.outcomes import ItemOutcome, agreement_credit
from evaluation.services.figures.grids import Grid, grid
from evaluation.services.figures.readings import Reading, read_answers
from evaluation.services.figures.stored_figures import (
    keep_figures,
    kept_figures,
    signature_of,
    stored_figures,
)
from evaluation.services.runs.orders import bias_by_slice

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_CREDITS = {letter: agreement_credit(outcome) for letter, outcome in OUTCOMES.items()}
_CONTROL = "control"


@dataclass(frozen=True, slots=True)
class Sheet:
    """Outcomes of a run: one letter per item of its grid, and option bias by ``nation|type``."""

    outcomes: str
    bias: dict[str, Any]

    def credits(self, grid: Grid, places: Iterable[int]) -> Credits:
        """Credits of the asked items at these places, by key; 0 for a refusal or an invalid reply."""
        items, outcomes = grid.items, self.outcomes
        return {
            items[at].key: (_CREDITS[outcomes[at]], items[at].article_key)
            for at in places
            if outcomes[at] in _CREDITS
        }

    def scored(self, grid: Grid, places: Iterable[int]) -> list[ScoredItem]:
        """The items at these places with what they came to; those without an answer are left out."""
        return [
            ScoredItem(
                item.nation_id,
                item.source_type,
                item.article_key,
                OUTCOMES[self.outcomes[at]],
                key=item.key,
                topic=item.topic,
                language=item.language,
                is_contested=item.is_contested,
                period=item.period,
            )
            for at in places
            if self.outcomes[at] != NONE
            for item in (grid.items[at],)
        ]

    @property
    def letters(self) -> NDArray[np.uint8]:
        """The outcomes as bytes, in the order of the grid."""
        import numpy as np

        return np.frombuffer(self.outcomes.encode("ascii"), dtype=np.uint8)

    def column(self, grid: Grid, places: NDArray[np.intp]) -> Column:
        """What the items at these places came to."""
        return Column(self.letters[places], grid.articles[places])

    def outcome(self, at: int) -> ItemOutcome | None:
        """What the item at a place came to."""
        return OUTCOMES.get(self.outcomes[at])


def sheet_of(run: EvalRun, grid: Grid) -> Sheet:
    """The sheet of a run over the grid of its items, stored once the run has ended."""
    kept = stored_figures(
        release=run.release,
        name=_sheet_name(run),
        runs=[run],
        compute=lambda: _told(read_answers(run, grid)),
    )
    return Sheet(kept["outcomes"], kept["bias"])


def keep_sheet(reading: Reading) -> None:
    """Store the sheet of a run that has ended, from its answers as they were read."""
    run = reading.run
    keep_figures(
        release=run.release, name=_sheet_name(run), signature=signature_of([run]), figures=_told(reading)
    )


def keep_control(run: EvalRun, outcomes: dict[str, ItemOutcome]) -> None:
    """Keep what the random-weights control of a run came to, by item key: for slices its figures lack."""
    over = grid(run.release, holdout=run.is_holdout)
    keep_figures(
        release=run.release,
        name=_control_name(run),
        signature=_CONTROL,
        figures={"outcomes": sheet_text(outcomes, over)},
    )


def control_sheets(release: Release, runs: Iterable[EvalRun]) -> dict[int, Sheet]:
    """Sheets of the controls of runs, by the run's id, where they are kept."""
    names = {_control_name(run): run.pk for run in runs if run.protocol in LIKELIHOODS}
    kept = kept_figures(release=release, names=list(names), signature=_CONTROL)
    return {names[name]: Sheet(figures["outcomes"], {}) for name, figures in kept.items()}


def control_outcomes(item: ReleaseItem, runs: Iterable[EvalRun]) -> dict[int, ItemOutcome]:
    """What the controls of runs came to on one item of their release, by the run's id, where that is kept."""
    asked = {run.pk: run for run in runs}
    found = {}
    places: dict[bool, int] = {}
    for pk, sheet in control_sheets(item.release, asked.values()).items():
        holdout = asked[pk].is_holdout
        if holdout not in places:
            before = item.release.items.evaluated(holdout=holdout).filter(key__lt=item.key)
            places[holdout] = before.count()
        if outcome := sheet.outcome(places[holdout]):
            found[pk] = outcome
    return found


def _control_name(run: EvalRun) -> str:
    return f"control {run.pk}"


def sheet_text(outcomes: dict[str, ItemOutcome], grid: Grid) -> str:
    """Letters of outcomes by item key."""
    return "".join(LETTERS[outcomes[item.key]] if item.key in outcomes else NONE for item in grid.items)


def _told(reading: Reading) -> dict[str, Any]:
    bias = reading.run.figures.get("option_bias") or bias_by_slice(reading)
    return {"outcomes": reading.text, "bias": bias}


def _sheet_name(run: EvalRun) -> str:
    return f"sheet {run.pk}"
