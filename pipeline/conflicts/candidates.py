"""Candidate pairs: nearest neighbours inside blocks, never all pairs."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from pipeline.records import ConflictItem

_WORD = re.compile(r"[^\W_]+")
_CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")

PREFIX = 5  # letters; a cheap stem for inflected languages
LONG_WORD, GRAM = 8, 4  # compounds share their inner parts through character n-grams
COMMON = 0.5  # a feature in more than half of a big block says nothing
SPARSE_LIMIT = (
    6e8  # multiply-adds of the exact sparse product of one block; above it neighbours come from SVD
)
CHUNK_ENTRIES = 4_000_000  # similarities held at once
DIMENSIONS = 128
WINDOW = 200  # how far to look past copies among statements of equal form
SEED = 0


def normal_form(text: str) -> str:
    """Text without case, punctuation and white space differences; equal forms say the same."""
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def features(text: str) -> list[str]:
    """Words, their beginnings and the 4-grams of long ones; characters and bigrams of CJK runs."""
    text = unicodedata.normalize("NFKC", text).casefold()
    found: list[str] = []
    for run in _CJK.findall(text):
        found.extend(run)
        found.extend(run[i : i + 2] for i in range(len(run) - 1))
    for word in _WORD.findall(_CJK.sub(" ", text)):
        found.append(word)
        if len(word) > PREFIX:
            found.append(word[:PREFIX] + "-")
        if len(word) >= LONG_WORD:
            found.extend("~" + word[i : i + GRAM] for i in range(1, len(word) - GRAM + 1))
    return found


def candidate_pairs(
    items: Sequence[ConflictItem], *, neighbours: int = 10, floor: float = 0.2
) -> Iterator[tuple[int, int, float]]:
    """Yield ``(first, second, similarity)`` with ``first < second``, each pair once, blocks in order.

    Two statements are paired when they stand in the same block and language and one is among the other's
    ``neighbours`` nearest with a TF-IDF cosine of at least ``floor`` (above 0). Statements of the same
    cluster are copies of one text and are not paired, unless two different speakers are quoted in it. Texts
    of equal normal form are paired with one another at similarity 1 and stand for one text otherwise. At
    most ``2 * neighbours * len(items)`` pairs; deterministic, whatever the order of ``items``.
    """
    if neighbours < 1:
        raise ValueError(f"neighbours must be at least 1, not {neighbours}")
    if not 0.0 < floor <= 1.0:
        raise ValueError(f"floor must lie in (0, 1], not {floor}")
    blocks: defaultdict[tuple[str, str], list[ConflictItem]] = defaultdict(list)
    for item in sorted(items, key=lambda item: item.key):
        blocks[item.block, item.language].append(item)
    for name in sorted(blocks):
        yield from _block_pairs(blocks[name], neighbours, floor)


def are_copies(first: ConflictItem, second: ConflictItem) -> bool:
    """Whether the two come from one text in one voice: same cluster, and not two different speakers."""
    if not first.cluster or first.cluster != second.cluster:
        return False
    return not (first.speaker and second.speaker and first.speaker != second.speaker)


def _block_pairs(
    block: list[ConflictItem], neighbours: int, floor: float
) -> Iterator[tuple[int, int, float]]:
    same: defaultdict[str, list[ConflictItem]] = defaultdict(list)
    for item in block:
        same[normal_form(item.text)].append(item)
    for form, group in same.items():
        if form:
            for position, item in enumerate(group):
                window = islice(group, position + 1, position + 1 + WINDOW)
                later = (other for other in window if not are_copies(item, other))
                for other in islice(later, neighbours):
                    yield item.key, other.key, 1.0
    distinct = [group[0] for form, group in same.items() if form]
    if len(distinct) > 1:
        yield from _neighbour_pairs(distinct, neighbours, floor)


def _neighbour_pairs(
    items: list[ConflictItem], neighbours: int, floor: float
) -> Iterator[tuple[int, int, float]]:
    import numpy as np

    matrix, cost = _vectorize([item.text for item in items])
    if matrix is None:
        return
    rows, columns = (
        _sparse_neighbours(matrix, items, neighbours, floor)
        if cost <= SPARSE_LIMIT
        else _svd_neighbours(matrix, items, neighbours)
    )
    pairs = np.unique(np.stack([np.minimum(rows, columns), np.maximum(rows, columns)], axis=1), axis=0)
    for start in range(0, len(pairs), 100_000):
        left, right = pairs[start : start + 100_000].T
        scores = np.asarray(matrix[left].multiply(matrix[right]).sum(axis=1)).ravel()
        for one, other, score in zip(left.tolist(), right.tolist(), scores.tolist(), strict=True):
            if score >= floor - 1e-6:
                yield items[one].key, items[other].key, min(float(score), 1.0)


def _vectorize(texts: list[str]) -> tuple[Any, float]:
    """L2-normalised TF-IDF rows (CSR, float32) and the cost of their product; ``None`` for no feature."""
    import numpy as np
    from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

    try:
        counts = CountVectorizer(analyzer=features, dtype=np.float32).fit_transform(texts)
    except ValueError:  # scikit-learn's word for an empty vocabulary
        return None, 0.0
    frequency = np.bincount(counts.indices, minlength=counts.shape[1]).astype(np.float64)
    useful = frequency > 1  # a feature of one text joins it to nothing, but it counts in the norm
    if len(texts) >= 100:
        useful &= frequency <= COMMON * len(texts)
    weighted = TfidfTransformer(sublinear_tf=True).fit_transform(counts).astype(np.float32)
    return weighted[:, useful].tocsr(), float(np.square(frequency[useful]).sum())


def _voices(items: list[ConflictItem]) -> tuple[Any, Any]:
    """Clusters and speakers as integer arrays; 0 is not recorded."""
    import numpy as np

    numbers = {name: n for n, name in enumerate(sorted({item.speaker for item in items} - {""}), start=1)}
    clusters = np.array([item.cluster for item in items], dtype=np.int64)
    return clusters, np.array([numbers.get(item.speaker, 0) for item in items], dtype=np.int64)


def _independent(left: Any, right: Any, clusters: Any, speakers: Any) -> Any:
    """Vector form of ``not are_copies`` and not the same row."""
    same_cluster = (clusters[left] != 0) & (clusters[left] == clusters[right])
    voices = (speakers[left] != 0) & (speakers[right] != 0) & (speakers[left] != speakers[right])
    return (left != right) & (~same_cluster | voices)


def _top(rows: Any, columns: Any, scores: Any, neighbours: int) -> tuple[Any, Any]:
    """The ``neighbours`` best columns of each row; equal scores go to the smaller column."""
    import numpy as np

    order = np.lexsort((columns, -scores, rows))
    rows, columns = rows[order], columns[order]
    starts = np.flatnonzero(np.r_[True, rows[1:] != rows[:-1]]) if len(rows) else np.empty(0, dtype=np.int64)
    lengths = np.diff(np.r_[starts, len(rows)])
    rank = np.arange(len(rows)) - np.repeat(starts, lengths)
    return rows[rank < neighbours], columns[rank < neighbours]


def _sparse_neighbours(
    matrix: Any, items: list[ConflictItem], neighbours: int, floor: float
) -> tuple[Any, Any]:
    import numpy as np

    clusters, speakers = _voices(items)
    step = max(1, CHUNK_ENTRIES // len(items))
    transposed = matrix.T.tocsr()
    found: list[tuple[Any, Any]] = []
    for start in range(0, len(items), step):
        product = (matrix[start : start + step] @ transposed).tocoo()
        near = product.data >= floor
        rows, columns, scores = product.row[near] + start, product.col[near], product.data[near]
        keep = _independent(rows, columns, clusters, speakers)
        found.append(_top(rows[keep], columns[keep], scores[keep], neighbours))
    return np.concatenate([rows for rows, _ in found]), np.concatenate([columns for _, columns in found])


def _svd_neighbours(matrix: Any, items: list[ConflictItem], neighbours: int) -> tuple[Any, Any]:
    """Neighbours in a reduced dense space, three times as many as asked: the exact cosine then decides."""
    import numpy as np
    from sklearn.decomposition import TruncatedSVD
    from sklearn.preprocessing import normalize

    dimensions = min(DIMENSIONS, matrix.shape[1] - 1, len(items) - 1)
    reduced = TruncatedSVD(dimensions, n_iter=2, random_state=SEED).fit_transform(matrix)
    dense = normalize(reduced).astype(np.float32)
    clusters, speakers = _voices(items)
    width = min(3 * neighbours, len(items) - 1)
    step = max(1, CHUNK_ENTRIES // len(items))
    found: list[tuple[Any, Any]] = []
    for start in range(0, len(items), step):
        scores = dense[start : start + step] @ dense.T
        scores[np.arange(len(scores)), np.arange(start, start + len(scores))] = -2.0
        columns = np.argpartition(-scores, width - 1, axis=1)[:, :width].ravel()
        rows = np.repeat(np.arange(start, start + len(scores)), width)
        keep = _independent(rows, columns, clusters, speakers)
        exact = np.asarray(matrix[rows[keep]].multiply(matrix[columns[keep]]).sum(axis=1)).ravel()
        found.append(_top(rows[keep], columns[keep], exact, neighbours))
    return np.concatenate([rows for rows, _ in found]), np.concatenate([columns for _, columns in found])
