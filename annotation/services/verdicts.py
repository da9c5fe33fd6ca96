"""Verdicts: what the votes on a review, as they stand, make of its decision."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

from annotation.agreement import Ballot, Consensus, Outcome, consensus
from annotation.lifecycle import DecisionStatus
from annotation.models import Decision, DecisionKind, JudgeType, Review, ReviewStatus
from annotation.services.decisions import settle_decision
from annotation.services.statuses import move
from annotation.services.task_drafts import machine_answer

_SERVICE = "votes"
_VALID = "valid"


class Change(StrEnum):
    """What happened to a review when its votes were read."""

    NONE = "none"
    SETTLED = "settled"
    DISPUTED = "disputed"
    REOPENED = "reopened"  # it was disputed, and a vote was taken back since
    LATE = "late"  # votes changed after it was closed: written down, nothing moved


def conclude(review: Review, changed: bool) -> Change:
    """Settle, dispute or reopen a review by its votes as they stand. Call inside a transaction."""
    if review.status == ReviewStatus.CLOSED:
        return Change.LATE if changed else Change.NONE
    decision = Decision.objects.select_related("triple__statement", "statement", "conflict", "topic").get(
        pk=review.decision_id
    )
    if decision.status == DecisionStatus.SUPERSEDED:
        _set_status(review, ReviewStatus.CLOSED)
        return Change.LATE if changed else Change.NONE
    ballots = [
        Ballot(vote.label, vote.value) for vote in review.votes.filter(is_withdrawn=False, is_skipped=False)
    ]
    found = verdict(decision, ballots, votes_required=review.votes_required)
    if found.outcome is Outcome.AGREED:
        count = len(ballots)
        settle_decision(
            decision=decision,
            label=found.label,
            judge_type=JudgeType.ANNOTATORS,
            judge=f"annotators:{count}/{count}",
            value=dict(found.value),
        )
        _set_status(review, ReviewStatus.CLOSED)
        return Change.SETTLED
    if found.outcome is Outcome.DISPUTED and review.status != ReviewStatus.DISPUTED:
        # An audited decision stays settled meanwhile: it holds until a curator says otherwise.
        if decision.status == DecisionStatus.ASKED:
            move(decision, DecisionStatus.DISPUTED, actor_name=_SERVICE, note=_tally(ballots))
        _set_status(review, ReviewStatus.DISPUTED)
        return Change.DISPUTED
    if found.outcome is Outcome.WAITING and review.status == ReviewStatus.DISPUTED:
        if decision.status == DecisionStatus.DISPUTED:
            move(decision, DecisionStatus.ASKED, actor_name=_SERVICE, note="a vote was taken back")
        _set_status(review, ReviewStatus.PUSHED)
        return Change.REOPENED
    return Change.NONE


def verdict(decision: Decision, ballots: Sequence[Ballot], *, votes_required: int) -> Consensus:
    """The consensus rule as it applies to the kind of ``decision``.

    Corrected texts of a triple have to agree when people call it valid, its own texts standing in for those
    not given; speakers need not agree, the most common one is taken.
    """
    machine = machine_answer(decision)
    if decision.kind == DecisionKind.TRIPLE:
        filled = [Ballot(b.label, {**machine, **b.value} if b.label == _VALID else {}) for b in ballots]
        return consensus(filled, votes_required=votes_required, must_match=tuple(machine))
    if decision.kind == DecisionKind.ATTRIBUTION:
        return consensus(ballots, votes_required=votes_required, by_majority=("speaker",), fallback=machine)
    return consensus(ballots, votes_required=votes_required)


def _set_status(review: Review, status: ReviewStatus) -> None:
    review.status = status
    review.save(update_fields=["status"])


def _tally(ballots: Iterable[Ballot]) -> str:
    return "votes: " + ", ".join(sorted(ballot.label for ballot in ballots))
