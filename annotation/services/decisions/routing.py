"""Routing: which policy holds for a nation and kind, and where a judgement goes under it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from annotation.models import ConsensusRule, DecisionKind, Guarantee, GuaranteeState, Policy
from pipeline.routing import Route, RoutingPolicy, route

# Share sampled while no threshold is solved, so that one can be soon; a policy that audits nothing stays so.
EARLY_AUDIT_RATE = 0.2

DEFAULT_POLICIES: dict[DecisionKind, RoutingPolicy] = {
    DecisionKind.TOPIC_SCREENING: RoutingPolicy(threshold=0.8),
    DecisionKind.STATEMENT_SCREENING: RoutingPolicy(threshold=0.8),
    DecisionKind.ATTRIBUTION: RoutingPolicy(threshold=0.85),
    DecisionKind.CONFLICT: RoutingPolicy(threshold=0.95),
    # Above 1: nothing becomes gold without people.
    DecisionKind.TRIPLE: RoutingPolicy(threshold=1.1),
}


def routing_policies() -> dict[tuple[str | None, str], RoutingPolicy]:
    """Policies by (nation code or None, kind), the built-in defaults under those of the database."""
    found: dict[tuple[str | None, str], RoutingPolicy] = {
        (None, kind): policy for kind, policy in DEFAULT_POLICIES.items()
    }
    for row in Policy.objects.all():
        found[row.nation_id, row.kind] = RoutingPolicy(
            threshold=row.threshold,
            audit_rate=row.audit_rate,
            votes_required=row.votes_required,
            max_votes=row.max_votes,
            by_most=row.consensus == ConsensusRule.MAJORITY,
            error_budget=row.error_budget,
            confidence_level=row.confidence_level,
        )
    return found


def policy_for(
    policies: dict[tuple[str | None, str], RoutingPolicy], nation_id: str, kind: str
) -> RoutingPolicy:
    """The nation's own policy, else the one for all nations."""
    return policies.get((nation_id, kind)) or policies[None, kind]


def early_audit_rate(policy: RoutingPolicy) -> float:
    """The share sampled while there is no guarantee."""
    return max(policy.audit_rate, EARLY_AUDIT_RATE) if policy.audit_rate else 0.0


def standing_guarantees(kinds: Iterable[str] | None = None) -> dict[tuple[str, str, str], Guarantee]:
    """The newest row of every nation, kind and judge."""
    rows = Guarantee.objects.in_force()
    if kinds is not None:
        rows = rows.filter(kind__in=[str(kind) for kind in kinds])
    return {(row.nation_id, row.kind, row.judge): row for row in rows}


def routed(
    raw: float, confidence: float, policy: RoutingPolicy, standing: Guarantee | None, draw: float
) -> tuple[Route, bool]:
    """Where a judgement goes, and whether it belongs to the random sample.

    A threshold solved from votes, for the budget the policy has now, is one of the judge's raw confidence;
    without one the policy's, of the calibrated confidence, is where to begin, and more is sampled. A policy
    above 1 lets nothing stand alone, whatever the votes.
    """
    if policy.threshold > 1:
        return Route.ASK, draw < policy.audit_rate
    if standing is not None and standing.holds_for(policy.error_budget, policy.confidence_level):
        where = route(raw, replace(policy, threshold=float(standing.threshold or 1)), draw)
        return where, draw < policy.audit_rate
    early = replace(policy, audit_rate=early_audit_rate(policy))
    if standing is not None and standing.state == GuaranteeState.SUSPENDED:
        return Route.ASK, draw < early.audit_rate
    return route(confidence, early, draw), draw < early.audit_rate
