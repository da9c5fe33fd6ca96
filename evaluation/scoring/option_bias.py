"""What the order of options does to a model, and how firmly it chooses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import fsum, log

from evaluation.scoring.clusters import article_totals, rate_interval
from evaluation.scoring.outcomes import Choice

# Probabilities of exactly 0 or 1 are rounding; their log odds are cut at this distance (20.7).
LEAST = 1e-9
_CHOICES = (Choice.STATEMENT, Choice.REVERSED)


@dataclass(frozen=True, slots=True)
class OrderedChoice:
    """What one item came to with S first and with RS first; ``None`` where it was not asked so.

    The probabilities are of S among the two, where the server gave them. A protocol without an order (option
    likelihood) has one ``probability`` and no choices.
    """

    article: str
    statement_first: Choice | None = None
    reversed_first: Choice | None = None
    probability_statement_first: float | None = None
    probability_reversed_first: float | None = None
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """A share in [0, 1] of ``n``, with its article-clustered 95 % interval."""

    n: int
    rate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class OptionBias:
    """``None`` where nothing was seen of it.

    ``flips``: of items that chose S or RS in both orders, those whose choice followed the position.
    ``first_option``: of single replies that chose S or RS, those that named the option shown first; a model
    that reads the content has 0.5 where both orders are asked of every item. ``margin`` in [0, 1]: mean of
    ``|2 p - 1|`` over items, p the probability of S, averaged over the orders given, so that a mere
    preference for a position does not count as firm. ``log_odds``: mean of log(p / (1 - p)) over items and
    orders, above 0 in favour of S; ``position_log_odds``: how much standing first adds to an option's log
    odds, over items with both orders. ``with_probability`` counts the items behind the last three.
    """

    items: int
    flips: Share | None
    first_option: Share | None
    with_probability: int
    margin: float | None
    log_odds: float | None
    position_log_odds: float | None


def option_bias(items: Iterable[OrderedChoice]) -> OptionBias:
    """Flip rate, option prior and margin of the items given, whatever their order.

    Raises ``ValueError`` for a probability outside [0, 1].
    """
    kept = list(items)
    both = [
        (float(item.statement_first is not item.reversed_first), item.article)
        for item in kept
        if item.statement_first in _CHOICES and item.reversed_first in _CHOICES
    ]
    named_first = [
        (float(choice is first), item.article)
        for item in kept
        for choice, first in (
            (item.statement_first, Choice.STATEMENT),
            (item.reversed_first, Choice.REVERSED),
        )
        if choice in _CHOICES
    ]
    known = [given for item in kept if (given := _probabilities(item))]
    swapped = [
        (_log_odds(item.probability_statement_first) - _log_odds(item.probability_reversed_first)) / 2
        for item in kept
        if item.probability_statement_first is not None and item.probability_reversed_first is not None
    ]
    return OptionBias(
        items=len(kept),
        flips=_share(both),
        first_option=_share(named_first),
        with_probability=len(known),
        margin=_mean([abs(2 * fsum(given) / len(given) - 1) for given in known]),
        log_odds=_mean([fsum(map(_log_odds, given)) / len(given) for given in known]),
        position_log_odds=_mean(swapped),
    )


def _probabilities(item: OrderedChoice) -> list[float]:
    found = (item.probability_statement_first, item.probability_reversed_first, item.probability)
    given = [value for value in found if value is not None]
    for value in given:
        if not 0.0 <= value <= 1.0:
            raise ValueError(f"probability {value!r} of an item of article {item.article} is not in [0, 1]")
    return given


def _log_odds(probability: float) -> float:
    return log(max(probability, LEAST)) - log(max(1 - probability, LEAST))


def _share(values: Sequence[tuple[float, str]]) -> Share | None:
    if not values:
        return None
    totals = article_totals((value for value, _ in values), (article for _, article in values))
    return Share(totals.items, totals.mean, *rate_interval(totals))


def _mean(values: Sequence[float]) -> float | None:
    return fsum(values) / len(values) if values else None
