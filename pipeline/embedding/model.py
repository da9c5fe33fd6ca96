"""Vectors from any OpenAI-compatible ``/embeddings`` endpoint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.engines.client import EmbeddingClient, EmbeddingError

if TYPE_CHECKING:
    from pipeline.embedding.protocol import Vectors

BATCH = 64  # texts a request
SHOWN = 6_000  # characters of a text: endpoints refuse inputs above about 8 000 tokens


class OpenAIEmbedder:
    """An embedder whose model lives at an endpoint; only the first 6 000 characters of a text count."""

    def __init__(self, client: EmbeddingClient, batch: int = BATCH) -> None:
        self._client = client
        self._batch = batch

    @property
    def name(self) -> str:
        """``openai:<model>:<characters read>``."""
        return f"openai:{self._client.name[:100]}:{SHOWN}"

    def embed(self, texts: Sequence[str], language: str) -> Vectors:
        """Vectors (n, d), float32, of length 1; an empty text has a row of zeros and is not sent.

        The model decides by itself what to do with a language. Raises
        :class:`~pipeline.engines.client.EmbeddingError` when the endpoint fails or its vectors do not fit.
        """
        import numpy as np

        rows = [row for row, text in enumerate(texts) if text.strip()]
        batches = [rows[start : start + self._batch] for start in range(0, len(rows), self._batch)]
        vectors: Vectors = np.zeros((len(texts), 0), dtype=np.float32)
        for position, answer in self._client.embed_many(
            [texts[row][:SHOWN] for row in batch] for batch in batches
        ):
            widths = {len(vector) for vector in answer}
            if not vectors.shape[1] and len(widths) == 1:
                vectors = np.zeros((len(texts), *widths), dtype=np.float32)
            if widths != {vectors.shape[1]}:
                raise EmbeddingError(f"{self.name} gave vectors of different lengths: {sorted(widths)}")
            vectors[batches[position]] = answer
        if not np.isfinite(vectors).all():
            raise EmbeddingError(f"{self.name} gave vectors that are not finite")
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: Vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
        return unit
