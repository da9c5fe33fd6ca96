"""Verdicts: what the votes on a review, as they stand, make of its decision."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

from annotation.agreement import Ballot, Consensus, Outcome, consensus
from annotation.lifecycle import DecisionStatus
from annotation.models import (
    CountedVote,
    Decision,
    DecisionKind,
    JudgeType,
    Review,
    ReviewPurpose,
    ReviewStatus,
    Vote,
)
from annotation.services.decisions.recording import settle_decision
from annotation.services.decisions.routing import policy_for, routing_policies
from annotation.services.decisions.statuses import move
from annotation.services.people.attention import check_attention
from annotation.services.reviews.drafts import machine_answer
from pipeline.records import APPROVING, SourceType

_SERVICE = "votes"


class Change(StrEnum):
    """What happened to a review when its votes were read."""

    NONE = "none"
    SETTLED = "settled"
    DISPUTED = "disputed"
    REOPENED = "reopened"  # it was disputed, and a vote was taken back since
    LATE = "late"  # votes changed after it was closed: written down, nothing moved


def conclude(review: Review, changed: bool) -> Change:
    """Settle, dispute or reopen a review by its votes as they stand. Call inside a transaction.

    Only votes of qualified annotators count. Where they disagree, further votes are asked for one by one up
    to the policy's limit; then a curator decides. A question whose answer is known is never settled.
    """
    if review.purpose == ReviewPurpose.ATTENTION:
        _check_attention(review, changed)
        return Change.NONE
    if review.status == ReviewStatus.CLOSED:
        return Change.LATE if changed else Change.NONE
    decision = Decision.objects.select_related("triple__statement", "statement", "conflict", "topic").get(
        pk=review.decision_id
    )
    if decision.status == DecisionStatus.SUPERSEDED:
        _set_status(review, ReviewStatus.CLOSED)
        return Change.LATE if changed else Change.NONE
    policy = policy_for(routing_policies(), review.nation_id, decision.kind)
    standing = list(review.votes.standing())
    votes = [vote for vote in standing if vote.counts]
    ballots = [Ballot(vote.label, vote.value) for vote in votes]
    found = verdict(decision, ballots, votes_required=review.votes_required, by_most=policy.by_most)
    if found.outcome is Outcome.AGREED:
        _settle(decision, found, votes)
        _set_status(review, ReviewStatus.CLOSED)
        return Change.SETTLED
    missing = review.votes_required - len(ballots)
    if found.outcome is Outcome.DISPUTED:
        missing = 1 if policy.by_most and len(ballots) < policy.max_votes else 0
    elif sum(vote.is_skipped for vote in standing) >= policy.max_votes:
        missing = 0  # nobody can judge it
    if missing > 0:
        return _ask_on(review, decision, len(standing) + missing)
    if review.status == ReviewStatus.DISPUTED:
        return Change.NONE
    # An audited decision stays settled meanwhile: it holds until a curator says otherwise.
    if decision.status == DecisionStatus.ASKED:
        move(decision, DecisionStatus.DISPUTED, actor_name=_SERVICE, note=_tally(ballots))
    _set_status(review, ReviewStatus.DISPUTED)
    return Change.DISPUTED


def verdict(
    decision: Decision, ballots: Sequence[Ballot], *, votes_required: int, by_most: bool = False
) -> Consensus:
    """The consensus rule as it applies to the kind of ``decision``.

    Corrected texts of a triple have to agree when people call it valid, its own texts standing in for those
    not given; speakers need not agree, the most common one is taken. Who calls words quoted and names no
    speaker leaves it at the machine's.
    """
    machine = machine_answer(decision)
    rule = {"votes_required": votes_required, "by_most": by_most}
    if decision.kind == DecisionKind.TRIPLE:
        filled = [Ballot(b.label, {**machine, **b.value} if b.label in APPROVING else {}) for b in ballots]
        return consensus(filled, must_match=tuple(machine), **rule)
    if decision.kind == DecisionKind.ATTRIBUTION:
        filled = [
            Ballot(b.label, machine) if b.label == SourceType.QUOTED and not b.value.get("speaker") else b
            for b in ballots
        ]
        return consensus(filled, by_majority=("speaker",), fallback=machine, **rule)
    return consensus(ballots, **rule)


def _check_attention(review: Review, changed: bool) -> None:
    if not changed:
        return
    for vote in review.votes.standing().select_related("annotator__person"):
        check_attention(vote.annotator.person, review.nation_id)


def _settle(decision: Decision, found: Consensus, votes: Sequence[Vote]) -> None:
    agreeing = sum(vote.label == found.label for vote in votes)
    settled = settle_decision(
        decision=decision,
        label=found.label,
        judge_type=JudgeType.ANNOTATORS,
        judge=f"annotators:{agreeing}/{len(votes)}",
        value=dict(found.value),
    )
    CountedVote.objects.bulk_create(
        CountedVote(verdict=settled, vote=vote, qualification_id=vote.qualification_id, label=vote.label)
        for vote in votes
    )


def _ask_on(review: Review, decision: Decision, wanted: int) -> Change:
    """More votes are needed: ``wanted`` in all. A disputed review goes back to people."""
    review.votes_wanted = wanted
    reopened = review.status == ReviewStatus.DISPUTED
    if reopened:
        review.status = ReviewStatus.PUSHED
        if decision.status == DecisionStatus.DISPUTED:
            move(decision, DecisionStatus.ASKED, actor_name=_SERVICE, note="more votes are needed")
    review.save(update_fields=["votes_wanted", "status"])
    return Change.REOPENED if reopened else Change.NONE


def _set_status(review: Review, status: ReviewStatus) -> None:
    review.status = status
    review.save(update_fields=["status"])


def _tally(ballots: Iterable[Ballot]) -> str:
    return "votes: " + ", ".join(sorted(ballot.label for ballot in ballots))
