"""Guarantees: thresholds solved from people's verdicts on the random sample, watched, suspended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from annotation.lifecycle import DecisionStatus
from annotation.models import Decision, DecisionKind, Guarantee, GuaranteeState, Review, ReviewStatus
from annotation.models.decision import PEOPLE, SUBJECTS
from annotation.services.calibration import answered, raw_confidence
from annotation.services.decisions import policy_for, routing_policies, standing_guarantees
from annotation.services.effects import apply_effects
from annotation.services.statuses import move_many
from pipeline.guarantee import has_drifted, solve
from pipeline.routing import RoutingPolicy

_SERVICE = "guarantees"
_BATCH = 500
Key = tuple[str, str, str]  # nation, kind, judge


@dataclass(frozen=True, slots=True)
class Sampled:
    """A judgement of the random sample: its score, whether people found it wrong, and when it was made."""

    score: float
    is_wrong: bool
    made_at: datetime


def solve_guarantees(kinds: Iterable[DecisionKind] = tuple(DecisionKind)) -> list[Guarantee]:
    """Solve every judge's threshold anew from the verdicts there are; returns the rows that are new.

    A threshold that holds is suspended when the audit since there is one shows drift: then only judgements
    made after that count. It is suspended, too, when all verdicts together no longer bear any threshold. What
    waits to be asked and stands by a new threshold is settled.
    """
    written: list[Guarantee] = []
    policies = routing_policies()
    standing = standing_guarantees(kinds)
    for kind in kinds:
        for key, sample in sorted(_samples(kind).items()):
            policy = policy_for(policies, key[0], kind)
            row = _solved(key, sample, policy, standing.get(key))
            if row is not None:
                written.append(row)
    return written


@transaction.atomic
def _solved(
    key: Key, sample: list[Sampled], policy: RoutingPolicy, old: Guarantee | None
) -> Guarantee | None:
    """The next row of a judge, written; ``None`` when nothing has changed."""
    delta = 1 - policy.confidence_level
    counts_from = old.counts_from if old else None
    if old is not None and old.state == GuaranteeState.HOLDS:
        since = _held_since(old)
        audited = [s for s in sample if s.made_at >= since and s.score >= (old.threshold or 0)]
        wrong = sum(s.is_wrong for s in audited)
        if has_drifted(wrong, len(audited), policy.error_budget, delta=delta):
            return _write(
                key,
                state=GuaranteeState.SUSPENDED,
                threshold=None,
                sampled=0,
                settled_sampled=len(audited),
                errors=wrong,
                bound=1.0,
                votes_needed=fewest_verdicts(policy),
                counts_from=timezone.now(),
            )
    counted = [s for s in sample if counts_from is None or s.made_at >= counts_from]
    found = solve(
        [s.score for s in counted],
        [s.is_wrong for s in counted],
        budget=policy.error_budget,
        delta=delta,
    )
    state = GuaranteeState.HOLDS if found.threshold is not None else GuaranteeState.WAITING
    if state == GuaranteeState.WAITING and old is not None and old.state != GuaranteeState.WAITING:
        state = GuaranteeState.SUSPENDED
    fields = {
        "state": state,
        "threshold": found.threshold,
        "sampled": len(counted),
        "settled_sampled": found.n,
        "errors": found.errors,
        "bound": found.error_bound,
        "votes_needed": found.votes_needed if counted else fewest_verdicts(policy),
        "counts_from": counts_from,
    }
    if state == GuaranteeState.SUSPENDED and old is not None and counts_from is not None:
        # The row goes on saying what it was suspended for.
        fields |= {name: getattr(old, name) for name in ("settled_sampled", "errors", "bound")}
    if old is not None and all(getattr(old, name) == value for name, value in fields.items()):
        return None
    row = _write(key, **fields)
    if row.state == GuaranteeState.HOLDS and policy.threshold <= 1:
        _settle_waiting(row)
    return row


def fewest_verdicts(policy: RoutingPolicy) -> int:
    """Sampled verdicts it takes at least until a threshold can hold: all of high confidence, none wrong."""
    one = solve([1.0], [False], budget=policy.error_budget, delta=1 - policy.confidence_level)
    return 1 + (one.votes_needed or 0)


def _write(key: Key, **fields: Any) -> Guarantee:
    nation_id, kind, judge = key
    return Guarantee.objects.create(nation_id=nation_id, kind=kind, judge=judge, **fields)


def _held_since(row: Guarantee) -> datetime:
    """Since when there has been a guarantee without a break.

    Its threshold may have moved meanwhile, as it does with nearly every verdict: were the audit to begin anew
    each time, it would never have enough to show drift.
    """
    since = row.created_at
    earlier = Guarantee.objects.filter(
        nation=row.nation_id, kind=row.kind, judge=row.judge, pk__lt=row.pk
    ).order_by("-pk")
    for one in earlier.iterator(100):
        if one.state != row.state:
            break
        since = one.created_at
    return since


def _samples(kind: DecisionKind) -> Mapping[Key, list[Sampled]]:
    """Sampled judgements people have answered, by nation, kind and judge. What they dispute is wrong until
    it is decided: easy questions are answered first, and leaving the others out would flatter the judge."""
    found: dict[Key, list[Sampled]] = defaultdict(list)
    for verdict, row in answered(kind):
        if row["is_sampled"]:
            score = raw_confidence(row["evidence"], row["confidence"])
            key = (row["nation_id"], kind.value, row["judge"])
            found[key].append(Sampled(score, verdict != row["label"], row["created_at"]))
    disputed = (
        Decision.objects.filter(kind=kind, is_sampled=True, review__status=ReviewStatus.DISPUTED)
        .exclude(judge_type__in=list(PEOPLE))
        .exclude(status=DecisionStatus.SUPERSEDED)
    )
    for decision in disputed.iterator(_BATCH):
        score = raw_confidence(decision.evidence, decision.confidence)
        key = (decision.nation_id, kind.value, decision.judge)
        found[key].append(Sampled(score, True, decision.created_at))
    return found


def _settle_waiting(row: Guarantee) -> None:
    """Settle what waits to be asked (no task made yet), stands by the threshold and is not sampled."""
    waiting = (
        Decision.objects.waiting()
        .select_for_update(of=("self",), skip_locked=True)
        .filter(nation=row.nation_id, kind=row.kind, judge=row.judge, is_sampled=False)
        .select_related(SUBJECTS[DecisionKind(row.kind)])
    )
    if row.counts_from is not None:
        waiting = waiting.filter(created_at__gte=row.counts_from)
    certain = [
        decision
        for decision in waiting.iterator(_BATCH)
        if raw_confidence(decision.evidence, decision.confidence) >= (row.threshold or 0)
    ]
    if not certain:
        return
    note = f"certain by the threshold of {row.threshold:g} solved from votes"
    move_many(certain, DecisionStatus.SETTLED, actor_name=_SERVICE, note=note)
    for start in range(0, len(certain), _BATCH):
        ids = [decision.pk for decision in certain[start : start + _BATCH]]
        Review.objects.filter(decision__in=ids, status=ReviewStatus.QUEUED).update(status=ReviewStatus.CLOSED)
    apply_effects(certain, actor_name=_SERVICE)


def judged_counts(user: Any) -> dict[Key, tuple[int, int]]:
    """How many judgements of each machine stand alone, and how many people were or are asked about, in the
    nations of ``user``."""
    rows = (
        Decision.objects.for_user(user)
        .exclude(judge_type__in=list(PEOPLE))
        .order_by()
        .values_list("nation", "kind", "judge")
        .annotate(
            alone=Count("pk", filter=Q(status=DecisionStatus.SETTLED, is_audit=False)),
            asked=Count("pk", filter=Q(review__isnull=False) | Q(status=DecisionStatus.OPEN)),
        )
    )
    return {(nation, kind, judge): (alone, asked) for nation, kind, judge, alone, asked in rows}
