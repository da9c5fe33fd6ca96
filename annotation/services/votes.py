"""Votes: what annotators answered, written down as it stands in Label Studio."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from annotation.label_studio.client import RemoteTask
from annotation.label_studio.configs import Screen
from annotation.label_studio.tasks import Answer, MalformedAnnotationError, to_answer
from annotation.lifecycle import IllegalMoveError
from annotation.models import Person, Review, StudioAccount, StudioServer, Vote
from annotation.services.decisions import OutrankedError
from annotation.services.verdicts import Change, conclude
from annotation.services.vote_context import PREFETCH, describe

logger = logging.getLogger(__name__)


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


def voters(server: StudioServer) -> dict[int, Person]:
    """People by their ids in a Label Studio, with their nations; a person may have had several accounts."""
    accounts = StudioAccount.objects.filter(server=server, installation=server.installation)
    rows = accounts.select_related("person__user").prefetch_related(*PREFETCH)
    return {account.remote_id: account.person for account in rows}


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


def _countable(
    review: Review, task: RemoteTask, people: Mapping[int, Person], summary: VoteSummary
) -> dict[int, tuple[Person, Answer]]:
    """Newest countable answer of each annotator, by user id."""
    newest: dict[int, tuple[Person, Answer]] = {}
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
            if held is None or _age(held[1]) < _age(answer):
                newest[person.user_id] = person, answer
    return newest


def _age(answer: Answer) -> tuple[datetime, int]:
    return answer.updated_at, answer.annotation_id


def _write(review: Review, answers: Mapping[int, tuple[Person, Answer]], summary: VoteSummary) -> bool:
    """Write votes; returns whether any changed."""
    before = summary.changed
    known = {vote.remote_annotation_id: vote for vote in review.votes.all()}
    wanted = {answer.annotation_id for _, answer in answers.values()}
    for vote in known.values():
        if not vote.is_withdrawn and vote.remote_annotation_id not in wanted:
            vote.is_withdrawn = True
            vote.save(update_fields=["is_withdrawn"])
            summary.withdrawn += 1
    for person, answer in answers.values():
        fields = _fields(review, person, answer)
        vote = known.get(answer.annotation_id)
        if vote is None:
            vote = Vote.objects.create(review=review, remote_annotation_id=answer.annotation_id, **fields)
            summary.created += 1
        elif answer.updated_at >= vote.remote_updated_at and any(
            getattr(vote, name) != value for name, value in fields.items()
        ):
            for name, value in fields.items():
                setattr(vote, name, value)
            vote.save(update_fields=list(fields))
            summary.updated += 1
        else:
            continue
        _remember(vote)
    return summary.changed != before


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
    """Append what the vote says now to its revisions, and keep apart what it said blind."""
    said = {name: getattr(vote, name) for name in ("label", "value", "note", "reason")}
    is_blind = vote.revealed_at is None or vote.remote_updated_at <= vote.revealed_at
    newest = vote.revisions.order_by("-pk").first()
    if newest is None or any(getattr(newest, name) != value for name, value in said.items()):
        vote.revisions.get_or_create(at=vote.remote_updated_at, defaults={**said, "is_blind": is_blind})
    if is_blind and (vote.blind_label, vote.blind_value) != (vote.label, vote.value):
        vote.blind_label, vote.blind_value = vote.label, vote.value
        vote.save(update_fields=["blind_label", "blind_value"])


def _complain(summary: VoteSummary, problem: str) -> None:
    summary.problems.append(problem)
    logger.warning("%s", problem)
