"""What an embedder is, what a cache of its vectors is, and how the two work together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Maps texts to vectors. ``name`` (at most 120 characters) changes whenever its vectors could."""

    @property
    def name(self) -> str:
        """Identity of the vectors: model or method, dimensions, and the corpus it was fitted on, if any."""
        ...

    def embed(self, texts: Sequence[str], language: str) -> Vectors:
        """A float32 array (n, d), rows of length 1; a text nothing is known about has a row of zeros."""
        ...


@runtime_checkable
class FittableEmbedder(Protocol):
    """An embedder that learns its space from the corpus it is to embed."""

    def fitted(self, texts: Sequence[str], language: str) -> Embedder:
        """An embedder of that corpus, named by it."""
        ...


class VectorCache(Protocol):
    """Where vectors are kept between runs; the caller decides what it is made of."""

    def get(self, embedder_name: str, digests: Sequence[str]) -> Mapping[str, Vectors]:
        """Vectors of shape (d,) by text digest; digests it does not hold are left out."""
        ...

    def put(self, embedder_name: str, vectors: Mapping[str, Vectors]) -> None:
        """Keep vectors of shape (d,) by text digest."""
        ...


def text_digest(text: str) -> str:
    """blake2b of a text's UTF-8, 40 hex digits."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=20).hexdigest()


def bound_to(embedder: Embedder, texts: Sequence[str], language: str) -> Embedder:
    """The embedder to use for a corpus: fitted on it where it can be, else itself."""
    return embedder.fitted(texts, language) if isinstance(embedder, FittableEmbedder) else embedder


def embed_cached(
    embedder: Embedder, texts: Sequence[str], language: str, cache: VectorCache | None
) -> Vectors:
    """Vectors (n, d) of texts, embedding only what the cache does not hold. The embedder must be bound."""
    if cache is None or not texts:
        return embedder.embed(texts, language)
    import numpy as np

    digests = [text_digest(text) for text in texts]
    known = dict(cache.get(embedder.name, list(dict.fromkeys(digests))))
    missing = {digest: text for digest, text in zip(digests, texts, strict=True) if digest not in known}
    if missing:
        made = embedder.embed(list(missing.values()), language)
        fresh = {digest: made[row] for row, digest in enumerate(missing)}
        cache.put(embedder.name, fresh)
        known.update(fresh)
    return np.stack([known[digest] for digest in digests]).astype(np.float32, copy=False)
