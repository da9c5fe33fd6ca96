"""Adjudication: disputes in their order, what a curator needs to see of one, and the verdict that ends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from annotation.label_studio.configs import DEFAULT_LANGUAGE
from annotation.label_studio.tasks import Exhibit
from annotation.lifecycle import DecisionStatus, IllegalMoveError
from annotation.models import Decision, DecisionKind, Review, ReviewStatus, Vote
from annotation.models.decision import NOT_A_STATEMENT
from annotation.services.curation.triage import NotDoneError, give_verdict
from annotation.services.curation.word_diff import Piece, word_diff
from annotation.services.reviews.drafts import RELATED, machine_answer, task_drafts
from annotation.services.reviews.reveal import reason_text
from pipeline.records import TripleValidity


class Reason(StrEnum):
    """Why annotators differed, as the curator sees it; kept in the verdict's evidence."""

    GUIDELINE_UNCLEAR = "guideline_unclear"
    CONTEXT_MISSING = "context_missing"
    ANNOTATOR_ERROR = "annotator_error"
    MACHINE_ERROR = "machine_error"
    GENUINELY_AMBIGUOUS = "genuinely_ambiguous"
    OTHER = "other"


class StaleError(ValueError):
    """The dispute is over, or is another one by now; nothing was changed. The message says what happened."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """One annotator's vote; ``texts`` are the corrected ones by name, as pieces against the machine's."""

    vote: Vote
    texts: list[tuple[str, list[Piece]]]

    @property
    def label(self) -> str:
        """The label in words."""
        return self.vote.label.replace("_", " ")

    @property
    def reason(self) -> str:
        """Why it could not be judged, in words."""
        return reason_text(self.vote.reason, DEFAULT_LANGUAGE)


@dataclass(frozen=True, slots=True)
class Case:
    """A dispute with all that speaks for either side. ``texts`` are the machine's that people may correct."""

    review: Review
    exhibits: tuple[Exhibit, ...]
    texts: Mapping[str, str]
    opinions: list[Opinion]

    @property
    def label(self) -> str:
        """The machine's label in words."""
        return self.review.decision.label.replace("_", " ")


def disputes(user: Any, *, nation: str = "", kind: str = "") -> QuerySet[Review]:
    """Disputed reviews of the nations of ``user``, the oldest first, maybe of one nation or decision kind."""
    found = Review.objects.for_user(user).filter(status=ReviewStatus.DISPUTED)
    if nation:
        found = found.filter(nation=nation)
    if kind:
        found = found.filter(decision__kind=kind)
    return found.select_related("nation", *RELATED).order_by("created_at", "pk")


def after(rows: QuerySet[Review], review: Review) -> Review | None:
    """The dispute of ``rows`` that comes after ``review``; after the last the first, if another is left."""
    others = rows.exclude(pk=review.pk)
    later = Q(created_at__gt=review.created_at) | Q(created_at=review.created_at, pk__gt=review.pk)
    return others.filter(later).first() or others.first()


def case(review: Review) -> Case:
    """``review`` (of :func:`disputes`) as a curator sees it. Votes that were taken back are left out."""
    [draft] = task_drafts([review])
    votes = review.votes.standing().select_related("annotator").order_by("pk")
    return Case(review, draft.exhibits, draft.answer, [_opinion(vote, draft.answer) for vote in votes])


@transaction.atomic
def adjudicate(
    review_id: int,
    decision_id: int,
    label: str,
    *,
    curator: Any,
    texts: Mapping[str, str],
    reason: Reason,
    note: str = "",
) -> Decision:
    """Put a curator's verdict in the place of the disputed decision; returns the verdict.

    ``texts`` are those of the form by name: the machine's or corrected. A triple's count where it is called
    valid, the speaker where there is a statement. Raises :class:`StaleError` when the dispute is over.
    """
    review = Review.objects.select_for_update().get(pk=review_id)
    decision = Decision.objects.select_related("triple__statement", "statement", "topic", "conflict").get(
        pk=review.decision_id
    )
    if review.status != ReviewStatus.DISPUTED or decision.pk != decision_id:
        raise StaleError(what_happened(review, decision))
    value = _value(decision, label, texts)
    try:
        return give_verdict(
            decision,
            label,
            curator=curator,
            value=value,
            rationale=note,
            evidence={"reason": reason.value},
        )
    except (NotDoneError, IllegalMoveError) as error:
        raise StaleError(f"it could not be settled: {error}") from None


def _value(decision: Decision, label: str, texts: Mapping[str, str]) -> dict[str, Any]:
    if label in (TripleValidity.INVALID, TripleValidity.NO_LONGER_CURRENT, NOT_A_STATEMENT):
        return {}
    machine = machine_answer(decision)
    given = {name: texts.get(name, text).strip() for name, text in machine.items()}
    if decision.kind == DecisionKind.TRIPLE:
        return {name: text for name, text in given.items() if text and text != machine[name]}
    return dict(decision.value) if label == decision.label and given == machine else given


def what_happened(review: Review, decision: Decision) -> str:
    """Why ``review`` of ``decision`` is not in dispute (any more), in words."""
    if decision.status == DecisionStatus.SUPERSEDED:
        verdict = Decision.objects.filter(supersedes=decision).order_by("-pk").first()
        if verdict is not None:
            return f"meanwhile {verdict.judge} decided: {verdict.label.replace('_', ' ')}"
    if review.status == ReviewStatus.PUSHED:
        return "meanwhile a vote was taken back, so it is with the annotators again"
    return "it is not in dispute any more"


def _opinion(vote: Vote, machine: Mapping[str, str]) -> Opinion:
    texts = [
        (name, word_diff(original, str(vote.value[name])))
        for name, original in machine.items()
        if vote.value.get(name) and " ".join(str(vote.value[name]).split()) != " ".join(original.split())
    ]
    return Opinion(vote, texts)
