"""Reviews with votes, made without Label Studio."""

from __future__ import annotations

import itertools
from typing import Any

from django.contrib.auth.models import User

from annotation.lifecycle import DecisionStatus
from annotation.models import DecisionKind, Review, ReviewStatus, StudioProject, Vote
from annotation.services.decisions.recording import mark_asked
from annotation.services.decisions.statuses import move
from tests import factories

_ids = itertools.count(1)


def vote(review: Review, annotator: User, label: str, **fields: Any) -> Vote:
    """A vote of someone qualified, if the annotator is; an empty label is a skip."""
    qualification = annotator.person.qualifications.filter(nation=review.nation_id).first()
    return Vote.objects.create(
        review=review,
        annotator=annotator,
        label=label,
        is_skipped=not label,
        remote_annotation_id=next(_ids),
        remote_updated_at="2026-01-01T00:00:00Z",
        qualification=qualification,
        **fields,
    )


def triple_review(nation: str = "GB", **fields: Any) -> Review:
    """A review of a triple's decision that is with people."""
    document = factories.DocumentFactory(nation=factories.nation(nation))
    decision = factories.DecisionFactory(triple__statement__document=document)
    mark_asked([decision], actor_name="test")
    project = StudioProject.objects.filter(nation=nation, kind="triple").first()
    project = project or factories.StudioProjectFactory(nation=factories.nation(nation))
    return factories.ReviewFactory(
        decision=decision, status=ReviewStatus.PUSHED, project=project, remote_task_id=next(_ids), **fields
    )


def dispute(nation: str = "GB", review: Review | None = None, **values: dict[str, str]) -> Review:
    """A review two annotators answered differently; ``values`` are the corrected texts of each label."""
    review = review or triple_review(nation)
    first, second = (
        ("valid", "invalid") if review.decision.kind == DecisionKind.TRIPLE else ("quoted", "official")
    )
    for label in (first, second):
        vote(review, factories.user(group="annotator", nations=(nation,)), label, value=values.get(label, {}))
    move(review.decision, DecisionStatus.DISPUTED, actor_name="test")
    Review.objects.filter(pk=review.pk).update(status=ReviewStatus.DISPUTED)
    review.refresh_from_db()
    return review
