"""Two runs on their common items: difference with a clustered interval and tests, and what could be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum, hypot, sqrt

from evaluation.scoring.clusters import (
    ArticleTotals,
    Credits,
    article_totals,
    degrees_of_freedom,
    standard_error,
    totals_of,
)
from pipeline.intervals import Z95


@dataclass(frozen=True, slots=True)
class PairedComparison:
    """The first run beside the second on the items both answered.

    ``difference`` is mean credit of the first less that of the second, in [-1, 1]; ``standard_error``,
    ``low``, ``high`` (95 %) and ``p_value`` (two-sided) are clustered by article, and ``None`` below two
    articles. Where every article differs by the same amount, ``standard_error`` is ``None`` and ``p_value``
    1 for no difference at all, else that of the signs of the articles alone.
    ``permutation_p`` is the share of flips of the articles' signs that differ as much. ``first_higher``,
    ``equal`` and ``second_higher`` count items, as McNemar's table does.
    """

    items: int
    articles: int
    first_rate: float | None
    second_rate: float | None
    difference: float | None
    standard_error: float | None
    low: float | None
    high: float | None
    p_value: float | None
    permutation_p: float | None
    first_higher: int
    equal: int
    second_higher: int

    @property
    def leader(self) -> str:
        """Which has the higher rate on the common items: ``"first"``, ``"second"``, or ``""`` for neither."""
        if not self.difference:
            return ""
        return "first" if self.difference > 0 else "second"


def common_items(first: Credits, second: Credits) -> list[tuple[float, float, str]]:
    """Both credits and the article of every common item, by key.

    Raises ``ValueError`` where the two disagree on an item's article: then they are not of one release.
    """
    found = []
    for key in sorted(first.keys() & second.keys()):
        (one, article), (other, same) = first[key], second[key]
        if article != same:
            raise ValueError(f"item {key} is of article {article} in one run and of {same} in the other")
        found.append((one, other, article))
    return found


def compare_runs(
    first: Credits, second: Credits, *, seed: int = 0, resamples: int = 9999
) -> PairedComparison:
    """Compare two runs on their common items; 0 ``resamples`` leaves the permutation out.

    Credits are 0, 1/2 or 1. The test is Student's on the mean difference, with the standard error and the
    degrees of freedom of Bell and McCaffrey (2002); the interval is its own, widened where few items differ
    (:func:`_least_spread`). Exchanging the runs changes signs only. Coverage by simulation:
    ``benchmarks/README.md``.
    """
    common = common_items(first, second)
    differences = [one - other for one, other, _ in common]
    return compare_totals(
        article_totals(differences, [article for *_, article in common]),
        first=fsum(one for one, _, _ in common),
        second=fsum(other for _, other, _ in common),
        higher=sum(value > 0 for value in differences),
        lower=sum(value < 0 for value in differences),
        seed=seed,
        resamples=resamples,
    )


def compare_totals(
    totals: ArticleTotals,
    *,
    first: float,
    second: float,
    higher: int,
    lower: int,
    seed: int = 0,
    resamples: int = 0,
) -> PairedComparison:
    """As :func:`compare_runs`, from the differences of common items by article: ``first`` and ``second`` are
    sums of credits, ``higher`` and ``lower`` how many items the first has more or less on."""
    items = totals.items
    if not items:
        return PairedComparison(0, 0, None, None, None, None, None, None, None, None, 0, 0, 0)
    error, low, high, p_value = _student(totals, higher + lower)
    return PairedComparison(
        items=items,
        articles=totals.articles,
        first_rate=first / items,
        second_rate=second / items,
        difference=totals.mean,
        standard_error=error,
        low=low,
        high=high,
        p_value=p_value,
        permutation_p=sign_flip_p(totals.totals, seed=seed, resamples=resamples) if resamples else None,
        first_higher=higher,
        equal=items - higher - lower,
        second_higher=lower,
    )


def _student(
    totals: ArticleTotals, differing: int
) -> tuple[float | None, float | None, float | None, float | None]:
    from scipy.special import stdtr

    if totals.articles < 2:
        return None, None, None, None
    error, mean = _seen_error(totals), totals.mean
    low, high = _least_spread(totals, differing, error)
    if error is None:
        return None, low, high, 1.0 if mean == 0 else 2.0 ** (1 - totals.articles)
    freedom = degrees_of_freedom(totals.sizes)
    reach = student_reach(freedom) * error
    p_value = 2 * float(stdtr(freedom, -abs(mean) / error))
    return error, max(-1.0, min(low, mean - reach)), min(1.0, max(high, mean + reach)), p_value


def _seen_error(totals: ArticleTotals) -> float | None:
    """The standard error; ``None`` where, rounding apart, every article differs by the same."""
    error = standard_error(totals)
    return None if error is None or error < 1e-12 else error


def _least_spread(totals: ArticleTotals, differing: int, error: float | None) -> tuple[float, float]:
    """The differences of the sign seen that a score interval holds with the least variance they allow.

    A difference d of which every part is of size k needs items that differ, and varies by k * |d| - d * d at
    least. So few differing items do not make it sure that there are none: it is Tango's interval (1998) of
    runs that differ in one direction only. k is the mean of the squared over that of the absolute
    differences, of one more item that differs by 1; items count as many as their articles make them worth.
    """
    n, mean = totals.items, abs(totals.mean)
    absolute = (differing + 2 * totals.squares) / 3  # exact for halves and ones
    size = (totals.squares + 1) / (absolute + 1)
    if error is None:
        worth = n * n / sum(each * each for each in totals.sizes)
    else:
        worth = max(1.0, min(n, (totals.squares / n - mean * mean) / (error * error)))
    ratio = Z95 * Z95 / worth
    middle = mean + ratio * size / 2
    half = sqrt(max(0.0, middle * middle - (1 + ratio) * mean * mean))
    low, high = (middle - half) / (1 + ratio), (middle + half) / (1 + ratio)
    if totals.mean == 0:
        return -high, high
    return (low, high) if totals.mean > 0 else (-high, -low)


def student_reach(freedom: float) -> float:
    """How many standard errors a 95 % interval reaches to each side, with so many degrees of freedom."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.975))


def sign_flip_p(totals: Sequence[float], *, seed: int, resamples: int) -> float:
    """Two-sided p-value of the sum of ``totals`` when each could as well have had the other sign.

    Exact where all 2^G flips are no more than ``resamples``, else from so many seeded ones, the observed
    counted in. Its premise is weaker than the t-test's: only that neither run is favoured in any article.
    Articles with the same total are flipped together, by one binomial draw of how many keep their sign, so
    tens of thousands of articles cost as much as the few values that halves can add up to.
    """
    moved = [abs(value) for value in totals if value != 0]
    observed = abs(fsum(totals)) - 1e-9
    if 2 ** min(len(moved), 60) <= resamples:
        sums = [0.0]
        for value in moved:
            sums = [added for base in sums for added in (base + value, base - value)]
        return sum(abs(value) >= observed for value in sums) / len(sums)

    import numpy as np

    values, counts = np.unique(moved, return_counts=True)
    kept = np.random.default_rng(seed).binomial(counts, 0.5, size=(resamples, len(values)))
    as_far = int(np.count_nonzero(np.abs((2 * kept - counts) @ values) >= observed))
    return (1 + as_far) / (1 + resamples)


def minimum_detectable_effect(
    *, variance: float, articles: int, paired: bool, alpha: float = 0.05, power: float = 0.8
) -> float:
    """The least true difference of two rates a two-sided test at ``alpha`` finds with ``power``.

    ``variance`` is per article (:func:`article_variance`): of the differences if ``paired``, else of one run,
    the other being alike on as many articles of its own. (t of 1 - alpha / 2 + t of power) standard errors,
    Bloom 1995. May exceed 1: then no difference is large enough. Raises ``ValueError`` below two articles.
    """
    if articles < 2:
        raise ValueError(f"{articles} articles show no spread; at least two are needed")
    error = sqrt(variance * (1 if paired else 2) / articles)
    freedom = articles - 1 if paired else 2 * (articles - 1)
    return _multiple(freedom, alpha, power) * error


def article_variance(totals: ArticleTotals) -> float | None:
    """What one article contributes to the variance of the mean: its square error times the articles.

    ``None`` below two articles. To plan: a release with more articles alike has this over their number.
    """
    error = standard_error(totals)
    return None if error is None else error * error * totals.articles


def paired_detectable_effect(
    first: Credits, second: Credits, *, alpha: float = 0.05, power: float = 0.8
) -> float | None:
    """The least difference of these two runs that their common items can show; ``None`` without spread."""
    common = common_items(first, second)
    totals = article_totals([one - other for one, other, _ in common], [article for *_, article in common])
    return detectable_difference(totals, alpha=alpha, power=power)


def detectable_difference(totals: ArticleTotals, *, alpha: float = 0.05, power: float = 0.8) -> float | None:
    """The same, from the differences of common items by article."""
    error = _seen_error(totals)
    if error is None:
        return None
    return _multiple(degrees_of_freedom(totals.sizes), alpha, power) * error


def unpaired_detectable_effect(
    first: Credits, second: Credits, *, alpha: float = 0.05, power: float = 0.8
) -> float | None:
    """The same for runs on items of different articles, as of two releases; ``None`` without spread.

    Degrees of freedom by Satterthwaite, as in Welch's test.
    """
    parts = [totals_of(first), totals_of(second)]
    errors = [standard_error(part) for part in parts]
    one, other = errors
    if not one or not other:
        return None
    freedom = [degrees_of_freedom(part.sizes) for part in parts]
    error = hypot(one, other)
    welch = error**4 / (one**4 / freedom[0] + other**4 / freedom[1])
    return _multiple(welch, alpha, power) * error


def _multiple(freedom: float, alpha: float, power: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 1 - alpha / 2) + stdtrit(freedom, power))
