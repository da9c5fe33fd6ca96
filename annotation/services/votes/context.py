"""What is known of a vote beyond its answer: who gave it with what right, having read what."""

from __future__ import annotations

from typing import Any

from annotation.label_studio.tasks import Answer
from annotation.models import Person, Review

# What to load with people whose votes are described.
PREFETCH = ("person__nations", "person__qualifications", "person__guideline_readings")


def describe(person: Person, review: Review, answer: Answer) -> dict[str, Any]:
    """Fields of the vote: the qualification in force and the guideline read when it was given as it stands.

    An answer changed later is another answer: what counts is the right its annotator had then. Uses what was
    prefetched with ``person``; asks the database nothing else.
    """
    at = answer.updated_at
    qualified = [
        row
        for row in person.qualifications.all()
        if row.nation_id == review.nation_id and row.is_in_force(at)
    ]
    read = [row for row in person.guideline_readings.all() if row.kind == review.kind and row.read_at <= at]
    return {
        "qualification": max(qualified, key=lambda row: row.expires_at, default=None),
        "guideline": max(read, key=lambda row: row.read_at).version if read else "",
        "reason": answer.reason,
        "remote_created_at": answer.created_at,
    }
