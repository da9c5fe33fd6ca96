"""Routing: a confidence becomes settled, settled but audited, or a question to people."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b


class Route(StrEnum):
    """Where a judgement goes."""

    SETTLE = "settle"
    AUDIT = "audit"  # settled, and asked all the same, so that the automatic part's error is measured
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class RoutingPolicy:
    """When a judgement stands alone, and how people answer when it does not.

    ``threshold`` is the confidence from which on it stands while nothing is known of the judge's error;
    ``error_budget`` the error allowed among those that stand, with ``confidence_level`` (see
    :mod:`pipeline.guarantee`). ``audit_rate`` of
    them are asked all the same. A question gets ``votes_required`` votes, after disagreement up to
    ``max_votes``; ``by_most`` means that more than half may decide, else all have to agree.
    """

    threshold: float
    audit_rate: float = 0.05
    votes_required: int = 2
    max_votes: int = 3
    by_most: bool = True
    error_budget: float = 0.05
    confidence_level: float = 0.95


def expected_value(uncertainty: float, need: float, centrality: float | None = None) -> float:
    """What an answer is worth, in [0, 1]: how unsure the machine is, how much the slice it is for lacks, and,
    where the question is an edge of a graph, how much of the graph it decides. All three are in [0, 1].

    Uncertainty weighs most: what the machine knows already teaches nothing.
    """
    if centrality is None:
        return 0.8 * uncertainty + 0.2 * need
    return 0.5 * uncertainty + 0.3 * centrality + 0.2 * need


def uniform_draw(key: bytes) -> float:
    """A number in [0, 1) that is the same whenever the same key is drawn for, and tells nothing of it."""
    return int.from_bytes(blake2b(key, digest_size=8).digest(), "big") / 2**64


def route(confidence: float, policy: RoutingPolicy, draw: float) -> Route:
    """Where a judgement goes; ``draw`` is uniform in [0, 1) and independent of the judgement."""
    if confidence < policy.threshold:
        return Route.ASK
    return Route.AUDIT if draw < policy.audit_rate else Route.SETTLE
