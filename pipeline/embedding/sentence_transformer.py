"""Vectors of a local sentence-transformers model, for machines where that package is installed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pipeline.engines.client import EmbeddingError

if TYPE_CHECKING:
    from pipeline.embedding.protocol import Vectors


class SentenceTransformerEmbedder:
    """A pretrained model by name or folder, loaded at the first ``embed``."""

    def __init__(self, model: str) -> None:
        self.model = model

    @property
    def name(self) -> str:
        """``sentence-transformers:<model>``, of a long path its end."""
        return f"sentence-transformers:{self.model[-95:]}"

    @cached_property
    def _encoder(self) -> Any:
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise EmbeddingError(
                f"the embedder {self.name} needs the package sentence-transformers: install it "
                "(pip install sentence-transformers) or set NAVAB_EMBEDDER=embedded"
            ) from error
        try:
            return SentenceTransformer(self.model)
        except (OSError, ValueError) as error:
            raise EmbeddingError(f"{self.name} cannot be loaded: {error}") from error

    def embed(self, texts: Sequence[str], language: str) -> Vectors:
        """Vectors (n, d) of length 1, zeros for an empty text; the model knows no language from us.

        Raises :class:`~pipeline.engines.client.EmbeddingError` without the package or the model."""
        import numpy as np

        vectors = self._encoder.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        said = np.array([[bool(text.strip())] for text in texts], dtype=np.float32)
        return np.asarray(vectors, dtype=np.float32) * said
