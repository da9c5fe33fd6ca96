"""A confidence threshold with a guarantee: the error among what machines settle stays within a budget.

Setting. Judgements arrive as a stream; each has the judge's own score (raw: never changed by what people
answer). People judge a random sample of the stream, drawn whatever the score. Settled is what scores at or
above the threshold. For a threshold t let R(t) be the share of wrong judgements among those with score >= t.

Claim. With probability 1 - delta, no threshold that :func:`solve` ever returns has R(t) >= budget, however
often it is asked and whenever one stops asking. It is Learn then Test (Angelopoulos, Bates, Candès, Jordan
and Lei 2021, arXiv 2110.01052) with e-values in the place of p-values, so that looking again costs nothing.

One threshold. The sampled verdicts with score >= t are independent draws that are wrong with probability
R(t). Against the hypothesis R(t) >= b stands the likelihood ratio, mixed over error rates p below b,

    e = integral over (0, b) of  p^k (1 - p)^(n - k) / (b^k (1 - b)^(n - k))  w(p) dp,    k wrong of n,

w being that of b times a Beta(SHAPE, 1) variable. Each factor has mean <= 1 where R(t) >= b, so e is a
non-negative supermartingale that starts at 1 (Robbins 1970 for the mixture; Waudby-Smith and Ramdas 2024 for
testing by betting) and by Ville's inequality (1939) ever reaches 1 / a with probability at most a.

Many thresholds. They are tested from the safest (largest) down and every start has its share of delta. A
threshold is tested at the sum of its own share and the level handed down by the one above it, if that one
passed; it passes when e >= 1 / level, and hands its level on. This is the fallback procedure (Wiens 2003) at
all times at once: look at the first unsafe threshold that passes. The level it was handed came down through
safe ones only, so it is at most the shares between it and the unsafe threshold above it. These parts do not
overlap; by Ville each is exceeded with probability at most itself, together at most delta. Neither
monotonicity of R nor independence between thresholds is needed.

Why not skip thresholds that have too few verdicts and give all of delta to the first that has enough? Were
that sound at one look, it is not over many: as counts grow, the first that is tested moves, and each place
where it has been is a chance of its own to err. Six starts instead of one cost about ln(6) / budget right
verdicts more, once. A caller that fixed its grid beforehand, from scores alone, may pass a single start.

Assumed: the sample is drawn at random from the stream by draws that know neither score nor truth; all of it
was judged by one version of the judge; the stream does not change (:func:`evidence_of_drift` watches that).
A verdict still disputed is to be passed as wrong: e only falls by it, so the claim holds when it is later
decided otherwise. Leaving it out would not do, as what people dispute is wrong more often. What is guarded is
disagreement with people's verdicts; where those err at random, no budget below their own error
can be reached.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

GRID = tuple(round(1 - step / 100, 2) for step in range(1, 51))  # 0.99 down to 0.50
STARTS = (0.99, 0.95, 0.90, 0.80, 0.70, 0.60)  # delta is shared out equally among these
SHAPE = 0.5  # below 1: more weight on small error rates, so that a sample without errors passes sooner
DRIFT_SHAPE = 5.0  # of the rate of right answers: weight near the budget, where most drift is
_MOST = 700.0  # exp of more is no float
_LEAST = 1e-290  # parts of a distribution below this have lost their digits
_TERMS = 400
_FAR = 10**9  # verdicts; more than anybody gives


@dataclass(frozen=True, slots=True)
class Guarantee:
    """A threshold and what it rests on.

    ``threshold`` is ``None`` where none passes. All other figures are those of ``candidate``: the threshold,
    or the start that is nearest to passing (``None``: no sampled score reaches any start).

    ``n`` and ``errors`` count the sampled verdicts at or above it and the wrong ones among them; ``share`` is
    ``n`` over the whole sample. It passes when ``e_value`` reaches ``e_needed``. ``error_bound`` is the upper
    end of the error's confidence sequence by the same mixture at level 1 / ``e_needed``: valid at any time
    for this threshold by itself, and below ``budget`` exactly where it passes. After the choice among many
    what is claimed is the budget, not the bound.

    ``votes_needed`` is how many more sampled verdicts (of items, not single votes) it takes until some
    threshold passes, if none at or above it is wrong and scores go on as in the sample; 0 with a threshold,
    ``None`` where it cannot be told since no sampled score reaches a start. An error raises it.
    """

    threshold: float | None
    candidate: float | None
    n: int
    errors: int
    share: float
    e_value: float
    e_needed: float
    error_bound: float
    votes_needed: int | None
    budget: float
    delta: float


def solve(
    scores: Sequence[float],
    wrong: Sequence[bool],
    *,
    budget: float = 0.05,
    delta: float = 0.05,
    grid: Sequence[float] = GRID,
    starts: Sequence[float] = STARTS,
) -> Guarantee:
    """The lowest threshold of ``grid`` whose error is below ``budget`` with confidence 1 - ``delta``.

    ``scores`` are those of the sampled judgements, (n,) numbers; ``wrong`` whether people found each wrong or
    have not agreed yet. ``grid`` and ``starts``, some of it, must have been fixed before any verdict was
    looked at. Raises ``ValueError`` for lists of different length, scores that are no numbers, rates outside
    (0, 1) and starts that are not in the grid.
    """
    import numpy as np

    if len(scores) != len(wrong):
        raise ValueError(f"{len(scores)} scores for {len(wrong)} verdicts")
    given = np.asarray(scores, dtype=float)
    if np.isnan(given).any():
        raise ValueError(f"score {int(np.isnan(given).argmax()) + 1} of {len(scores)} is not a number")
    steps = np.array(sorted(set(grid), reverse=True), dtype=float)
    shares = shares_of_delta(steps.tolist(), starts)
    reached = given[:, None] >= steps
    n = reached.sum(axis=0)
    errors = (reached & np.asarray(wrong, dtype=bool)[:, None]).sum(axis=0)
    place, its_level = passed(n, errors, shares, budget=budget, delta=delta)
    at, level = int(place), float(its_level)
    if at >= 0:
        needed: int | None = 0
    else:
        at, needed = _nearest(n, errors, np.array(shares) * delta, len(given), budget)
        level = shares[at] * delta if needed is not None else delta / len(set(starts))
    is_told = needed is not None
    count, bad = (int(n[at]), int(errors[at])) if is_told else (0, 0)
    return Guarantee(
        threshold=float(steps[at]) if needed == 0 else None,
        candidate=float(steps[at]) if is_told else None,
        n=count,
        errors=bad,
        share=count / len(given) if count else 0.0,
        e_value=e_value(bad, count, budget),
        e_needed=1 / level,
        error_bound=error_bound(bad, count, level),
        votes_needed=needed,
        budget=budget,
        delta=delta,
    )


def shares_of_delta(grid: Sequence[float], starts: Sequence[float]) -> list[float]:
    """What share of delta each threshold of a descending ``grid`` has of its own: the same for each start.

    Raises ``ValueError`` where there is no start or one is not in the grid."""
    lost = sorted(set(starts) - set(grid))
    if lost or not starts:
        raise ValueError(
            f"starts must be some of the grid's thresholds; not in it: {lost or 'no start given'}"
        )
    return [1 / len(set(starts)) if threshold in starts else 0.0 for threshold in grid]


def passed(
    n: Integers, errors: Integers, shares: Sequence[float], *, budget: float, delta: float
) -> tuple[Integers, Floats]:
    """Position of the lowest threshold that passes (-1: none) and the level it was tested at.

    ``n`` and ``errors`` are (..., thresholds) counts of sampled verdicts, and of wrong ones, at or above each
    threshold, from the largest down; ``shares`` (thresholds,) those of delta. Both results are (...).
    """
    import numpy as np

    log_e = _log_e(errors, n, _rate(budget, "budget"), SHAPE)
    _rate(delta, "delta")
    level = np.zeros(log_e.shape[:-1])
    at, level_there = np.full(level.shape, -1), np.zeros(level.shape)
    for position, share in enumerate(shares):
        level = level + share * delta
        with np.errstate(divide="ignore"):
            passes = log_e[..., position] >= -np.log(level)
        at = np.where(passes, position, at)
        level_there = np.where(passes, level, level_there)
        level = np.where(passes, level, 0.0)
    return at, level_there


def e_value(errors: int, n: int, budget: float) -> float:
    """Evidence that a rate of which ``errors`` of ``n`` verdicts were seen is below ``budget``; at budget or
    above it, ever reaches 1 / a with probability at most a. Raises ``ValueError`` for impossible counts."""
    return _evidence(errors, n, _rate(budget, "budget"), SHAPE)


def evidence_of_drift(errors: int, n: int, budget: float) -> float:
    """Evidence that the error is above ``budget``, of ``errors`` wrong of ``n`` audited since the threshold
    took force: the mirrored mixture, over error rates in (budget, 1). As long as the error is at or below the
    budget it ever reaches 1 / a with probability at most a, so audits may be looked at one by one.

    Raises ``ValueError`` for impossible counts."""
    _check(errors, n)
    return _evidence(n - errors, n, 1 - _rate(budget, "budget"), DRIFT_SHAPE)


def has_drifted(errors: int, n: int, budget: float, *, delta: float = 0.05) -> bool:
    """Whether audits show an error above ``budget``; a false alarm, ever, has probability ``delta`` at
    most."""
    return evidence_of_drift(errors, n, budget) >= 1 / _rate(delta, "delta")


def error_bound(errors: int, n: int, delta: float) -> float:
    """Anytime-valid upper bound of the error: the largest rate that the mixture test has not refused at level
    ``delta``. Its e-value never falls as the rate grows (for q = p u, u fixed, the likelihood ratio of q to p
    rises in p), so the refused rates are those above one point.

    Raises ``ValueError`` for impossible counts."""
    _check(errors, n)
    wanted = -math.log(_rate(delta, "delta"))
    low, high = (errors / n if n else 0.0), 1.0
    if errors == n:
        return 1.0
    for _ in range(50):
        middle = (low + high) / 2
        if float(_log_e(errors, n, middle, SHAPE)) < wanted:
            low = middle
        else:
            high = middle
    return high


def _nearest(
    n: Integers, errors: Integers, levels: Floats, sampled: int, budget: float
) -> tuple[int, int | None]:
    """Position of the start that fewest further verdicts would let pass, and how many; none of a start that
    no score has reached."""
    import numpy as np

    (able,) = np.nonzero((levels > 0) & (n > 0))
    if not len(able):
        return 0, None
    k, seen, wanted = errors[able], n[able], -np.log(levels[able])
    low: Integers = np.zeros(len(able), dtype=np.int64)
    high: Integers = np.ones(len(able), dtype=np.int64)
    while (short := (_log_e(k, seen + high, budget, SHAPE) < wanted) & (high < _FAR)).any():
        low, high = np.where(short, high, low), np.where(short, 2 * high, high)
    while (high - low > 1).any():
        middle = (low + high) // 2
        short = _log_e(k, seen + middle, budget, SHAPE) < wanted
        low, high = np.where(short, middle, low), np.where(short, high, np.maximum(middle, low + 1))
    votes = np.ceil(high * (sampled / seen))
    best = int(votes.argmin())
    return int(able[best]), int(votes[best])


def _log_e(errors: Any, n: Any, bound: float, shape: float) -> Floats:
    """Log of the mixture of likelihood ratios of rates below ``bound`` to ``bound``; counts of any one shape.
    Closed form: an incomplete beta function, as the weight of p is proportional to p^(shape - 1)."""
    import numpy as np
    from scipy.special import betainc, betaln

    k = np.asarray(errors, dtype=float)
    right = np.asarray(n, dtype=float) - k
    part = betainc(shape + k, right + 1, bound)
    is_lost = part < _LEAST
    mixed = betaln(shape + k, right + 1) + np.log(np.where(is_lost, 1.0, part))
    found = math.log(shape) - (shape + k) * math.log(bound) + mixed - right * math.log1p(-bound)
    if is_lost.any():
        found = np.asarray(found, dtype=float)
        found[is_lost] = _log_e_of_many_errors(k[is_lost], right[is_lost], bound, shape)
    return np.asarray(found, dtype=float)


def _log_e_of_many_errors(k: Floats, right: Floats, bound: float, shape: float) -> Floats:
    """The same as a series (DLMF 8.17.8), for counts so far above the bound that its terms soon vanish; those
    left out would only make it larger."""
    import numpy as np

    step = np.arange(_TERMS)
    ratios = bound * (shape + (k + right)[:, None] + 1 + step) / (shape + k[:, None] + 1 + step)
    series = 1 + np.cumprod(ratios, axis=1).sum(axis=1)
    return np.asarray(np.log(series * shape * (1 - bound) / (shape + k)))


def _evidence(errors: int, n: int, bound: float, shape: float) -> float:
    _check(errors, n)
    return math.exp(min(_MOST, float(_log_e(errors, n, bound, shape))))


def _check(errors: int, n: int) -> None:
    if not 0 <= errors <= n:
        raise ValueError(f"{errors} errors of {n} verdicts")


def _rate(value: float, name: str) -> float:
    if not 0.0 < value < 1.0:
        raise ValueError(f"{name} {value!r} must be between 0 and 1")
    return value
