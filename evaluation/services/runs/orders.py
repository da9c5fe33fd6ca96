"""What the order of options did in a run, and how firmly it chose: flips, option prior, margin by slice."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from evaluation.models import LIKELIHOODS, Answer, Method, Outcome
from evaluation.scoring.metrics import ALL, Dimension
from evaluation.scoring.multiple_choice import OptionOrder
from evaluation.scoring.option_columns import OrderedColumns, column_bias
from evaluation.services.figures.readings import SAID, Reading

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def bias_by_slice(reading: Reading) -> dict[str, Any]:
    """Figures of :class:`~evaluation.scoring.option_bias.OptionBias` by ``nation|type`` and ``nation|all``,
    of the items that have any answer.

    Nothing of free answers, which show no options.
    """
    if reading.run.method == Method.ANSWER_JUDGEMENT:
        return {}
    items, begun = _ordered(reading), reading.is_begun
    found = {}
    for dimensions in ((Dimension.NATION, Dimension.SOURCE_TYPE), (Dimension.NATION,)):
        for where, places in reading.grid.slices(dimensions).items():
            inside = places[begun[places]]
            if len(inside):
                kind = where[1][1] if len(where) > 1 else ALL
                found[f"{where[0][1]}|{kind}"] = asdict(column_bias(items.at(inside)))
    return {name: found[name] for name in sorted(found)}


def _ordered(reading: Reading) -> OrderedColumns:
    import numpy as np

    said, probabilities = reading.said, reading.probabilities
    nothing = np.full(len(reading.grid.items), np.nan)
    if reading.run.protocol in LIKELIHOODS:
        alone = probabilities[Answer.Order.NONE]
        return OrderedColumns(reading.grid.articles, nothing, nothing, nothing, nothing, alone)
    first, second = OptionOrder.STATEMENT_FIRST, OptionOrder.REVERSED_FIRST
    return OrderedColumns(
        reading.grid.articles,
        statement_first=_chosen(said[first]),
        reversed_first=_chosen(said[second]),
        probability_statement_first=probabilities[first],
        probability_reversed_first=probabilities[second],
        probability=nothing,
    )


def _chosen(said: NDArray[np.uint8]) -> NDArray[np.float64]:
    """1 for S, 0 for RS, not a number for anything else."""
    import numpy as np

    chosen = {SAID.index(Outcome.STATEMENT): 1.0, SAID.index(Outcome.REVERSED): 0.0}
    return np.select([said == code for code in chosen], list(chosen.values()), np.nan)
