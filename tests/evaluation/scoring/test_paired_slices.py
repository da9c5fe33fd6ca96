from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evaluation.scoring.metrics import Dimension, ScoredItem
from evaluation.scoring.multiplicity import benjamini_hochberg, holm
from evaluation.scoring.outcomes import ItemOutcome
from evaluation.scoring.paired_slices import compare_slices

BY_NATION = (Dimension.NATION,)


def run(rates: dict[str, float], *, seed: int, items: int = 60) -> list[ScoredItem]:
    draw = np.random.default_rng(seed)
    return [
        ScoredItem(
            nation,
            "quoted",
            f"{nation}{n // 2}",
            ItemOutcome.STATEMENT if draw.random() < rate else ItemOutcome.REVERSED,
            key=f"{nation}-{n}",
        )
        for nation, rate in rates.items()
        for n in range(items)
    ]


def test_compare_slices_finds_the_slice_that_differs():
    one = run({"CN": 0.9, "FR": 0.5, "US": 0.5}, seed=1)
    other = run({"CN": 0.3, "FR": 0.5, "US": 0.5}, seed=2)
    found = compare_slices(one, other, BY_NATION)
    assert [dict(row.slice)[Dimension.NATION] for row in found] == ["CN", "FR", "US"]
    assert [row.holm_p < 0.05 for row in found] == [True, False, False]
    p_values = [row.comparison.p_value for row in found]
    assert [row.holm_p for row in found] == holm(p_values)
    assert [row.discovery_p for row in found] == benjamini_hochberg(p_values)


def test_compare_slices_keeps_a_slice_of_one_run_untested():
    one = run({"CN": 0.9, "FR": 0.5}, seed=1)
    found = compare_slices(one, run({"CN": 0.3}, seed=2), BY_NATION)
    assert [(row.comparison.items, row.holm_p is None) for row in found] == [(60, False), (0, True)]
    # One slice was tested, so nothing is adjusted.
    assert found[0].holm_p == found[0].discovery_p == found[0].comparison.p_value


def test_compare_slices_compares_items_only_inside_their_slice():
    one = run({"CN": 0.9}, seed=1)
    moved = [replace(item, topic="water") for item in one]
    found = compare_slices(one, moved, (Dimension.NATION, Dimension.TOPIC))
    assert [row.comparison.items for row in found] == [0, 0]


def test_compare_slices_refuses_to_pool_nations():
    with pytest.raises(ValueError, match="nation must be among them"):
        compare_slices([], [], (Dimension.TOPIC,))
