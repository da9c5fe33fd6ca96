"""What every item of a run came to, as one letter each: read in a moment, at any size of a release."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from evaluation.models import LIKELIHOODS, EvalRun, Release
from evaluation.scoring.clusters import Credits
from evaluation.scoring.metrics import Dimension, ScoredItem, Slice
from evaluation.scoring.outcomes import ItemOutcome, agreement_credit
from evaluation.services.figures.stored_figures import keep_figures, kept_figures, stored_figures
from evaluation.services.runs.orders import bias_by_slice
from evaluation.services.runs.summary import item_outcomes

_LETTERS = {
    ItemOutcome.STATEMENT: "S",
    ItemOutcome.REVERSED: "R",
    ItemOutcome.TIE: "T",
    ItemOutcome.FLIP: "F",
    ItemOutcome.REFUSAL: "X",
    ItemOutcome.INVALID: "I",
}
_OUTCOMES = {letter: outcome for outcome, letter in _LETTERS.items()}
_CREDITS = {letter: agreement_credit(outcome) for letter, outcome in _OUTCOMES.items()}
_NONE = "."  # not answered
_CONTROL = "control"


class GridItem(NamedTuple):
    """Where an item of a release stands; named as the columns it is read from."""

    key: str
    nation_id: str
    source_type: str
    article_key: str
    topic: str
    language: str
    is_contested: bool
    period: str
    part: str

    def value(self, dimension: Dimension) -> str:
        """Where it stands on a dimension, as :meth:`~evaluation.scoring.metrics.ScoredItem.value` says."""
        match dimension:
            case Dimension.NATION:
                return self.nation_id
            case Dimension.CONTESTED:
                return "yes" if self.is_contested else "no"
        return str(getattr(self, dimension.value))


@dataclass(frozen=True, slots=True)
class Grid:
    """The items of a release that models are scored on, by key. Sheets have a letter for each."""

    items: Sequence[GridItem]

    def places(self, where: Slice = ()) -> list[int]:
        """Places of the items of a slice."""
        if not where:
            return list(range(len(self.items)))
        tests: list[Callable[[GridItem], bool]] = [_test(*pair) for pair in where]
        return [at for at, item in enumerate(self.items) if all(test(item) for test in tests)]

    def slices(self, dimensions: Sequence[Dimension]) -> dict[Slice, list[int]]:
        """Places of every combination of values that occurs, in the order of values."""
        found: dict[Slice, list[int]] = defaultdict(list)
        for at, item in enumerate(self.items):
            found[tuple((dimension, item.value(dimension)) for dimension in dimensions)].append(at)
        return {where: found[where] for where in sorted(found)}

    def values(self, dimension: Dimension) -> list[str]:
        """What occurs on a dimension, sorted."""
        return sorted({item.value(dimension) for item in self.items})


def _test(dimension: Dimension, value: str) -> Callable[[GridItem], bool]:
    return lambda item: item.value(dimension) == value


def grid(release: Release, *, holdout: bool = False) -> Grid:
    """The items of a release in the order of sheets, with ``holdout`` the private ones too."""
    rows = release.items.evaluated(holdout=holdout).order_by("key").values_list(*GridItem._fields)
    return Grid([GridItem._make(row) for row in rows.iterator(chunk_size=5000)])


def grid_values(release: Release, *, holdout: bool = False) -> dict[str, list[str]]:
    """What occurs on each dimension, sorted; kept, since a built release never changes."""
    found: dict[str, list[str]] = stored_figures(
        release=release,
        name=f"values {holdout}",
        runs=[],
        compute=lambda: {
            str(at): over.values(at) for over in [grid(release, holdout=holdout)] for at in Dimension
        },
    )
    return found


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
                _OUTCOMES[self.outcomes[at]],
                key=item.key,
                topic=item.topic,
                language=item.language,
                is_contested=item.is_contested,
                period=item.period,
            )
            for at in places
            if self.outcomes[at] != _NONE
            for item in (grid.items[at],)
        ]

    def outcome(self, at: int) -> ItemOutcome | None:
        """What the item at a place came to."""
        return _OUTCOMES.get(self.outcomes[at])


def sheet_of(run: EvalRun, grid: Grid) -> Sheet:
    """The sheet of a run over the grid of its items, stored once the run has ended."""
    kept = stored_figures(
        release=run.release, name=f"sheet {run.pk}", runs=[run], compute=lambda: _computed(run, grid)
    )
    return Sheet(kept["outcomes"], kept["bias"])


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


def _control_name(run: EvalRun) -> str:
    return f"control {run.pk}"


def sheet_text(outcomes: dict[str, ItemOutcome], grid: Grid) -> str:
    """Letters of outcomes by item key."""
    return "".join(_LETTERS[outcomes[item.key]] if item.key in outcomes else _NONE for item in grid.items)


def _computed(run: EvalRun, grid: Grid) -> dict[str, Any]:
    found = {item["item__key"]: outcome for item, outcome in item_outcomes(run) if outcome is not None}
    bias = run.figures.get("option_bias") or bias_by_slice(run)
    return {"outcomes": sheet_text(found, grid), "bias": bias}
