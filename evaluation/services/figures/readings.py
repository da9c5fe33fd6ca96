"""The stored answers of a run, read once: what every item came to, and what was chosen in either order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from evaluation.models import Answer, EvalRun, Method, Outcome
from evaluation.scoring.columns import LETTERS, NONE, Column
from evaluation.scoring.multiple_choice import OptionOrder
from evaluation.scoring.outcomes import Choice, ItemOutcome, combine_orders
from evaluation.services.figures.grids import Grid, grid
from evaluation.services.runs.protocols.verdicts import item_outcome

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SAID = tuple(Outcome)  # codes of answers are places in it
_NOTHING = len(SAID)  # no answer in this order
_CODE = {str(outcome): at for at, outcome in enumerate(SAID)}
_ORDERS = (OptionOrder.STATEMENT_FIRST.value, OptionOrder.REVERSED_FIRST.value, Answer.Order.NONE.value)


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """Answers of ``run`` in the order of ``grid``, n items.

    ``letters`` (n,) is what each came to, as bytes of a sheet: none while an order is missing or failed. By
    order, ``said`` (n,) holds codes of :data:`SAID` and ``probabilities`` (n,) those of S, not a number where
    none was given.
    """

    run: EvalRun
    grid: Grid
    letters: NDArray[np.uint8]
    said: dict[str, NDArray[np.uint8]]
    probabilities: dict[str, NDArray[np.float64]]

    @property
    def is_begun(self) -> NDArray[np.bool_]:
        """Whether an item has any answer, a failed one too; shape (n,)."""
        first, second, without = (self.said[order] != _NOTHING for order in _ORDERS)
        return first | second | without

    @property
    def is_whole(self) -> bool:
        """Whether every item has come to something."""
        return NONE not in self.text

    @property
    def text(self) -> str:
        """The letters of its sheet."""
        return self.letters.tobytes().decode("ascii")

    def column(self, places: NDArray[np.intp]) -> Column:
        """What the items at these places came to."""
        return Column(self.letters[places], self.grid.articles[places])


def read_answers(run: EvalRun, over: Grid | None = None) -> Reading:
    """Read the answers of a run over the grid of its items (read, too, where it is not given)."""
    import numpy as np

    over = over or grid(run.release, holdout=run.is_holdout)
    size = len(over.items)
    place = {item.pk: at for at, item in enumerate(over.items)}
    said = {order: np.full(size, _NOTHING, dtype=np.uint8) for order in _ORDERS}
    probabilities = {order: np.full(size, np.nan) for order in _ORDERS}
    judged: dict[int, str] = {}
    is_judged = run.method == Method.ANSWER_JUDGEMENT
    fields = ("item_id", "order", "outcome", "probability", *(["judge_reply"] if is_judged else []))
    rows = Answer.objects.filter(run=run).order_by().values_list(*fields)
    for item, order, outcome, probability, *reply in rows.iterator(chunk_size=5_000):
        at = place.get(item)
        if at is None:
            continue
        said[order][at] = _CODE[outcome]
        if probability is not None:
            probabilities[order][at] = probability
        if reply and outcome != Outcome.ERROR:
            judged[at] = LETTERS[item_outcome(reply[0], outcome)]
    first, second, without = (said[order] for order in _ORDERS)
    letters = np.where(without == _NOTHING, _ordered()[first, second], _alone()[without])
    if judged:
        letters[list(judged)] = np.frombuffer("".join(judged.values()).encode(), dtype=np.uint8)
    return Reading(run, over, letters, said, probabilities)


@cache
def _ordered() -> NDArray[np.uint8]:
    """The letter of an item by what was said with S first and with RS first."""
    import numpy as np

    table = np.full((_NOTHING + 1, _NOTHING + 1), ord(NONE), dtype=np.uint8)
    for first in Choice:
        for second in Choice:
            table[_CODE[first], _CODE[second]] = ord(LETTERS[combine_orders(first, second)])
    return table


@cache
def _alone() -> NDArray[np.uint8]:
    """The letter of an item by what was said without an order."""
    import numpy as np

    table = np.full(_NOTHING + 1, ord(NONE), dtype=np.uint8)
    for outcome in ItemOutcome:
        if outcome in _CODE:  # no single answer is a flip
            table[_CODE[outcome]] = ord(LETTERS[outcome])
    return table
