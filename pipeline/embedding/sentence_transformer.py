"""Vectors of a local sentence-transformers model, for machines where that package is installed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.embedding.protocol import Vectors


class MissingPackageError(RuntimeError):
    """The chosen embedder needs a package that is not installed; the message says which."""


class SentenceTransformerEmbedder:
    """A pretrained model by name or folder, loaded at the first ``embed``."""

    def __init__(self, model: str) -> None:
        self.model = model

    @property
    def name(self) -> str:
        """``sentence-transformers:<model>``: its vectors change with the model only."""
        return f"sentence-transformers:{self.model}"

    @cached_property
    def _encoder(self) -> Any:
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise MissingPackageError(
                f"the embedder {self.name!r} needs the package sentence-transformers: "
                "install it (pip install sentence-transformers) or use the embedded default"
            ) from error
        return SentenceTransformer(self.model)

    def embed(self, texts: Sequence[str], language: str) -> Vectors:
        """Vectors (n, d) of length 1. The model decides by itself what to do with a language.

        Raises :class:`MissingPackageError` without the package."""
        import numpy as np

        vectors = self._encoder.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, dtype=np.float32)
