"""Samples of clustered credits whose true rate is known, for simulations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle

import numpy as np

from evaluation.scoring.clusters import ArticleTotals


def article_sizes(items: int, sizes: Sequence[int]) -> list[int]:
    """Sizes taken in turn until they hold at least so many items."""
    found: list[int] = []
    for size in cycle(sizes):
        if sum(found) >= items:
            return found
        found.append(size)
    raise AssertionError("sizes is empty")


def clustered_samples(
    *,
    items: int,
    rate: float,
    sizes: Sequence[int],
    correlation: float,
    halves: float,
    replications: int,
    seed: int,
) -> tuple[float, Iterator[ArticleTotals]]:
    """The true rate, and samples: each article has a chance of its own (a beta distribution with the
    intra-class correlation), each item is a half with probability ``halves``, else 1 with that chance."""
    draw = np.random.default_rng(seed)
    counts = np.array(article_sizes(items, sizes))
    shape = (replications, len(counts))
    if correlation:
        weight = (1 - correlation) / correlation
        chances = draw.beta(rate * weight, (1 - rate) * weight, shape)
    else:
        chances = np.full(shape, rate)
    half = draw.binomial(counts, halves, shape)
    ones = draw.binomial(counts - half, chances)
    totals, squares = ones + 0.5 * half, ones.sum(axis=1) + 0.25 * half.sum(axis=1)
    samples = (
        ArticleTotals(tuple(counts.tolist()), tuple(row.tolist()), float(square))
        for row, square in zip(totals, squares, strict=True)
    )
    return halves * 0.5 + (1 - halves) * rate, samples
