"""Figures of a slice from columns: those of :mod:`metrics`, :mod:`grouping` and :mod:`paired`, at the size of
a large release. What an item came to is a letter, and an article is a number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from evaluation.scoring.clusters import ArticleTotals, bootstrap_interval
from evaluation.scoring.grouping import Grouping, group_totals
from evaluation.scoring.metrics import Slice, SliceScore, slice_score
from evaluation.scoring.outcomes import CREDIT, ItemOutcome, agreement_credit
from evaluation.scoring.paired import PairedComparison, compare_totals, detectable_difference

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LETTERS = {
    ItemOutcome.STATEMENT: "S",
    ItemOutcome.REVERSED: "R",
    ItemOutcome.TIE: "T",
    ItemOutcome.FLIP: "F",
    ItemOutcome.REFUSAL: "X",
    ItemOutcome.INVALID: "I",
}
NONE = "."  # not answered
OUTCOMES = {letter: outcome for outcome, letter in LETTERS.items()}


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """What n items came to: ``letters`` as bytes, shape (n,), and the number of each one's article, shape
    (n,), in the order of the articles' names. Columns of one slice have the same items in the same order."""

    letters: NDArray[np.uint8]
    articles: NDArray[np.intp]


def column_totals(credits: NDArray[np.float64], articles: NDArray[np.intp]) -> ArticleTotals:
    """Add up credits by article, exactly where they are halves."""
    import numpy as np

    sizes = np.bincount(articles)
    kept = sizes > 0
    totals = np.bincount(articles, weights=credits)
    return ArticleTotals(tuple(sizes[kept].tolist()), tuple(totals[kept].tolist()), float(credits @ credits))


def column_score(where: Slice, column: Column) -> SliceScore:
    """As :func:`~evaluation.scoring.metrics.score_slice`; items without an answer are left out."""
    import numpy as np

    counts = np.bincount(column.letters, minlength=256)
    return slice_score(
        where,
        {outcome: int(counts[ord(letter)]) for letter, outcome in OUTCOMES.items()},
        _totals(column, _known(CREDIT)),
        _totals(column, _agreement()),
    )


def column_bootstrap(column: Column) -> tuple[float, float] | None:
    """95 % bootstrap interval of the agreement rate, articles drawn whole; ``None`` below two articles.

    The same every time, and whichever articles they are: it tells nothing of single ones that the sizes and
    totals of all do not tell.
    """
    import numpy as np

    known = _agreement()[column.letters]
    kept = ~np.isnan(known)
    credits, articles = known[kept], column.articles[kept]
    if not len(credits):
        return None
    order = np.lexsort((np.bincount(articles, weights=credits), np.bincount(articles)))
    names = np.empty(len(order), dtype=np.intp)
    names[order] = np.arange(len(order))
    return bootstrap_interval(credits.tolist(), [f"{name:09d}" for name in names[articles]], seed=0)


def group_columns(columns: Mapping[str, Column], *, alpha: float = 0.05) -> Grouping:
    """As :func:`~evaluation.scoring.grouping.group_models`, of columns of one slice."""
    return group_totals(
        {name: _totals(column, _agreement()) for name, column in columns.items()},
        lambda one, other: compare_columns(columns[one], columns[other]),
        alpha=alpha,
    )


def compare_columns(first: Column, second: Column) -> PairedComparison:
    """As :func:`~evaluation.scoring.paired.compare_runs` without permutations, of columns of one slice."""
    one, other, articles = _common(first, second)
    differences = one - other
    return compare_totals(
        column_totals(differences, articles),
        first=float(one.sum()),
        second=float(other.sum()),
        higher=int((differences > 0).sum()),
        lower=int((differences < 0).sum()),
    )


def detectable_by_columns(first: Column, second: Column) -> float | None:
    """As :func:`~evaluation.scoring.paired.paired_detectable_effect`, of columns of one slice."""
    one, other, articles = _common(first, second)
    return detectable_difference(column_totals(one - other, articles))


def _totals(column: Column, credits: NDArray[np.float64]) -> ArticleTotals:
    import numpy as np

    found = credits[column.letters]
    kept = ~np.isnan(found)
    return column_totals(found[kept], column.articles[kept])


def _common(
    first: Column, second: Column
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.intp]]:
    import numpy as np

    one, other = _agreement()[first.letters], _agreement()[second.letters]
    kept = ~np.isnan(one) & ~np.isnan(other)
    return one[kept], other[kept], first.articles[kept]


@cache
def _agreement() -> NDArray[np.float64]:
    return _known({outcome: agreement_credit(outcome) for outcome in ItemOutcome})


def _known(credits: Mapping[ItemOutcome, float]) -> NDArray[np.float64]:
    """Credits by byte; not a number for a letter that has none."""
    import numpy as np

    table = np.full(256, np.nan)
    for outcome, credit in credits.items():
        table[ord(LETTERS[outcome])] = credit
    return table
