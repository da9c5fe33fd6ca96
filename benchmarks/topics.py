"""Topics against BERTopic on the same vectors in the same run.

python -m benchmarks.topics --data FILE [--documents N]

FILE is JSON Lines with ``text``, ``language`` and ``label`` (one language). Embeds once with the embedded
default, clusters with NaVAB and, where the package is installed, with BERTopic at its defaults, and prints
one JSON object: time, number of topics, share outside, NMI and ARI with the labels. More documents than the
file has are made by drawing sentences of one label together.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import resource
import time
import warnings
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from pipeline.embedding.hybrid import HybridEmbedder
from pipeline.records import DocumentRecord
from pipeline.topics.find import find_topics
from pipeline.topics.labels import KeywordLabeller
from pipeline.topics.parameters import TopicParameters


def documents(path: Path, count: int) -> tuple[list[str], list[str], str]:
    """Texts, labels, and the language."""
    if not path.is_file():
        raise SystemExit(f"{path} is not a file; --data takes JSON Lines with text, language and label")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    languages = {row["language"] for row in rows}
    if len(languages) != 1:
        raise SystemExit(f"{path} holds texts in {', '.join(sorted(languages))}; one language is needed")
    texts, labels = [row["text"] for row in rows], [row["label"] for row in rows]
    rng = random.Random(1)
    sentences: defaultdict[str, list[str]] = defaultdict(list)
    for text, label in zip(texts, labels, strict=True):
        sentences[label].extend(part for part in re.split(r"(?<=[.!?。！？])\s*", text) if len(part) > 20)
    while len(texts) < count:
        label = rng.choice(labels)
        texts.append(" ".join(rng.choices(sentences[label], k=12)))
        labels.append(label)
    return texts[: count or None], labels[: count or None], languages.pop()


class _Ready:
    """An embedder that hands out what was embedded before."""

    def __init__(self, embedder: Any, known: dict[str, Any]) -> None:
        self.name, self._embedder, self._known = embedder.name, embedder, known

    def embed(self, texts: list[str], language: str) -> Any:
        """Known vectors; words are embedded by the embedder itself."""
        if all(text in self._known for text in texts):
            return np.stack([self._known[text] for text in texts])
        return self._embedder.embed(texts, language)


def main() -> None:
    """Run both and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.topics")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--documents", type=int, default=0)
    options = parser.parse_args()
    texts, labels, language = documents(options.data, options.documents)
    start = time.perf_counter()
    embedder = HybridEmbedder().fitted([text[:3000] for text in texts], language)
    vectors = embedder.embed([text[:3000] for text in texts], language)
    embedding = time.perf_counter() - start
    known = {text[:3000]: vector for text, vector in zip(texts, vectors, strict=True)}
    records = [DocumentRecord(key, "", language, text) for key, text in enumerate(texts)]
    _warm_up(vectors)

    start = time.perf_counter()
    model = find_topics(
        records, embedder=_Ready(embedder, known), parameters=TopicParameters(), labeller=KeywordLabeller()
    )
    ours = np.full(len(texts), -1)
    for number, topic in enumerate(model.topics):
        ours[[key for key, _ in topic.members]] = number
    found = {
        "documents": len(texts),
        "labels": len(set(labels)),
        "embedding_seconds": round(embedding, 1),
        "navab": _measured(labels, ours, time.perf_counter() - start),
        "bertopic": _bertopic(texts, vectors, labels),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    print(json.dumps(found))


def _warm_up(vectors: Any) -> None:
    """UMAP compiles itself on first use; neither side is to pay for that."""
    warnings.simplefilter("ignore")
    from umap import UMAP

    enough = np.random.default_rng(1).normal(size=(5_000, vectors.shape[1])).astype(np.float32)
    UMAP(n_neighbors=15, n_components=5, metric="cosine", random_state=1, n_epochs=1).fit_transform(enough)


def _bertopic(texts: list[str], vectors: Any, labels: list[str]) -> Any:
    try:
        from bertopic import BERTopic
        from bertopic.backend import BaseEmbedder
        from umap import UMAP
    except ImportError as error:
        return f"not installed: {error}"
    reducer = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=1)
    start = time.perf_counter()
    topics, _ = BERTopic(embedding_model=BaseEmbedder(), umap_model=reducer).fit_transform(texts, vectors)
    return _measured(labels, np.array(topics), time.perf_counter() - start)


def _measured(labels: list[str], found: Any, seconds: float) -> dict[str, Any]:
    return {
        "seconds": round(seconds, 1),
        "topics": int(found.max()) + 1,
        "outside": round(float((found < 0).mean()), 3),
        "nmi": round(float(normalized_mutual_info_score(labels, found)), 3),
        "ari": round(float(adjusted_rand_score(labels, found)), 3),
    }


if __name__ == "__main__":
    main()
