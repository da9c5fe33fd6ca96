"""What the order of options does to a model, from columns: as :mod:`option_bias`, at the size of a large
release."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING

from evaluation.scoring.clusters import rate_interval
from evaluation.scoring.columns import column_totals
from evaluation.scoring.option_bias import LEAST, OptionBias, Share

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Column = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class OrderedColumns:
    """The fields of :class:`~evaluation.scoring.option_bias.OrderedChoice` of n items, shape (n,) each.

    ``articles`` numbers them. A choice is 1 for S and 0 for RS; it, and a probability, is not a number where
    there is none. Probabilities are in [0, 1].
    """

    articles: NDArray[np.intp]
    statement_first: Column
    reversed_first: Column
    probability_statement_first: Column
    probability_reversed_first: Column
    probability: Column

    def at(self, places: NDArray[np.intp]) -> OrderedColumns:
        """The items at these places."""
        return OrderedColumns(*(getattr(self, name)[places] for name in self.__slots__))


def column_bias(items: OrderedColumns) -> OptionBias:
    """As :func:`~evaluation.scoring.option_bias.option_bias`."""
    import numpy as np

    flips = np.where(
        np.isnan(items.statement_first + items.reversed_first),
        np.nan,
        items.statement_first != items.reversed_first,
    )
    named_first = np.concatenate([items.statement_first, 1 - items.reversed_first])
    ordered = (items.probability_statement_first, items.probability_reversed_first)
    given = np.stack([*ordered, items.probability])
    given = given[:, ~np.isnan(given).all(axis=0)]
    first, second = (_log_odds(column) for column in ordered)
    return OptionBias(
        items=len(items.articles),
        flips=_share(flips, items.articles),
        first_option=_share(named_first, np.tile(items.articles, 2)),
        with_probability=given.shape[1],
        margin=_mean(np.abs(2 * _mean_given(given) - 1)),
        log_odds=_mean(_mean_given(_log_odds(given))),
        position_log_odds=_mean((first - second) / 2),
    )


def _mean_given(values: Column) -> Column:
    """Mean of each column of what is given in it, one or more."""
    import numpy as np

    found: Column = np.nansum(values, axis=0) / (~np.isnan(values)).sum(axis=0)
    return found


def _log_odds(probability: Column) -> Column:
    import numpy as np

    found: Column = np.log(np.maximum(probability, LEAST)) - np.log(np.maximum(1 - probability, LEAST))
    return found


def _share(values: Column, articles: NDArray[np.intp]) -> Share | None:
    import numpy as np

    known = ~np.isnan(values)
    if not known.any():
        return None
    totals = column_totals(values[known], articles[known])
    return Share(totals.items, totals.mean, *rate_interval(totals))


def _mean(values: Column) -> float | None:
    """Of what is a number."""
    import numpy as np

    known = values[~np.isnan(values)].tolist()
    return fsum(known) / len(known) if known else None
