"""How far annotators agree, per nation and kind of decision, computed from the votes as they stand."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from annotation.agreement.coefficients import (
    Coefficient,
    Pair,
    alpha,
    cohen_mean,
    cohen_pairs,
    fleiss,
    prevalence,
    raw_agreement,
)
from annotation.agreement.competence import Competences, dawid_skene
from annotation.agreement.ratings import Ratings
from annotation.models import DecisionKind, ReviewPurpose, Vote
from annotation.models.decision import LABELS
from annotation.models.review import VoteQuerySet

# Kinds whose labels are steps of one scale, in the order of LABELS; for these the ordinal alpha says more.
ORDERED_KINDS: frozenset[DecisionKind] = frozenset()

Cell = tuple[str, DecisionKind]


@dataclass(frozen=True, slots=True)
class Summary:
    """Agreement of one nation on one kind of decision. ``ordinal`` is ``None`` where labels have no order."""

    nation: str
    kind: DecisionKind
    n_items: int
    n_votes: int
    n_annotators: int
    raw: Coefficient
    nominal: Coefficient
    ordinal: Coefficient | None
    fleiss: Coefficient
    prevalence: dict[str, Coefficient]


@dataclass(frozen=True, slots=True)
class Detail:
    """What lies behind a summary: pairs of annotators, competence of each, and how votes fall on items.

    ``mixed_up`` counts the pairs of votes on one item by their two labels, in the order of the kind's labels;
    ``patterns`` counts the items by their votes, as (label, number) in the same order, most common first.
    """

    summary: Summary
    pairs: list[Pair]
    mean: Coefficient
    competences: Competences
    mixed_up: list[tuple[str, str, int]]
    patterns: list[tuple[tuple[tuple[str, int], ...], int]]
    votes_by_annotator: dict[str, dict[str, int]]


def read_ratings(
    user: Any, *, nation: str | None = None, kind: DecisionKind | None = None
) -> dict[Cell, Ratings]:
    """Votes of qualified annotators that stand, in the nations of ``user``, as ratings of reviews by
    annotators' user names; in one query, by nation and kind in their order."""
    votes = Vote.objects.for_user(user)
    if nation is not None:
        votes = votes.filter(review__nation=nation)
    if kind is not None:
        votes = votes.filter(review__decision__kind=kind)
    return ratings_of(votes)


def ratings_of(votes: VoteQuerySet) -> dict[Cell, Ratings]:
    """As :func:`read_ratings`, of any ``votes``: those that count among them."""
    votes = votes.counting().with_said().exclude(said="")
    votes = votes.exclude(review__purpose=ReviewPurpose.ATTENTION)
    found: dict[Cell, list[tuple[int, str, str]]] = defaultdict(list)
    rows = votes.order_by("annotator__username", "pk").values_list(
        "review__nation_id", "review__decision__kind", "review_id", "annotator__username", "said"
    )
    for nation_id, kind_value, review_id, annotator, label in rows.iterator(10_000):
        found[nation_id, DecisionKind(kind_value)].append((review_id, annotator, label))
    order = list(DecisionKind)
    return {
        cell: Ratings.of_triples(found[cell], [str(label) for label in LABELS[cell[1]]])
        for cell in sorted(found, key=lambda cell: (cell[0], order.index(cell[1])))
    }


def summaries(user: Any) -> list[Summary]:
    """Agreement of every nation and kind with a vote that ``user`` may see."""
    return [summarise(nation, kind, ratings) for (nation, kind), ratings in read_ratings(user).items()]


def detail(user: Any, nation: str, kind: DecisionKind) -> Detail | None:
    """Agreement of one nation on one kind in detail; ``None`` when there is no vote ``user`` may see."""
    ratings = read_ratings(user, nation=nation, kind=kind).get((nation, kind))
    if ratings is None:
        return None
    pairs = cohen_pairs(ratings)
    return Detail(
        summary=summarise(nation, kind, ratings),
        pairs=pairs,
        mean=cohen_mean(pairs),
        competences=dawid_skene(ratings),
        mixed_up=_mixed_up(ratings),
        patterns=_patterns(ratings),
        votes_by_annotator=_votes_by_annotator(ratings),
    )


def summarise(
    nation: str, kind: DecisionKind, ratings: Ratings, ordered_kinds: frozenset[DecisionKind] = ORDERED_KINDS
) -> Summary:
    """All coefficients of one cell."""
    return Summary(
        nation=nation,
        kind=kind,
        n_items=len(ratings.units),
        n_votes=len(ratings.label),
        n_annotators=len(ratings.raters),
        raw=raw_agreement(ratings),
        nominal=alpha(ratings),
        ordinal=alpha(ratings, ordered=True) if kind in ordered_kinds else None,
        fleiss=fleiss(ratings),
        prevalence=prevalence(ratings),
    )


def _mixed_up(ratings: Ratings) -> list[tuple[str, str, int]]:
    counts: Counter[tuple[int, int]] = Counter()
    for _, _, label, other in ratings.pairs.tolist():
        counts[min(label, other), max(label, other)] += 1
    return [
        (ratings.labels[label], ratings.labels[other], number)
        for (label, other), number in sorted(counts.items())
    ]


def _patterns(ratings: Ratings) -> list[tuple[tuple[tuple[str, int], ...], int]]:
    counts = Counter(map(tuple, ratings.counts.tolist()))
    return [
        (
            tuple((label, count) for label, count in zip(ratings.labels, pattern, strict=True) if count),
            number,
        )
        for pattern, number in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]


def _votes_by_annotator(ratings: Ratings) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {
        str(name): dict.fromkeys(ratings.labels, 0) for name in ratings.raters
    }
    counts: Mapping[tuple[int, int], int] = Counter(
        zip(ratings.rater.tolist(), ratings.label.tolist(), strict=True)
    )
    for (rater, label), number in counts.items():
        found[str(ratings.raters[rater])][ratings.labels[label]] = number
    return found
