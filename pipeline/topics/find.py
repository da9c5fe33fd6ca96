"""Find the topics of one nation in one language: embed, cluster, keywords, label, exemplars."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.embedding.protocol import Embedder, VectorCache, bound_to, embed_cached
from pipeline.records import DocumentRecord
from pipeline.topics.clustering import Clustering, centroids, cluster
from pipeline.topics.keywords import class_terms, rerank
from pipeline.topics.labels import KeywordLabeller, LabelResult, TopicLabeller, word_count
from pipeline.topics.parameters import TopicParameters

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class FoundTopic:
    """A topic: label, keywords (best first), documents with membership strength in [0, 1] (strongest first),
    the documents that show it best. ``labelling`` keeps what the labeller said, also when it was not used."""

    label: str
    keywords: tuple[str, ...]
    members: tuple[tuple[int, float], ...]
    exemplars: tuple[int, ...]
    labelling: LabelResult


@dataclass(frozen=True, slots=True)
class TopicModel:
    """Topics (largest first) and the documents in none. ``parameters`` are those used, after adapting;
    ``embedder`` names the vectors; ``method`` says how they were clustered."""

    topics: tuple[FoundTopic, ...]
    outliers: tuple[int, ...]
    parameters: TopicParameters
    embedder: str
    method: str = field(default="")


def find_topics(
    documents: Sequence[DocumentRecord],
    *,
    embedder: Embedder,
    parameters: TopicParameters,
    labeller: TopicLabeller,
    progress: Progress | None = None,
    cache: VectorCache | None = None,
) -> TopicModel:
    """Topics of documents of one nation and one language, whatever their order and however few.

    ``progress`` hears a step's name, how much is done, and how much there is. Raises ``ValueError`` for mixed
    nations or languages and for a key that comes twice.
    """
    documents = sorted(documents, key=lambda document: document.key)
    language = one_language(documents)
    report = progress or _silent
    adapted = parameters.adapted(len(documents))
    texts = topic_texts(documents, parameters.characters)

    report("embedding", 0, len(texts))
    bound = bound_to(embedder, texts, language)
    vectors = embed_cached(bound, texts, language, cache)
    report("embedding", len(texts), len(texts))

    report("clustering", 0, len(texts))
    clustering = cluster(vectors, parameters)
    report("clustering", len(texts), len(texts))

    terms = class_terms(texts, clustering.labels.tolist(), language)
    centres = centroids(vectors, clustering.labels)
    directions = _apart(centres, vectors)
    topics: list[FoundTopic] = []
    for number, candidates in terms.items():
        report("keywords", number, len(terms))
        keywords = rerank(
            candidates,
            directions[number],
            lambda words: embed_cached(bound, words, language, cache),
            count=parameters.keywords,
            diversity=parameters.diversity,
        )
        members, exemplars = _members(documents, vectors @ centres[number], clustering, number, parameters)
        shown = [documents[at].text[: parameters.characters] for at in exemplars]
        labelling = labeller.label(keywords, shown, language)
        topics.append(
            FoundTopic(
                label=_usable_label(labelling, keywords, language, parameters.label_words),
                keywords=keywords,
                members=members,
                exemplars=tuple(documents[at].key for at in exemplars),
                labelling=labelling,
            )
        )
    report("keywords", len(terms), len(terms))
    return TopicModel(
        topics=tuple(sorted(topics, key=lambda topic: (-len(topic.members), min(topic.members)))),
        outliers=tuple(documents[at].key for at in (clustering.labels < 0).nonzero()[0]),
        parameters=adapted,
        embedder=bound.name,
        method=clustering.method,
    )


def one_language(documents: Sequence[DocumentRecord]) -> str:
    """The language of documents of one nation and language, empty for none. Raises ``ValueError`` for mixed
    ones and for a key that comes twice."""
    kinds = {(document.nation, document.language) for document in documents}
    if len(kinds) > 1:
        raise ValueError(f"topics are found for one nation and language at a time, not for {sorted(kinds)}")
    if len({document.key for document in documents}) < len(documents):
        raise ValueError("two documents have the same key")
    return next(iter(kinds))[1] if kinds else ""


def topic_texts(documents: Sequence[DocumentRecord], characters: int) -> list[str]:
    """What is read of each document. A title several share names a series or a sitting, no subject."""
    titles = Counter(document.title for document in documents)
    return [
        f"{document.title}\n{document.text[:characters]}"
        if document.title and titles[document.title] == 1
        else document.text[:characters]
        for document in documents
    ]


def _apart(centres: Floats, vectors: Floats) -> Floats:
    """Direction (k, d) from the middle of the corpus to each centre; the centre itself where they meet."""
    import numpy as np

    away = centres - vectors.mean(axis=0) if len(vectors) else centres
    lengths = np.linalg.norm(away, axis=1, keepdims=True)
    return np.where(lengths > 1e-3, away / np.maximum(lengths, 1e-3), centres).astype(np.float32)


def _members(
    documents: Sequence[DocumentRecord],
    closeness: Floats,
    clustering: Clustering,
    number: int,
    parameters: TopicParameters,
) -> tuple[tuple[tuple[int, float], ...], list[int]]:
    """Members as (key, strength), strongest first, and the rows of those nearest to the centroid."""
    rows = (clustering.labels == number).nonzero()[0].tolist()
    members = sorted(
        ((documents[at].key, round(float(clustering.strengths[at]), 6)) for at in rows),
        key=lambda member: (-member[1], member[0]),
    )
    nearest = sorted(rows, key=lambda at: (-round(float(closeness[at]), 6), documents[at].key))
    return tuple(members), nearest[: parameters.exemplars]


def _usable_label(found: LabelResult, keywords: Sequence[str], language: str, words: int) -> str:
    """The labeller's label where it is one and short enough, else keywords; a dash where there are none."""
    label = " ".join(found.label.split())
    if label and not found.error and word_count(label, language) <= words:
        return label
    return KeywordLabeller(words).label(keywords, (), language).label or "—"


def _silent(step: str, done: int, total: int) -> None:
    """Hear progress and say nothing."""
