"""Votes: what annotators answered, written down. Ours once written: Label Studio may lose it, we do not."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from annotation.label_studio.client import RemoteTask
from annotation.label_studio.tasks import Answer
from annotation.lifecycle import IllegalMoveError
from annotation.models import (
    Person,
    Review,
    ReviewStatus,
    SetAside,
    StudioAccount,
    StudioServer,
    Vote,
    VoteRevision,
)
from annotation.services.decisions.recording import OutrankedError
from annotation.services.votes.context import PREFETCH, describe
from annotation.services.votes.reading import Reading, is_standing, read_task
from annotation.services.votes.verdicts import Change, conclude

logger = logging.getLogger(__name__)
_SAID = ("label", "value", "note", "reason")
_TIE = ("remote_annotation_id", "remote_created_at", "remote_updated_at", "lead_time", "set_aside")


@dataclass(slots=True)
class VoteSummary:
    """What reading votes did. ``problems`` says of each annotation that was not counted why."""

    created: int = 0
    updated: int = 0
    withdrawn: int = 0
    set_aside: int = 0  # not counted until an operator decides
    restored: int = 0  # put back into Label Studio, or changed back there
    settled: int = 0
    disputed: int = 0
    late: list[int] = field(default_factory=list)  # reviews whose votes changed after they were closed
    problems: list[str] = field(default_factory=list)

    @property
    def changed(self) -> int:
        """Votes written, changed or taken back."""
        return self.created + self.updated + self.withdrawn


def voters(server: StudioServer) -> dict[int, Person]:
    """People by their ids in a Label Studio, with their nations; a person may have had several accounts."""
    accounts = StudioAccount.objects.filter(server=server, installation=server.installation)
    rows = accounts.select_related("person__user").prefetch_related(*PREFETCH)
    return {account.remote_id: account.person for account in rows}


@transaction.atomic
def record_tasks(
    pairs: Sequence[tuple[Review, RemoteTask]],
    people: Mapping[int, Person],
    summary: VoteSummary,
    our_user: int | None,
    *,
    tainted: Collection[int] = (),
    lost: Collection[int] = (),
    always: bool = False,
) -> list[tuple[Change, Reading]]:
    """Write down what tasks say, in one transaction; what happened to each review and was read, in order.

    Counted are the newest annotation of each known person who works for the nation. What cannot be counted
    is put into ``summary.problems`` and logged. Idempotent.

    Votes that come with tasks of ``tainted`` reviews were given on a forged question and are set aside. Votes
    ``lost`` (by id) could not be put back and are set aside as gone. ``always`` looks at every review for a
    verdict, not only where something has changed or is due.
    """
    ids = [review.pk for review, _ in pairs]
    locked = Review.objects.filter(pk__in=ids).select_for_update().prefetch_related("votes")
    fresh = {review.pk: review for review in locked}
    made: list[Vote] = []
    read: list[tuple[Review, list[Vote], bool, Reading]] = []
    for review, task in pairs:
        row = fresh[review.pk]
        votes = list(row.votes.all())
        reading = read_task(row, votes, task, people, our_user)
        for problem in reading.problems:
            _complain(summary, problem)
        before = len(made)
        changed = _write(row, votes, reading, summary, made, row.pk in tainted, lost)
        read.append((row, [*votes, *made[before:]], changed, reading))
        # What is prefetched is old now, and whoever concludes asks anew.
        getattr(row, "_prefetched_objects_cache", {}).clear()
    _create(made)
    return [
        (
            _conclude(row, changed, summary) if always or _is_due(row, votes, changed) else Change.NONE,
            reading,
        )
        for row, votes, changed, reading in read
    ]


def withdraw_vote(vote: Vote) -> Change:
    """Its annotator takes a vote back; it is kept and no longer counts. Twice is once."""
    with transaction.atomic():
        review = Review.objects.select_for_update().get(pk=vote.review_id)
        changed = Vote.objects.filter(pk=vote.pk, is_withdrawn=False).update(is_withdrawn=True) > 0
        vote.is_withdrawn = True
        return _conclude(review, changed, VoteSummary())


def accept_vote(vote: Vote) -> Change:
    """An operator lets a vote count that was set aside. Raises ``ValueError`` when its annotator has
    voted again since."""
    with transaction.atomic():
        review = Review.objects.select_for_update().get(pk=vote.review_id)
        others = review.votes.filter(annotator=vote.annotator_id, is_withdrawn=False).exclude(pk=vote.pk)
        if vote.is_withdrawn or any(is_standing(other) for other in others):
            raise ValueError(f"vote {vote.pk} cannot count: its annotator has taken it back or voted again")
        if vote.set_aside == SetAside.FORGED:
            vote.remote_annotation_id = vote.remote_created_at = None  # deleted there; the pull puts it back
        vote.set_aside = ""
        vote.save(update_fields=["set_aside", "remote_annotation_id", "remote_created_at"])
        return _conclude(review, True, VoteSummary())


def set_aside_forged(review: Review, person: Person, answer: Answer) -> Vote:
    """Keep an answer another gave in a person's name, uncounted."""
    Vote.objects.filter(review=review, remote_annotation_id=answer.annotation_id).exclude(
        remote_created_at=answer.created_at
    ).update(remote_annotation_id=None)
    fields = {**_fields(review, person, answer), "set_aside": SetAside.FORGED}
    vote, is_new = Vote.objects.get_or_create(
        review=review, remote_annotation_id=answer.annotation_id, defaults=fields
    )
    if is_new:
        _remember(vote)
    return vote


def _write(
    review: Review,
    votes: Sequence[Vote],
    reading: Reading,
    summary: VoteSummary,
    made: list[Vote],
    is_tainted: bool,
    lost: Collection[int],
) -> bool:
    """Write a reading down; returns whether a vote changed. New votes are only added to ``made``."""
    aside = str(SetAside.CHANGED) if is_tainted else ""
    for person, answer in reading.new:
        _free(votes, answer)
        made.append(
            Vote(
                review=review,
                remote_annotation_id=answer.annotation_id,
                set_aside=aside,
                **_blind(votes, person, answer),
                **_fields(review, person, answer),
            )
        )
        summary.created += 1
        summary.set_aside += is_tainted
    for vote, person, answer in reading.changed:
        _free(votes, answer, vote)
        fields = {**_fields(review, person, answer), "set_aside": aside}
        for name, value in {**fields, "remote_annotation_id": answer.annotation_id}.items():
            setattr(vote, name, value)
        vote.save(update_fields=[*fields, "remote_annotation_id"])
        _remember(vote)
        summary.updated += 1
        summary.set_aside += is_tainted
    returned = 0
    for vote, answer in reading.same:
        _free(votes, answer, vote)
        returned += vote.set_aside == SetAside.GONE
        vote.set_aside = "" if vote.set_aside == SetAside.GONE else vote.set_aside
        vote.remote_annotation_id, vote.lead_time = answer.annotation_id, answer.lead_time
        vote.remote_created_at, vote.remote_updated_at = answer.created_at, answer.updated_at
        vote.save(update_fields=_TIE)
    gone = [vote for vote in reading.missing if vote.pk in lost and not vote.set_aside]
    for vote in gone:
        vote.set_aside = SetAside.GONE
        vote.save(update_fields=["set_aside"])
        summary.set_aside += 1
    return bool(reading.new or reading.changed or returned or gone)


def _blind(votes: Sequence[Vote], person: Person, answer: Answer) -> dict[str, Any]:
    """What a new vote says blind. Who has seen the machine's answer and votes anew, having taken the first
    vote back, is blind no more: what counts as said blind is that of the vote before."""
    seen = [vote for vote in votes if vote.annotator_id == person.user_id and vote.revealed_at]
    if not seen:
        return {"blind_label": answer.label, "blind_value": dict(answer.value)}
    first = min(seen, key=lambda vote: vote.revealed_at)
    return {
        "blind_label": first.blind_label,
        "blind_value": first.blind_value,
        "revealed_at": first.revealed_at,
    }


def _free(votes: Sequence[Vote], answer: Answer, vote: Vote | None = None) -> None:
    """An annotation's id that came back after a restore is no longer that of the vote that had it."""
    for other in votes:
        if other.remote_annotation_id == answer.annotation_id and (vote is None or other.pk != vote.pk):
            other.remote_annotation_id = other.remote_created_at = None
            other.save(update_fields=["remote_annotation_id", "remote_created_at"])


def _create(votes: list[Vote]) -> None:
    Vote.objects.bulk_create(votes, batch_size=500)
    VoteRevision.objects.bulk_create(
        (
            VoteRevision(
                vote=vote,
                at=vote.remote_updated_at,
                is_blind=vote.revealed_at is None,
                **{name: getattr(vote, name) for name in _SAID},
            )
            for vote in votes
        ),
        batch_size=500,
    )


def _is_due(review: Review, votes: Sequence[Vote], changed: bool) -> bool:
    """Whether the votes on a review may make a difference now."""
    if review.status == ReviewStatus.CLOSED:
        return changed
    standing = [vote for vote in votes if vote.stands]
    idle = not all(vote.counts for vote in standing)
    enough = len(standing) >= review.votes_required
    return review.status == ReviewStatus.DISPUTED or enough or (changed and idle)


def _conclude(review: Review, changed: bool, summary: VoteSummary) -> Change:
    try:
        with transaction.atomic():
            change = conclude(review, changed)
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


def _fields(review: Review, person: Person, answer: Answer) -> dict[str, Any]:
    return {
        "annotator": person.user,
        "label": answer.label,
        "value": dict(answer.value),
        "note": answer.note,
        "is_skipped": answer.is_skipped,
        "is_withdrawn": False,
        "lead_time": answer.lead_time,
        "remote_updated_at": answer.updated_at,
        **describe(person, review, answer),
    }


def _remember(vote: Vote) -> None:
    """Append what the vote says now to its revisions, and keep apart what it said blind: all until the
    machine's answer was shown. Times are not compared, Label Studio's clock is not ours."""
    said = {name: getattr(vote, name) for name in _SAID}
    is_blind = vote.revealed_at is None
    newest = vote.revisions.order_by("-pk").first()
    if newest is None or any(getattr(newest, name) != value for name, value in said.items()):
        vote.revisions.get_or_create(at=vote.remote_updated_at, defaults={**said, "is_blind": is_blind})
    if is_blind and (vote.blind_label, vote.blind_value) != (vote.label, vote.value):
        vote.blind_label, vote.blind_value = vote.label, vote.value
        vote.save(update_fields=["blind_label", "blind_value"])


def _complain(summary: VoteSummary, problem: str) -> None:
    summary.problems.append(problem)
    logger.warning("%s", problem)
