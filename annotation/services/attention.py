"""Attention: questions whose answer is known, mixed into annotators' tasks."""

from __future__ import annotations

import math
from collections import defaultdict
from hashlib import blake2b
from uuid import uuid4

from django.db.models import Count, F

from annotation.lifecycle import DecisionStatus
from annotation.models import (
    DecisionKind,
    GoldQuestion,
    Person,
    ProjectKind,
    Review,
    ReviewPurpose,
    ReviewStatus,
    Vote,
)
from annotation.models.review import PROJECT_OF
from annotation.services.qualifications import revoke_qualifications

SHARE = 0.05  # of the tasks of a project
EVERYBODY = 1000  # votes asked for: each annotator of the nation answers once
WINDOW = 10  # newest answers that are looked at
FEWEST = 5  # answers before anything follows from them
PASS_MARK = 0.6


def mix_in_attention(nation: str | None = None) -> int:
    """Queue gold questions as tasks until they are ``SHARE`` of every project's; returns how many."""
    live = Review.objects.filter(status__in=[ReviewStatus.QUEUED, ReviewStatus.PUSHED])
    questions = GoldQuestion.objects.filter(
        is_active=True, decision__status=DecisionStatus.SETTLED, decision__review=None
    )
    if nation:
        live, questions = live.filter(nation=nation), questions.filter(nation=nation)
    counts = live.order_by().values_list("nation", "kind", "purpose").annotate(number=Count("pk"))
    asked: dict[tuple[str, str], int] = defaultdict(int)
    mixed: dict[tuple[str, str], int] = defaultdict(int)
    for code, kind, purpose, number in counts:
        (mixed if purpose == ReviewPurpose.ATTENTION else asked)[code, kind] += number
    made = []
    for question in questions.select_related("decision").order_by("pk"):
        kind = PROJECT_OF[DecisionKind(question.decision.kind)]
        place = (question.nation_id, str(kind))
        if mixed[place] < math.ceil(SHARE * asked[place]):
            mixed[place] += 1
            made.append(_review(question, kind))
    Review.objects.bulk_create(made)
    return len(made)


def _review(question: GoldQuestion, kind: ProjectKind) -> Review:
    key = uuid4()
    place = int.from_bytes(blake2b(key.bytes, digest_size=8).digest(), "big") / 2**64
    return Review(
        decision=question.decision,
        nation_id=question.nation_id,
        kind=kind,
        purpose=ReviewPurpose.ATTENTION,
        key=key,
        votes_required=EVERYBODY,
        priority=place,  # anywhere among the others
    )


def attention_of(person: Person, nation_id: str) -> tuple[int, int]:
    """Right answers and answers among the newest ``WINDOW`` of a person to questions whose answer is known.

    Only what was said before the verdict was shown counts, and only since the person last qualified.
    """
    votes = Vote.objects.standing().filter(
        annotator=person.user_id,
        review__nation=nation_id,
        review__purpose=ReviewPurpose.ATTENTION,
        is_skipped=False,
    )
    newest = person.qualifications.filter(nation=nation_id).order_by("-passed_at").first()
    if newest is not None:
        votes = votes.filter(remote_created_at__gte=newest.passed_at)
    rows = list(
        votes.order_by("-remote_updated_at")
        .annotate(known=F("review__decision__label"))
        .values_list("blind_label", "label", "known")[:WINDOW]
    )
    return sum((blind or label) == known for blind, label, known in rows), len(rows)


def check_attention(person: Person, nation_id: str) -> bool:
    """End the qualification of whoever fails too many of these; returns whether it did."""
    right, answered = attention_of(person, nation_id)
    if answered < FEWEST or right >= PASS_MARK * answered:
        return False
    because = f"attention: {right} of the last {answered} questions with a known answer right"
    return revoke_qualifications(person, nation_id, because=because) > 0
