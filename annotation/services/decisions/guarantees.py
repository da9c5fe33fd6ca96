"""Guarantees: thresholds solved from people's verdicts on the random sample, watched, suspended."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q
from django.utils import timezone

from annotation.lifecycle import DecisionStatus
from annotation.models import (
    CountedVote,
    Decision,
    DecisionKind,
    Guarantee,
    GuaranteeState,
    Review,
    ReviewStatus,
)
from annotation.models.decision import PEOPLE, SUBJECTS
from annotation.services.decisions.calibration import answered, raw_confidence
from annotation.services.decisions.effects import apply_effects
from annotation.services.decisions.routing import policy_for, routing_policies
from annotation.services.decisions.statuses import move_many
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
    for kind in kinds:
        for key, sample in sorted(_samples(kind).items()):
            row = _solved(key, sample, policy_for(policies, key[0], kind))
            if row is not None:
                written.append(row)
    return written


@transaction.atomic
def _solved(key: Key, sample: list[Sampled], policy: RoutingPolicy) -> Guarantee | None:
    """The next row of a judge, written; ``None`` when nothing has changed."""
    nation_id, kind, judge = key
    old = Guarantee.objects.filter(nation=nation_id, kind=kind, judge=judge).first()
    delta = 1 - policy.confidence_level
    solved_for = {"error_budget": policy.error_budget, "confidence_level": policy.confidence_level}
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
                **solved_for,
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
        **solved_for,
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
    """Sampled judgements people have answered, by nation, kind and judge.

    What counts is what annotators said before they were shown the machine's answer. What they dispute or are
    asked further votes about is wrong until it is decided: easy questions are answered first, and leaving the
    others out would flatter the judge.
    """
    found: dict[Key, list[Sampled]] = defaultdict(list)
    blind = _blind_verdicts(kind)
    for verdict, row in answered(kind):
        if row["is_sampled"]:
            score = raw_confidence(row["evidence"], row["confidence"])
            key = (row["nation_id"], kind.value, row["judge"])
            is_wrong = row["label"] != blind.get(row["pk"], verdict)
            found[key].append(Sampled(score, is_wrong, row["created_at"]))
    unsettled = Q(review__status=ReviewStatus.DISPUTED) | Q(
        review__status=ReviewStatus.PUSHED, review__votes_wanted__gt=F("review__votes_required")
    )
    disputed = (
        Decision.objects.filter(unsettled, kind=kind, is_sampled=True)
        .exclude(judge_type__in=list(PEOPLE))
        .exclude(status=DecisionStatus.SUPERSEDED)
    )
    for decision in disputed.iterator(_BATCH):
        score = raw_confidence(decision.evidence, decision.confidence)
        key = (decision.nation_id, kind.value, decision.judge)
        found[key].append(Sampled(score, True, decision.created_at))
    return found


def _blind_verdicts(kind: DecisionKind) -> dict[int, str]:
    """What most annotators of a sampled judgement said blind, by decision; empty where they were split, which
    is no label. Only where annotators, not a curator, decided: a curator has seen everything anyway."""
    rows = (
        CountedVote.objects.filter(
            verdict__kind=kind,
            verdict__status=DecisionStatus.SETTLED,
            verdict__supersedes__is_sampled=True,
            vote__revealed_at__isnull=False,
        )
        .order_by()
        .values_list("verdict__supersedes", flat=True)
        .distinct()
    )
    revealed = set(rows.iterator(_BATCH))
    said: dict[int, Counter[str]] = defaultdict(Counter)
    votes = CountedVote.objects.filter(verdict__kind=kind, verdict__supersedes__is_sampled=True)
    for pk, label, blind in votes.values_list("verdict__supersedes", "label", "vote__blind_label").iterator(
        _BATCH
    ):
        if pk in revealed:
            said[pk][blind or label] += 1
    return {pk: _most(labels) for pk, labels in said.items()}


def _most(labels: Counter[str]) -> str:
    """The label given more often than any other; empty on a tie."""
    (label, count), *others = labels.most_common(2)
    return "" if others and others[0][1] == count else label


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
