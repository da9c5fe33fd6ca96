"""The items of a release that models are scored on, as columns: places of slices are found in a moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from evaluation.models import Release
from evaluation.scoring.metrics import Dimension, Slice
from evaluation.services.figures.stored_figures import stored_figures

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class GridItem(NamedTuple):
    """Where an item of a release stands; named as the columns it is read from."""

    pk: int
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


class Numbered(NamedTuple):
    """A text per item: the texts that occur, in order, and the number of each item's, shape (n,)."""

    values: list[str]
    numbers: NDArray[np.intp]


@dataclass(frozen=True)
class Grid:
    """The items of a release that models are scored on, by key. Sheets have a letter for each."""

    items: Sequence[GridItem]

    @cached_property
    def articles(self) -> NDArray[np.intp]:
        """The number of each item's article, in the order of the articles' names."""
        return _numbered(item.article_key for item in self.items).numbers

    @cached_property
    def dimensions(self) -> dict[Dimension, Numbered]:
        """Where each item stands on every dimension."""
        return {at: _numbered(item.value(at) for item in self.items) for at in Dimension}

    def places(self, where: Slice = ()) -> NDArray[np.intp]:
        """Places of the items of a slice, in order."""
        import numpy as np

        inside = np.ones(len(self.items), dtype=bool)
        for dimension, value in where:
            values, numbers = self.dimensions[dimension]
            inside &= numbers == (values.index(value) if value in values else -1)
        return np.flatnonzero(inside)

    def slices(self, dimensions: Sequence[Dimension]) -> dict[Slice, NDArray[np.intp]]:
        """Places of every combination of values that occurs, in the order of values."""
        import numpy as np

        columns = [self.dimensions[dimension] for dimension in dimensions]
        shape = [len(column.values) for column in columns]
        if not self.items:
            return {}
        numbers = np.ravel_multi_index([column.numbers for column in columns], shape)
        order = np.argsort(numbers, kind="stable")
        found, starts = np.unique(numbers[order], return_index=True)
        return {
            tuple(
                (dimension, column.values[number])
                for dimension, column, number in zip(
                    dimensions, columns, np.unravel_index(one, shape), strict=True
                )
            ): places
            for one, places in zip(found, np.split(order, starts[1:]), strict=True)
        }

    def values(self, dimension: Dimension) -> list[str]:
        """What occurs on a dimension, sorted."""
        return self.dimensions[dimension].values


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


def _numbered(texts: Iterable[str]) -> Numbered:
    import numpy as np

    kept = list(texts)
    values = sorted(set(kept))
    number = {value: at for at, value in enumerate(values)}
    return Numbered(values, np.array([number[text] for text in kept], dtype=np.intp))
