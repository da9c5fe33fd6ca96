"""Vectors to clusters."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.topics import clustering
from pipeline.topics.clustering import OUTLIER, Clustering, centroids, cluster
from pipeline.topics.parameters import SMALLEST_REDUCED, TopicParameters

DIMENSIONS = 24
PARAMETERS = TopicParameters(n_epochs=50)


def heaps(sizes: list[int], spread: float = 0.1, seed: int = 0) -> np.ndarray:
    """Rows of length 1 around one axis per heap, heap after heap."""
    centres = np.repeat(np.eye(DIMENSIONS)[: len(sizes)], sizes, axis=0)
    rows = centres + spread * np.random.default_rng(seed).normal(size=centres.shape)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def members(labels: np.ndarray) -> set[frozenset[int]]:
    """Rows of each cluster, without its number."""
    return {frozenset(np.flatnonzero(labels == number).tolist()) for number in set(labels.tolist()) - {-1}}


def rows_of(sizes: list[int]) -> set[frozenset[int]]:
    ends = np.cumsum(sizes)
    return {frozenset(range(end - size, end)) for size, end in zip(sizes, ends.tolist(), strict=True)}


def test_cluster_finds_the_heaps_of_a_small_corpus() -> None:
    sizes = [5, 7, 6]

    found = cluster(heaps(sizes), PARAMETERS)

    assert members(found.labels) == rows_of(sizes)
    assert found.method == "agglomerative"


def test_cluster_measures_strength_in_a_small_corpus_by_the_cosine_to_the_centroid() -> None:
    rows = heaps([5, 7])

    found = cluster(rows, PARAMETERS)

    centres = centroids(rows, found.labels)
    expected = [float(rows[at] @ centres[found.labels[at]]) for at in range(len(rows))]
    np.testing.assert_allclose(found.strengths, expected, rtol=1e-5)


def test_cluster_leaves_a_heap_below_the_smallest_size_alone() -> None:
    sizes = [8, 8, 1]

    found = cluster(heaps(sizes), PARAMETERS)

    assert members(found.labels) == rows_of([8, 8])
    assert (found.labels[16], found.strengths[16]) == (OUTLIER, 0.0)


def test_cluster_takes_rows_of_zeros_for_outliers() -> None:
    rows = heaps([6, 6])
    rows[[2, 9]] = 0.0

    found = cluster(rows, PARAMETERS)

    assert members(found.labels) == {frozenset({0, 1, 3, 4, 5}), frozenset({6, 7, 8, 10, 11})}
    assert found.strengths[[2, 9]].tolist() == [0.0, 0.0]


def test_cluster_counts_only_known_rows_as_the_corpus() -> None:
    # Ten known rows allow pairs; forty rows would ask for three in a cluster.
    rows = np.concatenate([heaps([2, 4, 4]), np.zeros((30, DIMENSIONS), dtype=np.float32)])

    assert members(cluster(rows, PARAMETERS).labels) == rows_of([2, 4, 4])


@pytest.mark.parametrize("count", [0, 1, 2])
def test_cluster_sees_no_topic_in_so_few_rows(count: int) -> None:
    found = cluster(heaps([count]), PARAMETERS)

    assert (found.labels.tolist(), found.strengths.tolist()) == ([OUTLIER] * count, [0.0] * count)


def test_cluster_does_not_split_rows_that_are_all_the_same() -> None:
    rows = np.repeat(heaps([1]), 12, axis=0)

    assert cluster(rows, PARAMETERS).labels.tolist() == [OUTLIER] * 12


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(16)), st.integers(0, 50))
def test_cluster_of_a_small_corpus_does_not_depend_on_the_order_of_rows(order: list[int], seed: int) -> None:
    rows = heaps([5, 5, 6], spread=0.25, seed=seed)

    plain, shuffled = cluster(rows, PARAMETERS), cluster(rows[order], PARAMETERS)

    carried = {frozenset(order[at] for at in group) for group in members(shuffled.labels)}
    assert carried == members(plain.labels)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, SMALLEST_REDUCED - 1), st.integers(0, 1000), st.integers(2, 6))
def test_cluster_numbers_clusters_without_gaps_and_keeps_their_smallest_size(
    count: int, seed: int, smallest: int
) -> None:
    rows = heaps([count], spread=1.0, seed=seed)
    parameters = TopicParameters(min_cluster_size=smallest)

    found = cluster(rows, parameters)

    sizes = np.bincount(found.labels[found.labels >= 0])
    assert (sizes >= parameters.adapted(count).min_cluster_size).all()
    assert ((found.strengths >= 0.0) & (found.strengths <= 1.0)).all()
    assert not found.strengths[found.labels == OUTLIER].any()


def test_cluster_of_a_larger_corpus_mixes_no_heaps_and_repeats_itself() -> None:
    sizes = [30, 25, 35]
    rows = heaps(sizes)

    first, second = cluster(rows, PARAMETERS), cluster(rows, PARAMETERS)

    assert heaps_met(first.labels, sizes) == {0, 1, 2}
    assert first.method == "umap+hdbscan"
    np.testing.assert_array_equal(first.labels, second.labels)
    np.testing.assert_array_equal(first.strengths, second.strengths)


def heaps_met(labels: np.ndarray, sizes: list[int]) -> set[int]:
    """Numbers of the heaps that hold a cluster; fails for a cluster that is in two of them."""
    whole = sorted(rows_of(sizes), key=min)
    homes = [{number for number, heap in enumerate(whole) if heap & group} for group in members(labels)]
    assert {len(home) for home in homes} == {1}
    return set().union(*homes)


def test_cluster_carries_the_clusters_of_a_sample_to_the_rest() -> None:
    sizes = [70, 60, 50]
    rows = np.concatenate([heaps(sizes), np.eye(DIMENSIONS, dtype=np.float32)[-1:]])
    parameters = TopicParameters(n_epochs=50, sample_limit=60, seed=2)

    found = cluster(rows, parameters)

    sample = np.unique(clustering._systematic_sample(181, 60, parameters.seed))
    rest = np.setdiff1d(np.arange(180), sample)
    assert 180 not in sample
    assert found.labels[180] == OUTLIER  # it lies beside every heap
    assert heaps_met(found.labels[:180], sizes) == {0, 1, 2}
    assert (found.labels[rest] >= 0).mean() > 0.5
    assert ((found.strengths[rest] > 0.0) == (found.labels[rest] >= 0)).all()
    assert found.method == f"umap+hdbscan, nearest centroid for {181 - len(sample)}"


def islands(apart: list[tuple[float, float]]) -> np.ndarray:
    """Thirty points in the plane around each place."""
    noise = np.random.default_rng(0).normal(size=(len(apart), 30, 2))
    return (np.array(apart)[:, None, :] + 0.1 * noise).reshape(-1, 2).astype(np.float32)


def test_cluster_looks_again_inside_a_cluster_that_swallowed_the_corpus(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Three near islands and a far one: excess of mass cuts off the far one and calls the rest one cluster.
    points = islands([(0.0, 0.0), (0.0, 0.6), (0.6, 0.0), (90.0, 90.0)])
    parameters = TopicParameters(min_cluster_size=8)
    monkeypatch.setattr(clustering, "_reduced", lambda vectors, parameters: points)

    coarse, _ = clustering._dense(points, parameters, "eom")
    found = clustering._reduce_and_cluster(points, parameters)

    commonest = [np.bincount(found.labels[at : at + 30] + 1).argmax() - 1 for at in range(0, 120, 30)]
    assert members(coarse) == {frozenset(range(90)), frozenset(range(90, 120))}
    assert sorted(commonest) == [0, 1, 2, 3]
    assert set(found.labels.tolist()) == {OUTLIER, 0, 1, 2, 3}


def test_outlier_within_reach_joins_its_cluster_as_strongly_as_it_is_close() -> None:
    rows = heaps([6, 6])
    labels = np.array([0] * 5 + [OUTLIER] + [1] * 6)
    rows[5] = centroids(rows, labels)[0]
    far = np.eye(DIMENSIONS, dtype=np.float32)[-1:]

    found = clustering._adopt(
        np.concatenate([rows, far]),
        Clustering(np.append(labels, OUTLIER), np.r_[np.ones(5), 0, np.ones(6), 0].astype(np.float32), "m"),
    )

    assert found.labels.tolist() == [0] * 6 + [1] * 6 + [OUTLIER]
    assert found.strengths[5] == pytest.approx(1.0)  # it lies in the centre
    assert (found.strengths[12], found.method) == (0.0, "m")


def test_assigning_from_a_sample_without_clusters_leaves_outliers() -> None:
    rows = heaps([6])
    nothing = Clustering(np.full(3, OUTLIER), np.zeros(3, dtype=np.float32), "m")

    found = clustering._assign(rows, np.array([0, 2, 4]), nothing)

    assert found.labels.tolist() == [OUTLIER] * 6


def test_assigning_keeps_what_was_found_in_the_sample() -> None:
    rows = heaps([6])
    found = Clustering(np.array([0, 0, OUTLIER]), np.array([0.5, 0.25, 0.0], dtype=np.float32), "m")

    assigned = clustering._assign(rows, np.array([0, 2, 4]), found)

    assert assigned.labels[[0, 2, 4]].tolist() == [0, 0, OUTLIER]
    assert assigned.strengths[[0, 2, 4]].tolist() == [0.5, 0.25, 0.0]


def test_centroids_are_mean_directions_of_length_one() -> None:
    rows = np.array([[1, 0], [0, 1], [0, 1], [-1, 0]], dtype=np.float32)

    found = centroids(rows, np.array([0, 0, 1, OUTLIER]))

    np.testing.assert_allclose(found, [[0.5**0.5, 0.5**0.5], [0, 1]], rtol=1e-6)


def test_centroids_of_outliers_alone_are_none() -> None:
    assert centroids(heaps([4]), np.full(4, OUTLIER)).shape == (0, DIMENSIONS)


@given(st.integers(1, 200), st.integers(0, 900), st.integers(0, 99))
def test_systematic_sample_takes_one_row_from_every_stretch(size: int, more: int, seed: int) -> None:
    n = size + more

    found = clustering._systematic_sample(n, size, seed)

    assert len(found) == len(set(found.tolist())) == size
    assert all(at * n // size <= row < (at + 1) * n // size for at, row in enumerate(found.tolist()))
    assert found.max() < n
    np.testing.assert_array_equal(found, clustering._systematic_sample(n, size, seed))
