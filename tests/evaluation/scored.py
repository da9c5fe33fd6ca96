"""A release to be scored, as rows alone: quick to make, at any size, with private items if wanted."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import blake2b

from annotation.lifecycle import ReleaseStatus
from evaluation.models import Release, ReleaseItem
from evaluation.publishing.rows import Part
from tests import factories
from tests.evaluation.gold import _WORDS


def scored_release(
    number: int,
    *,
    name: str = "demo",
    nations: tuple[str, ...] = ("GB",),
    holdout: int = 0,
    train: int = 0,
    per_article: int = 1,
    status: ReleaseStatus = ReleaseStatus.CANDIDATE,
) -> Release:
    """``number`` evaluation items a nation, "The council must protect park n." and its like in its language,
    and as many more in the holdout (parks from 1 000) and among the preference pairs (from 2 000)."""
    made = datetime(2024, 6, 1, tzinfo=UTC)
    release = Release.objects.create(
        name=name,
        version="1.0.0",
        status=status,
        digest="0" * 64,
        frozen_at=made,
        published_at=made if status == ReleaseStatus.PUBLISHED else None,
    )
    items = []
    for code in nations:
        factories.nation(code)
        parts = (
            *((n, Part.EVALUATION) for n in range(number)),
            *((1_000 + n, Part.HOLDOUT) for n in range(holdout)),
            *((2_000 + n, Part.TRAIN) for n in range(train)),
        )
        items += [_item(release, code, n, part, per_article) for n, part in parts]
    ReleaseItem.objects.bulk_create(items, batch_size=1_000)
    return release


def _item(release: Release, nation: str, n: int, part: Part, per_article: int) -> ReleaseItem:
    language, statement, reversed_statement, question = (text.format(n=n) for text in _WORDS[nation])
    key = blake2b(f"{nation} {n}".encode(), digest_size=20).hexdigest()
    return ReleaseItem(
        release=release,
        nation_id=nation,
        key=key,
        origin=key,
        part=part,
        source_type="quoted" if n % 2 == 0 else "official",
        language=language,
        topic="parks",
        question=question,
        statement=statement,
        reversed_statement=reversed_statement,
        article_key=f"{nation} {n // per_article}",
        row="{}",
    )
