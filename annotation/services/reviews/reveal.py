"""Reveal: after a person's own answer, what the machine had said; and what showing it changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from annotation.label_studio.configs import Screen, words
from annotation.models import Decision, Review, ReviewPurpose, Vote
from annotation.models.decision import PEOPLE
from annotation.services.reviews.drafts import machine_answer


@dataclass(frozen=True, slots=True)
class Reveal:
    """A person's answer beside the other one: the machine's, or the known one of an attention question.

    ``office`` names the speaker whom the machine takes for an office holder, and what that means.
    """

    review: Review
    vote: Vote
    label: str
    text: str
    own_text: str
    confidence: float | None
    is_people: bool
    office: str = ""

    @property
    def agrees(self) -> bool:
        """Whether the two are the same."""
        return self.label == self.vote.label


def label_text(kind: str, label: str, language: str) -> str:
    """A label as the screen words it in a language."""
    return words(language).get(f"{Screen(kind)}.{label}", label.replace("_", " "))


def reason_text(reason: str, language: str) -> str:
    """Why somebody cannot judge, as the screen words it in a language."""
    return words(language).get(f"reason.{reason}", reason.replace("_", " "))


def reveal(user: Any, review: Review, language: str) -> Reveal | None:
    """Show a person what the machine had said; ``None`` before the person's own judgement is on record.

    Who skipped or cannot judge has not judged, and might still. The moment is kept: what the person answers
    from then on is no longer blind.
    """
    vote = Vote.objects.standing().filter(review=review, annotator=user, is_skipped=False).first()
    if vote is None:
        return None
    if vote.revealed_at is None:
        Vote.objects.filter(pk=vote.pk, revealed_at=None).update(revealed_at=timezone.now())
        vote.refresh_from_db(fields=["revealed_at"])
    decision = review.decision
    is_people = decision.judge_type in PEOPLE
    return Reveal(
        review=review,
        vote=vote,
        label=decision.label,
        text=label_text(review.kind, decision.label, language),
        own_text=label_text(review.kind, vote.label, language),
        confidence=None if is_people else decision.confidence,
        is_people=is_people,
        office=_office(decision, language),
    )


def _office(decision: Decision, language: str) -> str:
    if not decision.is_about_office_holder:
        return ""
    return f"{machine_answer(decision)['speaker']} ({words(language)['statement.may_speak_for_state']})"


@dataclass(slots=True)
class BlindReport:
    """Votes of a nation and kind whose annotators were shown the machine's verdict afterwards."""

    nation: str
    kind: str
    revealed: int = 0
    agreed_blind: int = 0  # with the machine, before it was shown
    agreed_after: int = 0
    to_machine: int = 0  # changed to what the machine had said
    from_machine: int = 0
    otherwise: int = 0  # changed, neither way; also to not judging at all


def blind_reports(user: Any) -> list[BlindReport]:
    """How showing the machine's verdict changed votes, per nation and kind of the nations of ``user``."""
    rows = (
        Vote.objects.for_user(user)
        .standing()
        .filter(revealed_at__isnull=False)
        .exclude(blind_label="")
        .exclude(review__purpose=ReviewPurpose.ATTENTION)
        .values_list(
            "review__nation_id",
            "review__decision__kind",
            "blind_label",
            "label",
            "review__decision__label",
        )
    )
    found: dict[tuple[str, str], BlindReport] = {}
    for nation, kind, blind, label, machine in rows.iterator(2000):
        report = found.setdefault((nation, kind), BlindReport(nation, kind))
        report.revealed += 1
        report.agreed_blind += blind == machine
        report.agreed_after += label == machine
        if blind != label:
            report.to_machine += label == machine
            report.from_machine += blind == machine
            report.otherwise += machine not in (blind, label)
    return [found[key] for key in sorted(found)]
