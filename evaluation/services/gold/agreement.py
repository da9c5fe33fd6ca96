"""How far people agreed on what a release holds, per nation and kind of decision: read once for its gates and
its card."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from annotation.agreement.coefficients import Coefficient, alpha, raw_agreement
from annotation.models import DecisionKind, Vote
from annotation.services.votes.agreement import ratings_of
from evaluation.publishing.gates import Alpha

Cell = tuple[str, DecisionKind]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Numbers of one nation's votes on one kind of decision, raw agreement, and Krippendorff's nominal
    alpha."""

    items: int
    votes: int
    annotators: int
    raw: Coefficient
    alpha: Coefficient


def agreement_of(nations: Collection[str]) -> dict[Cell, Agreement]:
    """Agreement of every one of these nations and kind of decision that has a vote, in their order."""
    votes = Vote.objects.filter(review__nation__in=nations)
    return {
        cell: Agreement(
            items=len(ratings.units),
            votes=len(ratings.label),
            annotators=len(ratings.raters),
            raw=raw_agreement(ratings),
            alpha=alpha(ratings),
        )
        for cell, ratings in ratings_of(votes).items()
    }


def alpha_by_nation(agreement: Mapping[Cell, Agreement]) -> dict[str, Alpha]:
    """Alpha on triples of each nation that has a vote on one. Its value and interval are ``None`` where the
    votes do not give one."""
    return {
        nation: Alpha(found.alpha.value, found.alpha.low, found.alpha.high, found.alpha.n_units)
        for (nation, kind), found in agreement.items()
        if kind == DecisionKind.TRIPLE
    }
