"""Votes: what annotators answered, written down as it stands in Label Studio, and what follows from it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.db import transaction

from annotation.agreement import Ballot, Consensus, Outcome, consensus
from annotation.label_studio.client import RemoteTask
from annotation.label_studio.configs import Screen
from annotation.label_studio.tasks import Answer, MalformedAnnotationError, to_answer
from annotation.lifecycle import DecisionStatus, IllegalMoveError
from annotation.models import Decision, DecisionKind, JudgeType, Person, Review, ReviewStatus, Vote
from annotation.services.decisions import OutrankedError, settle_decision
from annotation.services.statuses import move
from annotation.services.task_drafts import machine_answer

logger = logging.getLogger(__name__)
_SERVICE = "votes"
_VALID = "valid"


class Change(StrEnum):
    """What happened to a review when its votes were read."""

    NONE = "none"
    SETTLED = "settled"
    DISPUTED = "disputed"
    REOPENED = "reopened"  # it was disputed, and a vote was taken back since
    LATE = "late"  # votes changed after it was closed: written down, nothing moved


@dataclass(slots=True)
class VoteSummary:
    """What reading votes did. ``problems`` says of each annotation that was not counted why."""

    created: int = 0
    updated: int = 0
    withdrawn: int = 0
    settled: int = 0
    disputed: int = 0
    late: list[int] = field(default_factory=list)  # reviews whose votes changed after they were closed
    problems: list[str] = field(default_factory=list)

    @property
    def changed(self) -> int:
        """Votes written, changed or taken back."""
        return self.created + self.updated + self.withdrawn


def voters() -> dict[int, Person]:
    """People by their id in Label Studio, with their nations."""
    people = Person.objects.filter(studio_user_id__isnull=False)
    return {
        int(person.studio_user_id or 0): person
        for person in people.select_related("user").prefetch_related("nations")
    }


def record_task(
    review: Review, task: RemoteTask, people: Mapping[int, Person], summary: VoteSummary
) -> Change:
    """Make the votes of ``review`` equal to the task's annotations, then settle or dispute it. Idempotent.

    Counted are the newest annotation of each known person who works for the nation. What cannot be counted
    is put into ``summary.problems`` and logged.
    """
    answers = _countable(review, task, people, summary)
    with transaction.atomic():
        review = Review.objects.select_for_update().get(pk=review.pk)
        changed = _write(review, answers, summary)
        try:
            with transaction.atomic():
                change = _conclude(review, changed)
        except (IllegalMoveError, OutrankedError) as error:
            _complain(summary, f"review {review.pk} has its votes but could not be settled: {error}")
            return Change.NONE
    if change is Change.SETTLED:
        summary.settled += 1
    elif change is Change.DISPUTED:
        summary.disputed += 1
    elif change is Change.LATE:
        summary.late.append(review.pk)
        logger.warning("votes of review %s changed after it was closed; its verdict stands", review.pk)
    return change


def _countable(
    review: Review, task: RemoteTask, people: Mapping[int, Person], summary: VoteSummary
) -> dict[int, Answer]:
    """Newest countable answer by the annotator's user id."""
    newest: dict[int, Answer] = {}
    for annotation in task.annotations:
        where = f"annotation {annotation.get('id')} on task {task.id} (review {review.pk})"
        try:
            answer = to_answer(Screen(review.kind), annotation)
        except MalformedAnnotationError as error:
            _complain(summary, f"{where} is not counted: {error}")
            continue
        person = people.get(answer.studio_user_id)
        if person is None:
            _complain(
                summary,
                f"{where} is not counted: Label Studio user {answer.studio_user_id} is nobody of ours",
            )
        elif not person.user.is_active or review.nation_id not in {n.code for n in person.nations.all()}:
            _complain(summary, f"{where} is not counted: {person} does not work for {review.nation_id}")
        else:
            held = newest.get(person.user_id)
            if held is None or (held.updated_at, held.annotation_id) < (
                answer.updated_at,
                answer.annotation_id,
            ):
                newest[person.user_id] = answer
    return newest


def _write(review: Review, answers: Mapping[int, Answer], summary: VoteSummary) -> bool:
    """Write votes; returns whether any changed."""
    before = summary.changed
    known = {vote.remote_annotation_id: vote for vote in review.votes.all()}
    wanted = {answer.annotation_id for answer in answers.values()}
    for vote in known.values():
        if not vote.is_withdrawn and vote.remote_annotation_id not in wanted:
            vote.is_withdrawn = True
            vote.save(update_fields=["is_withdrawn"])
            summary.withdrawn += 1
    taken = set(
        Vote.objects.filter(remote_annotation_id__in=wanted - set(known)).values_list(
            "remote_annotation_id", flat=True
        )
    )
    for user_id, answer in answers.items():
        fields = _fields(user_id, answer)
        vote = known.get(answer.annotation_id)
        if answer.annotation_id in taken:
            _complain(
                summary, f"annotation {answer.annotation_id} is known as a vote on another review already"
            )
        elif vote is None:
            Vote.objects.create(review=review, remote_annotation_id=answer.annotation_id, **fields)
            summary.created += 1
        elif answer.updated_at >= vote.remote_updated_at and any(
            getattr(vote, name) != value for name, value in fields.items()
        ):
            for name, value in fields.items():
                setattr(vote, name, value)
            vote.save(update_fields=list(fields))
            summary.updated += 1
    return summary.changed != before


def _fields(user_id: int, answer: Answer) -> dict[str, object]:
    return {
        "annotator_id": user_id,
        "label": answer.label,
        "value": dict(answer.value),
        "note": answer.note,
        "is_skipped": answer.is_skipped,
        "is_withdrawn": False,
        "lead_time": answer.lead_time,
        "remote_updated_at": answer.updated_at,
    }


def _conclude(review: Review, changed: bool) -> Change:
    """What the votes as they stand make of the review and its decision."""
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


def _complain(summary: VoteSummary, problem: str) -> None:
    summary.problems.append(problem)
    logger.warning("%s", problem)
