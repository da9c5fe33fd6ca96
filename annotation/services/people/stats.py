"""An annotator's own figures: assigned, done, agreement, time."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from statistics import median
from typing import Any

from annotation.models import Decision, ReviewPurpose, ReviewStatus, Vote


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one person. Agreement counts answers given before the machine's was shown; ``None``: nothing yet."""

    assigned: int
    done: int
    not_judged: int
    compared: int  # pairs of an own and another's answer to the same question
    agreement: float | None  # share of these that are equal
    decided: int  # own answers to questions that are closed
    confirmed: float | None  # share of these that are the verdict
    seconds: float | None  # median per answer


def figures(user: Any, *, assigned: int) -> Figures:
    """The figures of a person over all nations; ``assigned`` is how many questions wait for an answer."""
    own = Vote.objects.standing().filter(annotator=user)
    rows = list(
        own.filter(is_skipped=False)
        .exclude(review__purpose=ReviewPurpose.ATTENTION)
        .with_said()
        .values_list("review_id", "said", "label", "lead_time", "review__status", "review__decision")
    )
    said = {review: answer for review, answer, *_ in rows}
    others = _others(said, user)
    pairs = [mine == label for review, mine in said.items() for label in others[review].elements()]
    verdicts = _verdicts([decision for *_, status, decision in rows if status == ReviewStatus.CLOSED])
    decided = [label == verdicts[decision] for _, _, label, _, _, decision in rows if decision in verdicts]
    times = [seconds for _, _, _, seconds, _, _ in rows if seconds]
    return Figures(
        assigned=assigned,
        done=own.filter(is_skipped=False).count(),
        not_judged=own.filter(is_skipped=True).count(),
        compared=len(pairs),
        agreement=sum(pairs) / len(pairs) if pairs else None,
        decided=len(decided),
        confirmed=sum(decided) / len(decided) if decided else None,
        seconds=median(times) if times else None,
    )


def _others(said: dict[int, str], user: Any) -> dict[int, Counter[str]]:
    """What others said about the same questions: review to labels."""
    found: dict[int, Counter[str]] = defaultdict(Counter)
    rows = (
        Vote.objects.standing()
        .filter(review__votes__annotator=user, is_skipped=False)
        .exclude(annotator=user)
        .with_said()
        .values_list("pk", "review_id", "said")
        .distinct()
    )
    for _, review, answer in rows:
        if review in said:
            found[review][answer] += 1
    return found


def _verdicts(decisions: list[int]) -> dict[int, str]:
    """What holds in the place of each decision: the last of those that came to supersede it."""
    found: dict[int, str] = {}
    asked_of = {decision: decision for decision in decisions}  # newest known to the one asked about
    while asked_of:
        newer: dict[int, int] = {}
        ids = list(asked_of)
        for start in range(0, len(ids), 500):
            later = Decision.objects.filter(supersedes__in=ids[start : start + 500]).order_by("pk")
            for pk, earlier, label in later.values_list("pk", "supersedes_id", "label"):
                found[asked_of[earlier or 0]] = label
                newer[pk] = asked_of[earlier or 0]
        asked_of = newer
    return found
