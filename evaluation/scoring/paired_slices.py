"""Two runs compared slice by slice, with p-values adjusted for the number of slices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evaluation.scoring.metrics import Dimension, ScoredItem, Slice, credits_of, slice_key
from evaluation.scoring.multiplicity import benjamini_hochberg, holm
from evaluation.scoring.paired import PairedComparison, compare_runs


@dataclass(frozen=True, slots=True)
class SliceComparison:
    """Two runs in one slice. Adjusted p-values are over all slices that could be tested, else ``None``."""

    slice: Slice
    comparison: PairedComparison
    holm_p: float | None
    discovery_p: float | None


def compare_slices(
    first: Iterable[ScoredItem], second: Iterable[ScoredItem], dimensions: Sequence[Dimension]
) -> list[SliceComparison]:
    """Compare two runs in every slice that either has items of, in the order of values.

    ``holm_p`` is for "there is a difference in this slice", ``discovery_p`` (Benjamini and Hochberg) for a
    list of slices to look at. Raises ``ValueError`` as :func:`~evaluation.scoring.metrics.slice_key` does.
    """
    groups: dict[Slice, tuple[list[ScoredItem], list[ScoredItem]]] = defaultdict(lambda: ([], []))
    where = slice_key(dimensions)
    for side, items in enumerate((first, second)):
        for item in items:
            groups[where(item)][side].append(item)
    return adjusted(
        {
            name: compare_runs(*(credits_of(side) for side in groups[name]), resamples=0)
            for name in sorted(groups)
        }
    )


def adjusted(comparisons: Mapping[Slice, PairedComparison]) -> list[SliceComparison]:
    """Comparisons slice by slice with p-values adjusted over all of them."""
    compared = list(comparisons.items())
    p_values = {name: found.p_value for name, found in compared if found.p_value is not None}
    family = dict(zip(p_values, holm(list(p_values.values())), strict=True))
    discovery = dict(zip(p_values, benjamini_hochberg(list(p_values.values())), strict=True))
    return [SliceComparison(name, found, family.get(name), discovery.get(name)) for name, found in compared]
