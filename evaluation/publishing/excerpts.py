"""Excerpts of one article must not add up to the article."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from evaluation.publishing.draws import draw
from evaluation.publishing.rows import ReleaseRow
from pipeline.records import Disclosure

SHARE = 0.5  # of an article, that all its items together may give away


def beyond_share(rows: Iterable[tuple[ReleaseRow, int]], seed: int) -> frozenset[str]:
    """Ids of items with which the excerpts of an article would be more than ``SHARE`` of it.

    Each row comes with the length of its article in characters. An excerpt is the evidence or, where it is
    longer or alone, the statement. A single item always may leave, unless of its source only digest and
    address may. Articles whose source lets the full text leave are not bound; copies count as one article.
    Which items stay is drawn by ``seed``; the order of rows does not matter.
    """
    by_article: dict[str, list[tuple[ReleaseRow, int]]] = defaultdict(list)
    for row, length in rows:
        if row.disclosure != Disclosure.FULL_TEXT:
            by_article[row.article or row.id].append((row, length))
    beyond: set[str] = set()
    for ours in by_article.values():
        limit = SHARE * max(length for _, length in ours)
        given = 0
        for row, _ in sorted(ours, key=lambda found: draw(seed, found[0].id)):
            excerpt = max(len(row.evidence), len(row.statement))
            is_bound = given or row.disclosure == Disclosure.REFERENCE
            if is_bound and given + excerpt > limit:
                beyond.add(row.id)
            else:
                given += excerpt
    return frozenset(beyond)
