"""Whether a release may go out beside others: nothing taught is evaluated, nothing held back is told."""

from __future__ import annotations

from collections.abc import Iterable

from evaluation.models import Release
from evaluation.publishing.parts import Clash, PublishedRow, Tie, overlaps
from evaluation.publishing.rows import PREFERENCE_PARTS, PUBLIC_PARTS, Part
from evaluation.services.releases.released import rows_in

_EVALUATED = (Part.EVALUATION, Part.HOLDOUT)
# Which parts of one release must share nothing with which parts of another, whoever came first.
_APART = (
    (PREFERENCE_PARTS, _EVALUATED, "taught here and evaluated there"),
    (_EVALUATED, PREFERENCE_PARTS, "evaluated here and taught there"),
    (PUBLIC_PARTS, (Part.HOLDOUT,), "told here and held back there"),
    ((Part.HOLDOUT,), PUBLIC_PARTS, "held back here and told there"),
)


def clashes_with_others(release: Release) -> list[str]:
    """What ``release`` shares with other releases that are out and must not, one sentence each: by article,
    near copy or topic of a nation. Knows nothing of how parts were assigned. Holdout items are not named."""
    ours = list(rows_in(Release.objects.filter(pk=release.pk)))
    found = []
    for other in Release.objects.out().exclude(pk=release.pk).order_by("pk"):
        theirs = list(rows_in(Release.objects.filter(pk=other.pk)))
        for our_parts, their_parts, words in _APART:
            clashes = overlaps(_of(ours, our_parts), _of(theirs, their_parts))
            is_private = "held back" in words
            if is_private:  # a topic gives nothing away
                clashes = [clash for clash in clashes if clash.tie is not Tie.TOPIC]
            if clashes:
                found.append(_sentence(other, words, clashes, is_private))
    return found


def _of(rows: Iterable[PublishedRow], parts: Iterable[str]) -> list[PublishedRow]:
    wanted = set(parts)
    return [row for row in rows if row.part in wanted]


def _sentence(other: Release, words: str, clashes: list[Clash], is_private: bool) -> str:
    ties = ", ".join(sorted({str(clash.tie).replace("_", " ") for clash in clashes}))
    example = "" if is_private else f", such as {clashes[0].first} and {clashes[0].second}"
    return f"{other.label}: {len(clashes)} {words} (by {ties}{example})"
