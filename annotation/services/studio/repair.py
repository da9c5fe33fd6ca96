"""Putting right in Label Studio what was changed there behind our back: our votes are the truth."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from annotation.label_studio.client import RemoteTask, StudioClient
from annotation.label_studio.configs import CANNOT_JUDGE, Screen
from annotation.label_studio.errors import StudioError, StudioFailingError, StudioUnavailableError
from annotation.label_studio.tasks import to_result
from annotation.models import IncidentKind, Review, SetAside, StudioServer, Vote
from annotation.services.studio.accounts import ensure_studio_account
from annotation.services.studio.incidents import report
from annotation.services.votes.reading import Hand, Reading
from annotation.services.votes.recording import VoteSummary, set_aside_forged


@dataclass(slots=True)
class Repairs:
    """Where to repair. ``is_older``: the server was restored, so that what is missing is its own loss.

    ``accounts``: ids there by user id. ``lost``: votes that could not be put back.
    """

    server: StudioServer
    client: StudioClient
    summary: VoteSummary
    is_older: bool = False
    accounts: dict[int, int] = field(default_factory=dict)
    lost: set[int] = field(default_factory=set)

    def account_of(self, vote: Vote) -> int:
        """Id there of a vote's annotator; an account is made when there is none."""
        if vote.annotator_id not in self.accounts:
            account = ensure_studio_account(vote.annotator.person, client=self.client, server=self.server)
            self.accounts[vote.annotator_id] = account.remote_id
        return self.accounts[vote.annotator_id]


def annotation_of(review: Review, vote: Vote, account: int) -> dict[str, Any]:
    """The annotation that says what a vote says."""
    result: list[dict[str, Any]] = []
    if vote.label or vote.reason:
        label = vote.label or CANNOT_JUDGE
        result = to_result(Screen(review.kind), label, {**vote.value, "note": vote.note}, vote.reason)
    return {
        "result": result,
        "was_cancelled": not result,
        "completed_by": account,
        "lead_time": vote.lead_time,
        "ground_truth": False,
    }


def repair(review: Review, task: RemoteTask, reading: Reading, where: Repairs) -> None:
    """Put back, change back and delete what a reading found wrong. Read the task again afterwards.

    A vote whose annotation cannot be put back is put into ``where.lost``; one that is refused otherwise
    stays as it is with us. Raises only when the server is away or fails.
    """
    for person, answer in reading.forged:
        vote = set_aside_forged(review, person, answer)
        where.summary.set_aside += 1
        report(
            where.server,
            IncidentKind.VOTE_FORGED,
            f"vote {vote.pk}",
            f"Annotation {answer.annotation_id} on task {task.id} says it is by {person.pseudonym}, but "
            "another wrote it. It is kept here uncounted and was deleted there, so that the person is asked.",
            nation_id=review.nation_id,
        )
        where.client.delete_annotation(answer.annotation_id)
    for annotation_id in reading.unwanted:
        where.client.delete_annotation(annotation_id)
    for one in reading.overwritten:
        body = annotation_of(review, one.vote, where.account_of(one.vote))
        done = _try(lambda i=one.annotation_id, b=body: where.client.change_annotation(i, b))
        where.summary.restored += not done
        if one.hand is Hand.OTHER:
            _tell(where, IncidentKind.VOTE_CHANGED, review, one.vote, task, "was changed by another", done)
    for vote in reading.missing:
        body = annotation_of(review, vote, where.account_of(vote))
        done = _try(lambda b=body: where.client.create_annotation(task.id, b))
        where.summary.restored += not done
        if done:
            where.lost.add(vote.pk)
        is_news = vote.remote_annotation_id is not None or vote.set_aside == SetAside.GONE
        if done or (is_news and not where.is_older):
            _tell(where, IncidentKind.VOTE_GONE, review, vote, task, "was deleted by another", done)


def _try(act: Any) -> str:
    """Why it was refused; empty when it was done."""
    try:
        act()
    except (StudioUnavailableError, StudioFailingError):
        raise
    except StudioError as error:
        return str(error)
    return ""


def _tell(
    where: Repairs,
    kind: IncidentKind,
    review: Review,
    vote: Vote,
    task: RemoteTask,
    what: str,
    refusal: str,
) -> None:
    report(
        where.server,
        kind,
        f"vote {vote.pk}",
        f"The annotation of vote {vote.pk} on task {task.id} {what}. {refusal}".strip(),
        nation_id=review.nation_id,
        resolution="" if refusal else "Our vote counted all the time; it was written back.",
    )
