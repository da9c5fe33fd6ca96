"""New documents join the topics that are there, without a new clustering of those that made them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import TYPE_CHECKING

from pipeline.embedding.protocol import Embedder, VectorCache, bound_to, embed_cached
from pipeline.records import DocumentRecord
from pipeline.topics.clustering import OUTLIER, centroids, nearest, reach
from pipeline.topics.find import one_language, topic_texts
from pipeline.topics.parameters import SMALLEST_REDUCED, TopicParameters

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_GROWTH = 0.25  # newcomers over the documents the topics were made of, above which they are made anew
_STRANGERS = 0.25  # by which newcomers may be outliers more often than the documents before them
_TOPICS_MISSED = 2  # smallest clusters that many strangers could form


def join_topics(
    founders: Sequence[DocumentRecord],
    members: Mapping[int, Set[int]],
    newcomers: Sequence[DocumentRecord],
    *,
    embedder: Embedder,
    parameters: TopicParameters,
    cache: VectorCache | None = None,
) -> dict[int, tuple[int, float]]:
    """A newcomer's key to its topic and its closeness to it in [0, 1]; one that fits no topic is left out.

    ``founders`` are all documents the topics were made of, ``members`` maps a topic to those in it. A
    newcomer belongs to the topic with the nearest centroid, unless it is further from it than nearly all its
    founders are. Newcomers move no centroid and no embedder, so it does not matter how many come at once.
    Raises ``ValueError`` for mixed nations or languages and for a key that comes twice.
    """
    language = one_language([*founders, *newcomers])
    topics = sorted(members)
    if not topics or not newcomers:
        return {}
    known = topic_texts(founders, parameters.characters)
    bound = bound_to(embedder, known, language)
    vectors = embed_cached(bound, known, language, cache)
    labels = _labels(founders, members, topics)
    centres = centroids(vectors, labels)
    texts = topic_texts([*founders, *newcomers], parameters.characters)[len(founders) :]
    numbers, strengths = nearest(
        embed_cached(bound, texts, language, cache), centres, reach(vectors, labels, centres)
    )
    return {
        document.key: (topics[number], round(float(strength), 6))
        for document, number, strength in zip(newcomers, numbers.tolist(), strengths.tolist(), strict=True)
        if number != OUTLIER
    }


def _labels(
    founders: Sequence[DocumentRecord], members: Mapping[int, Set[int]], topics: Sequence[int]
) -> NDArray[np.int64]:
    import numpy as np

    topic_of = {key: number for number, topic in enumerate(topics) for key in members[topic]}
    return np.array([topic_of.get(document.key, OUTLIER) for document in founders], dtype=np.int64)


def needs_new_topics(
    parameters: TopicParameters, *, founders: int, outliers: int, newcomers: int, strangers: int
) -> bool:
    """Whether topics must be made anew instead of joined: the documents they were made of (``founders``, of
    which ``outliers`` are in none) are few, or ``newcomers`` since then are many, or so many of those are
    ``strangers`` to every topic that they could form topics of their own."""
    if founders < SMALLEST_REDUCED or newcomers > _GROWTH * founders:
        return True
    enough = strangers >= _TOPICS_MISSED * parameters.adapted(founders).min_cluster_size
    return enough and strangers / newcomers > outliers / founders + _STRANGERS
