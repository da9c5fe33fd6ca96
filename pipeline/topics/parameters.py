"""Everything that decides which topics come out, and the version of the stage made from it."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from typing import Any

from pipeline.embedding.words import WORDS_VERSION

REVISION = "2"
CLUSTER_SCALE = 0.35  # smallest cluster over the square root of the corpus
SMALLEST_REDUCED = 40  # documents; UMAP's neighbour graph says nothing below


@dataclass(frozen=True, slots=True)
class TopicParameters:
    """Settings of a run; the defaults are the published ones (UMAP 15/5/0 cosine, HDBSCAN 50 eom);
    more than 200 rounds of UMAP cost time and change no score.

    ``characters`` of each document are read; corpora above ``sample_limit`` documents are clustered on a
    sample of that size and the rest assigned.
    """

    n_neighbors: int = 15
    n_components: int = 5
    min_dist: float = 0.0
    metric: str = "cosine"
    n_epochs: int = 200
    min_cluster_size: int = 50
    cluster_selection_method: str = "eom"
    seed: int = 1
    sample_limit: int = 50_000
    characters: int = 3_000
    keywords: int = 10
    label_words: int = 5
    diversity: float = 0.3
    exemplars: int = 5

    def __post_init__(self) -> None:
        for name in (
            "n_components",
            "n_epochs",
            "sample_limit",
            "characters",
            "keywords",
            "label_words",
            "exemplars",
        ):
            if getattr(self, name) < 1:
                raise ValueError(f"topic parameter {name} must be 1 or more, not {getattr(self, name)}")
        for name in ("n_neighbors", "min_cluster_size"):
            if getattr(self, name) < 2:
                raise ValueError(f"topic parameter {name} must be 2 or more, not {getattr(self, name)}")
        if not 0.0 <= self.diversity <= 1.0:
            raise ValueError(f"topic parameter diversity must be in [0, 1], not {self.diversity}")

    def adapted(self, n: int) -> TopicParameters:
        """These settings for a corpus of ``n`` documents: never a larger cluster or neighbourhood than asked
        for, and smaller ones where the corpus is small (the published 50 are reached at 20 000 documents)."""
        smallest = max(2 if n < 12 else 3, round(CLUSTER_SCALE * math.sqrt(n)))
        return replace(
            self,
            min_cluster_size=min(self.min_cluster_size, smallest),
            n_neighbors=max(2, min(self.n_neighbors, n - 1)),
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain values, to be stored with a run."""
        return asdict(self)


def stage_version(
    parameters: TopicParameters, *, engine: str, embedder: str, labeller: str, tagger: str
) -> str:
    """Version of the topics stage, e.g. ``rules-1+9f86d081``: changes whenever its answers could.

    ``embedder`` is the name of the unfitted embedder, ``labeller`` and ``tagger`` are their versions."""
    parts = [parameters.as_dict(), WORDS_VERSION, embedder, labeller, tagger]
    digest = blake2b(json.dumps(parts, sort_keys=True).encode(), digest_size=6).hexdigest()
    return f"{engine}-{REVISION}+{digest}"
