"""Vectors to clusters: UMAP and HDBSCAN, agglomerative where a corpus is too small for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.topics.parameters import SMALLEST_REDUCED, TopicParameters

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Labels = NDArray[np.int64]

OUTLIER = -1
_LEAST_SILHOUETTE = 0.02  # below, splitting a small corpus is no better than chance
_KEPT_SHARE = 95  # percent of a cluster's own members its reach covers when the rest is assigned


@dataclass(frozen=True, slots=True)
class Clustering:
    """Cluster number (-1 for an outlier) and membership strength in [0, 1] of each row, and the way there."""

    labels: Labels
    strengths: Floats
    method: str


def cluster(vectors: Floats, parameters: TopicParameters) -> Clustering:
    """Cluster rows (n, d) of length 1. Rows of zeros are outliers. The same rows, parameters and seed give
    the same clusters."""
    import numpy as np

    known = np.flatnonzero(np.abs(vectors).sum(axis=1) > 0)
    found = _cluster_known(vectors[known], parameters.adapted(len(known)))
    labels = np.full(len(vectors), OUTLIER, dtype=np.int64)
    strengths = np.zeros(len(vectors), dtype=np.float32)
    labels[known], strengths[known] = found.labels, found.strengths
    return Clustering(labels, strengths, found.method)


def _cluster_known(vectors: Floats, parameters: TopicParameters) -> Clustering:
    n = len(vectors)
    if n < SMALLEST_REDUCED:
        return _agglomerate(vectors, parameters.min_cluster_size)
    if n <= parameters.sample_limit:
        return _reduce_and_cluster(vectors, parameters)
    sample = _systematic_sample(n, parameters.sample_limit, parameters.seed)
    return _assign(vectors, sample, _reduce_and_cluster(vectors[sample], parameters))


def _reduce_and_cluster(vectors: Floats, parameters: TopicParameters) -> Clustering:
    import numpy as np
    from sklearn.cluster import HDBSCAN

    model = HDBSCAN(
        min_cluster_size=parameters.min_cluster_size,
        cluster_selection_method=parameters.cluster_selection_method,
        copy=True,
    ).fit(_reduced(vectors, parameters))
    strengths = np.nan_to_num(model.probabilities_).clip(0.0, 1.0).astype(np.float32)
    return Clustering(np.maximum(model.labels_, OUTLIER).astype(np.int64), strengths, "umap+hdbscan")


def _reduced(vectors: Floats, parameters: TopicParameters) -> Floats:
    import warnings

    import numpy as np

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from umap import UMAP

        model = UMAP(
            n_neighbors=parameters.n_neighbors,
            n_components=min(parameters.n_components, vectors.shape[1]),
            min_dist=parameters.min_dist,
            metric=parameters.metric,
            random_state=parameters.seed,
            n_jobs=1,  # UMAP repeats itself on one thread only
        )
        return np.asarray(model.fit_transform(vectors), dtype=np.float32)


def _agglomerate(vectors: Floats, min_cluster_size: int) -> Clustering:
    """Average linkage on cosine distance, cut where the silhouette is best; smaller clusters are outliers."""
    import numpy as np
    from sklearn.cluster import AgglomerativeClustering
    from sklearn.metrics import silhouette_score

    n = len(vectors)
    best = (_LEAST_SILHOUETTE, np.full(n, OUTLIER, dtype=np.int64))
    for count in range(2, n):
        model = AgglomerativeClustering(count, metric="cosine", linkage="average")
        labels = model.fit_predict(vectors).astype(np.int64)
        score = float(silhouette_score(vectors, labels, metric="cosine"))
        if score > best[0] + 1e-6 and np.bincount(labels).max() >= min_cluster_size:
            best = (score, labels)
    labels = best[1].copy()
    for number in np.unique(labels[labels >= 0]):
        if int((labels == number).sum()) < min_cluster_size:
            labels[labels == number] = OUTLIER
    _, labels[labels >= 0] = np.unique(labels[labels >= 0], return_inverse=True)
    return Clustering(labels, _strengths(vectors, labels), "agglomerative")


def _strengths(vectors: Floats, labels: Labels) -> Floats:
    """Cosine of each row to its cluster's centroid, 0 for outliers."""
    import numpy as np

    strengths = np.zeros(len(vectors), dtype=np.float32)
    for number, centre in enumerate(centroids(vectors, labels)):
        members = labels == number
        strengths[members] = (vectors[members] @ centre).clip(0.0, 1.0)
    return strengths


def centroids(vectors: Floats, labels: Labels) -> Floats:
    """Mean direction (k, d) of each cluster, rows of length 1."""
    import numpy as np

    count = int(labels.max(initial=OUTLIER)) + 1
    sums = np.zeros((count, vectors.shape[1]), dtype=np.float64)
    np.add.at(sums, labels[labels >= 0], vectors[labels >= 0])
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    return np.asarray(sums / np.maximum(lengths, 1e-12), dtype=np.float32)


def _systematic_sample(n: int, size: int, seed: int) -> Labels:
    """One row out of each of ``size`` equal stretches: sources and dates keep their shares, as rows come in
    the order they were taken in."""
    import numpy as np

    edges = np.linspace(0, n, size + 1)
    chosen = np.random.default_rng(seed).uniform(edges[:-1], edges[1:])
    return np.minimum(chosen.astype(np.int64), n - 1)


def _assign(vectors: Floats, sample: Labels, found: Clustering) -> Clustering:
    """Clusters of a sample carried to all rows: the nearest centroid, unless it is further than nearly all
    of that cluster's own members are."""
    import numpy as np

    labels = np.full(len(vectors), OUTLIER, dtype=np.int64)
    strengths = np.zeros(len(vectors), dtype=np.float32)
    method = f"{found.method}, nearest centroid for {len(vectors) - len(np.unique(sample))}"
    centres = centroids(vectors[sample], found.labels)
    if len(centres):
        own = np.einsum("nd,nd->n", vectors[sample], centres[found.labels])
        floors = np.array(
            [np.percentile(own[found.labels == k], 100 - _KEPT_SHARE) for k in range(len(centres))]
        )
        for start in range(0, len(vectors), 10_000):
            likeness = vectors[start : start + 10_000] @ centres.T
            nearest = likeness.argmax(axis=1)
            closest = likeness.max(axis=1)
            near = closest >= floors[nearest]
            labels[start : start + 10_000] = np.where(near, nearest, OUTLIER)
            strengths[start : start + 10_000] = np.where(near, closest.clip(0.0, 1.0), 0.0)
    labels[sample], strengths[sample] = found.labels, found.strengths
    return Clustering(labels, strengths, method)
