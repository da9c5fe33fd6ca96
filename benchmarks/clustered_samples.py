"""Samples of clustered credits whose true rate or difference is known, for simulations.

Arrays run over samples, then articles. An article's chance is drawn with the intra-class correlation, its
items are drawn with that chance.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.scoring.clusters import ArticleTotals

Floats = NDArray[np.float64]


def article_sizes(articles: int, sizes: Sequence[int]) -> NDArray[np.int64]:
    """Sizes taken in turn for so many articles."""
    return np.array(list(islice(cycle(sizes), articles)))


@dataclass(frozen=True, slots=True)
class Samples:
    """``totals`` of articles of ``sizes``, and the sum of ``squares`` and of ``differing`` items (not 0) of
    each sample. ``truth`` is the mean the samples are drawn around."""

    truth: float
    sizes: NDArray[np.int64]
    totals: Floats
    squares: Floats
    differing: Floats

    def each(self) -> Iterator[ArticleTotals]:
        """One by one, as they are scored."""
        for row, square in zip(self.totals, self.squares, strict=True):
            yield ArticleTotals(tuple(self.sizes.tolist()), tuple(row.tolist()), float(square))


def clustered_samples(
    *,
    articles: int,
    sizes: Sequence[int],
    rate: float,
    correlation: float,
    halves: float,
    replications: int,
    seed: int,
) -> Samples:
    """Credits: an item is a half with probability ``halves``, else 1 with its article's chance, which has a
    beta distribution."""
    draw = np.random.default_rng(seed)
    counts = article_sizes(articles, sizes)
    shape = (replications, articles)
    chances = _beta(draw, rate, correlation, shape)
    half = draw.binomial(counts, halves, shape)
    ones = draw.binomial(counts - half, chances)
    return Samples(
        truth=halves * 0.5 + (1 - halves) * rate,
        sizes=counts,
        totals=ones + 0.5 * half,
        squares=ones.sum(axis=1) + 0.25 * half.sum(axis=1),
        differing=(ones + half).sum(axis=1).astype(float),
    )


def _beta(draw: np.random.Generator, rate: float, correlation: float, shape: tuple[int, int]) -> Floats:
    if not correlation:
        return np.full(shape, rate)
    weight = (1 - correlation) / correlation
    return draw.beta(rate * weight, (1 - rate) * weight, shape)


def paired_samples(
    *,
    articles: int,
    sizes: Sequence[int],
    rates: tuple[float, float],
    correlation: float,
    shared: float,
    halves: float,
    replications: int,
    seed: int,
) -> Samples:
    """Differences of two runs. ``shared`` is how much they have in common: the correlation of the normal
    effects of articles on their chances, and the part of items that are right for both if for the weaker.
    A credit is a half with probability ``halves``, in each run by itself."""
    from scipy.special import ndtr, ndtri

    draw = np.random.default_rng(seed)
    counts = article_sizes(articles, sizes)
    shape = (replications, articles)
    common, *own = (draw.standard_normal(shape) for _ in range(3))
    effects = [np.sqrt(shared) * common + np.sqrt(1 - shared) * one for one in own]
    first, second = (
        ndtr((ndtri(rate) + np.sqrt(correlation) * effect) / np.sqrt(1 - correlation))
        for rate, effect in zip(rates, effects, strict=True)
    )
    both = shared * np.minimum(first, second) + (1 - shared) * first * second
    whole, mixed = (1 - halves) ** 2, halves * (1 - halves)
    parts = (
        (1.0, whole * (first - both)),
        (-1.0, whole * (second - both)),
        (0.5, mixed * (first + 1 - second)),
        (-0.5, mixed * (second + 1 - first)),
    )
    found = _multinomial(draw, counts, [chance for _, chance in parts])
    values = [value for value, _ in parts]
    return Samples(
        truth=(1 - halves) * (rates[0] - rates[1]),
        sizes=counts,
        totals=sum((value * part for value, part in zip(values, found, strict=True)), np.zeros(shape)),
        squares=_added(found, [value * value for value in values]),
        differing=_added(found, [1.0] * 4),
    )


def _multinomial(draw: np.random.Generator, counts: NDArray[Any], chances: Sequence[Floats]) -> list[Floats]:
    """How many of ``counts`` fall to each of ``chances``; the rest falls to none."""
    left, remaining, found = counts, np.ones(chances[0].shape), []
    for chance in chances:
        part = draw.binomial(left, np.clip(chance / np.maximum(remaining, 1e-12), 0.0, 1.0))
        found.append(part.astype(float))
        left, remaining = left - part, remaining - chance
    return found


def _added(parts: Sequence[Floats], weights: Sequence[float]) -> Floats:
    added = np.zeros(len(parts[0]))
    for weight, part in zip(weights, parts, strict=True):
        added += weight * part.sum(axis=1)
    return added


@dataclass(frozen=True, slots=True)
class JudgedSamples:
    """Items that people saw (``seen`` of each article, with ``people`` and ``judge`` totals) and the rest
    (``others``, with ``told`` totals of the judge). All credits are 0 or 1."""

    truth: float
    seen: Floats
    people: Floats
    judge: Floats
    others: Floats
    told: Floats


def judged_samples(
    *,
    articles: int,
    sizes: Sequence[int],
    rate: float,
    correlation: float,
    right: tuple[float, float],
    labelled: float,
    whole_articles: bool,
    replications: int,
    seed: int,
) -> JudgedSamples:
    """A judge that is ``right`` on items of credit 1 and of credit 0 with these probabilities, and people on
    a ``labelled`` part of the articles, or of the items wherever they are."""
    draw = np.random.default_rng(seed)
    counts = article_sizes(articles, sizes)
    shape = (replications, articles)
    chances = _beta(draw, rate, correlation, shape)
    if whole_articles:
        chosen = draw.permuted(np.tile(np.arange(articles), (replications, 1)), axis=1)
        seen = np.where(chosen < round(labelled * articles), counts, 0)
    else:
        seen = draw.binomial(counts, labelled, shape)
    people, missed = draw.binomial(seen, chances), draw.binomial(counts - seen, chances)
    told = [
        draw.binomial(ones, right[0]) + draw.binomial(zeros, 1 - right[1])
        for ones, zeros in ((people, seen - people), (missed, counts - seen - missed))
    ]
    return JudgedSamples(
        truth=rate,
        seen=seen.astype(float),
        people=people.astype(float),
        judge=told[0].astype(float),
        others=(counts - seen).astype(float),
        told=told[1].astype(float),
    )
