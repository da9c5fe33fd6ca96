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
_GIANT = 0.3  # of the corpus: a cluster of more is tried again
_WORTH_SPLITTING = 0.5  # of its members that must find a place in the parts
_CHUNK = 10_000  # rows compared with all centroids at once
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
        return _adopt(vectors, _reduce_and_cluster(vectors, parameters))
    sample = _systematic_sample(n, parameters.sample_limit, parameters.seed)
    found = _adopt(vectors[sample], _reduce_and_cluster(vectors[sample], parameters))
    return _assign(vectors, sample, found)


def _reduce_and_cluster(vectors: Floats, parameters: TopicParameters) -> Clustering:
    """HDBSCAN on UMAP, again inside every cluster that swallowed a large part of the corpus: excess of mass
    likes to cut off one far island and to call all the rest one topic."""
    import numpy as np

    points = _reduced(vectors, parameters)
    labels, strengths = _dense(points, parameters, parameters.cluster_selection_method)
    giants = list(range(int(labels.max(initial=OUTLIER)) + 1))
    while giants:
        rows = np.flatnonzero(labels == giants.pop())
        if len(rows) <= max(_GIANT * len(points), 4 * parameters.min_cluster_size):
            continue
        for method in (parameters.cluster_selection_method, "leaf"):
            inner, inner_strengths = _dense(points[rows], parameters, method)
            if inner.max() >= 1 and (inner >= 0).mean() >= _WORTH_SPLITTING:
                fresh = int(labels.max()) + 1
                labels[rows] = np.where(inner >= 0, inner + fresh, OUTLIER)
                strengths[rows] = inner_strengths
                giants.extend(range(fresh, int(labels.max()) + 1))
                break
    _, labels[labels >= 0] = np.unique(labels[labels >= 0], return_inverse=True)
    return Clustering(labels, strengths, "umap+hdbscan")


def _dense(points: Floats, parameters: TopicParameters, method: str) -> tuple[Labels, Floats]:
    import numpy as np
    from sklearn.cluster import HDBSCAN

    model = HDBSCAN(
        min_cluster_size=parameters.min_cluster_size, cluster_selection_method=method, copy=True
    ).fit(points)
    strengths = np.nan_to_num(model.probabilities_).clip(0.0, 1.0).astype(np.float32)
    return np.maximum(model.labels_, OUTLIER).astype(np.int64), strengths


def _adopt(vectors: Floats, found: Clustering) -> Clustering:
    """Outliers within a cluster's reach join it, as strongly as they are close to its centroid."""
    import numpy as np

    labels, strengths = found.labels.copy(), found.strengths.copy()
    centres = centroids(vectors, labels)
    alone = np.flatnonzero(labels < 0)
    if len(centres) and len(alone):
        labels[alone], strengths[alone] = nearest(vectors[alone], centres, reach(vectors, labels, centres))
    return Clustering(labels, strengths, found.method)


def nearest(vectors: Floats, centres: Floats, floors: Floats) -> tuple[Labels, Floats]:
    """Number of each row's nearest centroid and cosine to it; -1 and 0 where that is below its floor."""
    import numpy as np

    numbers = np.full(len(vectors), OUTLIER, dtype=np.int64)
    cosines = np.zeros(len(vectors), dtype=np.float32)
    for start in range(0, len(vectors), _CHUNK):
        likeness = vectors[start : start + _CHUNK] @ centres.T
        best, closest = likeness.argmax(axis=1), likeness.max(axis=1)
        near = closest >= floors[best]
        numbers[start : start + _CHUNK] = np.where(near, best, OUTLIER)
        cosines[start : start + _CHUNK] = np.where(near, closest.clip(0.0, 1.0), 0.0)
    return numbers, cosines


def reach(vectors: Floats, labels: Labels, centres: Floats) -> Floats:
    """Cosine (k,) to its centroid that all but a few of a cluster's members have at least."""
    import numpy as np

    own = np.einsum("nd,nd->n", vectors, centres[labels])
    return np.array(
        [np.percentile(own[labels == number], 100 - _KEPT_SHARE) for number in range(len(centres))],
        dtype=np.float32,
    )


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
            n_epochs=parameters.n_epochs,
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

    edges = np.arange(size + 1) * n // size
    return np.random.default_rng(seed).integers(edges[:-1], edges[1:])


def _assign(vectors: Floats, sample: Labels, found: Clustering) -> Clustering:
    """Clusters of a sample carried to all rows: the nearest centroid, unless it is further than nearly all
    of that cluster's own members are."""
    import numpy as np

    method = f"{found.method}, nearest centroid for {len(vectors) - len(np.unique(sample))}"
    centres = centroids(vectors[sample], found.labels)
    if len(centres):
        labels, strengths = nearest(vectors, centres, reach(vectors[sample], found.labels, centres))
    else:
        labels = np.full(len(vectors), OUTLIER, dtype=np.int64)
        strengths = np.zeros(len(vectors), dtype=np.float32)
    labels[sample], strengths[sample] = found.labels, found.strengths
    return Clustering(labels, strengths, method)
