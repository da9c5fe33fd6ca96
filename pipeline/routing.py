"""Routing: a confidence becomes settled, settled but audited, or a question to people."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Route(StrEnum):
    """Where a judgement goes."""

    SETTLE = "settle"
    AUDIT = "audit"  # settled, and asked all the same, so that the automatic part's error is measured
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class RoutingPolicy:
    """Confidence from which on a judgement stands, share of those audited, votes needed from people.

    ``error_budget`` and ``confidence_level`` are what a threshold solved from people's verdicts must hold
    (:mod:`pipeline.guarantee`); while people disagree, up to ``max_votes`` are asked for."""

    threshold: float
    audit_rate: float = 0.05
    votes_required: int = 2
    error_budget: float = 0.05
    confidence_level: float = 0.95
    max_votes: int = 4


def route(confidence: float, policy: RoutingPolicy, draw: float) -> Route:
    """Where a judgement goes; ``draw`` is uniform in [0, 1) and independent of the judgement."""
    if confidence < policy.threshold:
        return Route.ASK
    return Route.AUDIT if draw < policy.audit_rate else Route.SETTLE
