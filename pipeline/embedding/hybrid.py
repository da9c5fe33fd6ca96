"""The embedded embedder: TF-IDF of words and characters, reduced by SVD, fitted on the corpus itself."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from pipeline.embedding.analyzer import ANALYZER_VERSION, hybrid_analyzer

if TYPE_CHECKING:
    from pipeline.embedding.protocol import Vectors

REVISION = "2"
MAX_FEATURES = 100_000
COMMON_FROM = 20  # documents from which "in more than half of all" says that a feature names no subject
SHORT = 400  # characters: texts whose median is below are told apart by parts of words too
RARE_FROM = 5  # documents from which a feature seen in one only is left out


class HybridEmbedder:
    """TF-IDF and truncated SVD over a corpus, seeded. Unfitted, ``embed`` fits on the texts it is given.

    Needs no network and no download. Its vectors mean nothing outside the corpus it was fitted on, so its
    name holds a digest of that corpus. The fit happens at the first ``embed``: a full cache costs none.
    """

    def __init__(self, dimensions: int = 64, *, seed: int = 1) -> None:
        if dimensions < 1:
            raise ValueError(f"dimensions must be 1 or more, not {dimensions}")
        self.dimensions = dimensions
        self.seed = seed
        self._texts: tuple[str, ...] | None = None
        self._language = ""

    @property
    def name(self) -> str:
        """``hybrid-<revision>.<analyzer>-<dimensions>-s<seed>`` and the language and digest of the corpus."""
        base = f"hybrid-{REVISION}.{ANALYZER_VERSION}-{self.dimensions}-s{self.seed}"
        return base if self._texts is None else f"{base}-{self._language}-{self._corpus_digest}"

    @cached_property
    def _corpus_digest(self) -> str:
        digest = blake2b(digest_size=16)
        for text in self._texts or ():
            digest.update(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=20).digest())
        return digest.hexdigest()

    def fitted(self, texts: Sequence[str], language: str) -> HybridEmbedder:
        """An embedder of this corpus. Once fitted, it stays what it is."""
        if self._texts is not None:
            return self
        bound = HybridEmbedder(self.dimensions, seed=self.seed)
        bound._texts, bound._language = tuple(texts), language
        return bound

    def embed(self, texts: Sequence[str], language: str) -> Vectors:
        """Vectors (n, d) of length 1, with d at most ``dimensions`` and less for a small corpus; zeros for a
        text that shares no feature with the corpus."""
        import numpy as np

        if self._texts is None:
            return self.fitted(texts, language).embed(texts, language)
        vectorizer, svd = self._model
        if vectorizer is None:
            return np.zeros((len(texts), 1), dtype=np.float32)
        if not texts:
            return np.zeros((0, len(svd.components_) if svd else 1), dtype=np.float32)
        counted = vectorizer.transform(texts)
        if svd is None:
            return np.asarray(counted.getnnz(axis=1) > 0, dtype=np.float32).reshape(-1, 1)
        reduced = svd.transform(counted).astype(np.float32)
        lengths = np.linalg.norm(reduced, axis=1, keepdims=True)
        reduced[lengths[:, 0] < 1e-6] = 0.0
        return np.asarray(reduced / np.maximum(lengths, 1e-6), dtype=np.float32)

    @cached_property
    def _model(self) -> tuple[Any, Any]:
        """Vectorizer and SVD; no SVD for a corpus too small for one, neither for one without any word."""
        import numpy as np
        from sklearn.decomposition import TruncatedSVD
        from sklearn.feature_extraction.text import TfidfVectorizer

        texts = self._texts or ()
        n = len(texts)
        for rare, common in ((2 if n >= RARE_FROM else 1, 0.5 if n >= COMMON_FROM else 1.0), (1, 1.0)):
            vectorizer = TfidfVectorizer(
                analyzer=hybrid_analyzer(self._language, grams=_are_short(texts)),
                sublinear_tf=True,
                min_df=rare,
                max_df=common,
                max_features=MAX_FEATURES,
                dtype=np.float32,
            )
            try:
                counted = vectorizer.fit_transform(texts)
            except ValueError:  # no feature left: try again with all of them
                continue
            components = min(self.dimensions, n - 1, counted.shape[1] - 1)
            if components < 1:
                return vectorizer, None
            svd = TruncatedSVD(components, algorithm="randomized", n_iter=5, random_state=self.seed)
            return vectorizer, svd.fit(counted)
        return None, None


def _are_short(texts: Sequence[str]) -> bool:
    lengths = sorted(map(len, texts))
    return bool(lengths) and lengths[len(lengths) // 2] < SHORT
