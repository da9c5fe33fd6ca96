"""Means of credits whose items come in articles: clustered standard error, interval, bootstrap."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum, sqrt
from typing import TYPE_CHECKING

from evaluation.scoring.binomial import LARGEST_EXACT, mid_p_interval
from pipeline.intervals import Z95

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Item key to its credit in [0, 1] and the article it was drawn from.
Credits = Mapping[str, tuple[float, str]]

# Articles are not balanced on purpose: an interval must not narrow further because they happen to be.
_LEAST_DESIGN_EFFECT = 0.25
_BISECTIONS = 50
_ROUNDING = 1e-9
_LARGEST_BCA = 500  # the acceleration needs a leave-one-out pass, quadratic in the number of articles
_CELLS_AT_ONCE = 2_000_000


@dataclass(frozen=True, slots=True)
class ArticleTotals:
    """Credits added up by article, articles in order of their names so that the order of items is no matter.

    ``sizes`` and ``totals`` run over articles; ``squares`` is the sum of squared credits.
    """

    sizes: tuple[int, ...]
    totals: tuple[float, ...]
    squares: float

    @property
    def items(self) -> int:
        """How many items."""
        return sum(self.sizes)

    @property
    def articles(self) -> int:
        """How many articles."""
        return len(self.sizes)

    @property
    def mean(self) -> float:
        """Mean credit. Raises ``ZeroDivisionError`` without items."""
        return fsum(self.totals) / self.items


def article_totals(credits: Iterable[float], articles: Iterable[str]) -> ArticleTotals:
    """Add up credits by article. Raises ``ValueError`` when the two differ in length."""
    grouped: dict[str, list[float]] = defaultdict(list)
    for credit, article in zip(credits, articles, strict=True):
        grouped[article].append(credit)
    kept = [grouped[article] for article in sorted(grouped)]
    return ArticleTotals(
        sizes=tuple(len(values) for values in kept),
        totals=tuple(fsum(values) for values in kept),
        squares=fsum(value * value for values in kept for value in values),
    )


def totals_of(credits: Credits) -> ArticleTotals:
    """Add up a mapping of item to credit and article."""
    return article_totals((credit for credit, _ in credits.values()), (at for _, at in credits.values()))


def standard_error(totals: ArticleTotals) -> float | None:
    """Article-clustered standard error of the mean; ``None`` with fewer than two articles.

    The CR2 sandwich of Bell and McCaffrey (2002), unbiased when items are independent; with articles of one
    size it is the usual clustered one with G / (G - 1). It is 0 where all articles have the same mean.
    """
    if totals.articles < 2:
        return None
    n, mean = totals.items, totals.mean
    terms = (
        (total - mean * size) ** 2 / (1 - size / n)
        for size, total in zip(totals.sizes, totals.totals, strict=True)
    )
    return sqrt(fsum(terms)) / n


def degrees_of_freedom(sizes: Sequence[int]) -> float:
    """Of :func:`standard_error`: G - 1 for two or more articles of one size, fewer the more they differ.

    The Satterthwaite approximation of Bell and McCaffrey (2002) for independent items, in closed form.
    """
    n = sum(sizes)
    off = [size * size / (n - size) for size in sizes]
    return (
        n * n / (fsum(size * size for size in sizes) + fsum(off) ** 2 - fsum(value * value for value in off))
    )


def rate_interval(
    totals: ArticleTotals, *, estimate: float | None = None, variance_ratio: float = 1.0
) -> tuple[float, float]:
    """95 % interval of a mean of credits in [0, 1]: a score interval with an article-clustered variance.

    It holds every rate r at which |mean - r| is at most c * sqrt(k * D(r) * S(r) * r * (1 - r) / n). D(r) is
    the design effect seen from r, the squared deviations from r of article totals over those of items; k, at
    most 1, is how much less than a coin the credits vary, because halves are among them (measured with one
    more credit of 0 and one of 1). Judging the spread from r rather than from the mean is what keeps the
    coverage near the ends. c is 1.96, less where few articles hold most items (:func:`_reach_square`). S(r)
    is 1, up to 2 where articles are so skewed that a sample with few failures shows too little spread
    (:func:`_skew`); it sets in at 0.3, and that, like k's two credits, was chosen by simulation. With every
    item in an article of its own, and no halves, it is Wilson's interval, and up to 100 items the mid-P one,
    whose coverage the steps between so few counts throw off less.

    ``estimate`` is a better one of the same rate than the mean, with ``variance_ratio`` times its variance.
    Coverage by simulation: ``benchmarks/README.md``. Raises ``ZeroDivisionError`` without items.
    """
    n, mean = totals.items, totals.mean
    if estimate is None and n == totals.articles <= LARGEST_EXACT and totals.squares == fsum(totals.totals):
        return mid_p_interval(round(totals.squares), n)
    estimate = mean if estimate is None else estimate
    spread = max(0.0, totals.squares - n * mean * mean)
    ends = mean * mean + (1 - mean) ** 2
    coin = min(1.0, (spread + ends) / (n * mean * (1 - mean) + ends))
    off = [total - mean * size for size, total in zip(totals.sizes, totals.totals, strict=True)]
    between = fsum(value * value for value in off)
    crossed = fsum(value * size for value, size in zip(off, totals.sizes, strict=True))
    square_sizes = sum(size * size for size in totals.sizes)
    skew = _skew(mean, n, between, crossed, fsum(value**3 for value in off))
    reach = _reach_square(n, square_sizes) * coin * variance_ratio / n

    def holds(rate: float) -> bool:
        away = mean - rate
        items_spread = spread + n * away * away
        articles_spread = between + 2 * away * crossed + away * away * square_sizes
        effect = max(_LEAST_DESIGN_EFFECT, articles_spread / items_spread) if items_spread > 0 else 1.0
        skewed = min(2.0, max(1.0, 0.7 - away * skew))
        return (estimate - rate) ** 2 <= reach * effect * skewed * rate * (1 - rate)

    return _edge(holds, estimate, 0.0), _edge(holds, estimate, 1.0)


def _reach_square(n: int, square_sizes: int) -> float:
    """The square of how many standard errors the interval reaches.

    Where the variance is seen from r, the deviation is over the root of its own squares: in place of
    Student's t it is at most t * sqrt((g + 1) / (g + t * t)) (Efron 1969), here with g the effective number
    of articles n^2 / sum of squared sizes (Kish 1965). That is the more of it, the more pairs of items share
    an article; without any the variance is a coin's and known.
    """
    if square_sizes == n:
        return Z95 * Z95

    from scipy.special import stdtrit

    articles, alone = n * n / square_sizes, n / square_sizes
    student = float(stdtrit(articles, 0.975)) ** 2
    return alone * Z95 * Z95 + (1 - alone) * student * (articles + 1) / (articles + student)


def _skew(mean: float, n: int, between: float, crossed: float, cubes: float) -> float:
    """By how much, relatively, the variance of the mean changes with the rate beyond what D(r) * r * (1 - r)
    tells: third moment over squared second (Johnson 1978), less the same of coins in articles of these sizes.
    """
    if between < _ROUNDING or not 0.0 < mean < 1.0:
        return 0.0
    return n * cubes / (between * between) - (1 - 2 * mean) / (mean * (1 - mean)) - crossed / between


def _edge(holds: Callable[[float], bool], inside: float, outside: float) -> float:
    if holds(outside):
        return outside
    for _ in range(_BISECTIONS):
        middle = (inside + outside) / 2
        if holds(middle):
            inside = middle
        else:
            outside = middle
    return inside


def bootstrap_interval(
    credits: Sequence[float], articles: Sequence[str], *, seed: int, resamples: int = 2000
) -> tuple[float, float] | None:
    """95 % interval of the mean by drawing whole articles with replacement; ``None`` below two articles.

    Bias-corrected and accelerated (Efron 1987) up to 500 articles and where it is defined, else by
    percentiles; at a level raised for few articles, as resamples vary less than samples by (G - 1) / G and
    their quantiles are not Student's (Hesterberg 2015). The same for the same seed, whatever the order of
    the items.
    """
    totals = article_totals(credits, articles)
    if totals.articles < 2:
        return None
    if standard_error(totals) == 0.0:
        return totals.mean, totals.mean  # every resample has this mean

    import numpy as np
    from scipy import special, stats

    freedom = degrees_of_freedom(totals.sizes)
    student = special.stdtrit(freedom, 0.975) * sqrt(totals.articles / (totals.articles - 1))
    level = min(1 - 2 * float(special.ndtr(-student)), 1 - _ROUNDING)

    def ratio(sums: NDArray[np.float64], sizes: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
        return np.asarray(sums.sum(axis=axis) / sizes.sum(axis=axis))

    def drawn(method: str) -> tuple[float, float]:
        found = stats.bootstrap(
            (np.asarray(totals.totals), np.asarray(totals.sizes)),
            ratio,
            paired=True,
            vectorized=True,
            n_resamples=resamples,
            batch=max(1, _CELLS_AT_ONCE // totals.articles),
            method=method,
            confidence_level=level,
            rng=np.random.default_rng(seed),
        ).confidence_interval
        return float(found.low), float(found.high)

    low, high = drawn("BCa") if totals.articles <= _LARGEST_BCA else drawn("percentile")
    if not low <= high:  # not a number
        low, high = drawn("percentile")
    return max(0.0, low), min(1.0, high)
