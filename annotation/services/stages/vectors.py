"""The cache of vectors: same text and same embedder, never embedded twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from annotation.models import Embedding

if TYPE_CHECKING:
    import numpy as np

_BATCH = 500


class DatabaseVectorCache:
    """Vectors in the table :class:`Embedding`, float32 little-endian."""

    def get(self, embedder: str, digests: Sequence[str]) -> dict[str, np.ndarray]:
        """Known vectors by text digest."""
        import numpy as np

        found: dict[str, np.ndarray] = {}
        for start in range(0, len(digests), _BATCH):
            rows = Embedding.objects.filter(
                embedder=embedder, text_digest__in=digests[start : start + _BATCH]
            ).values_list("text_digest", "vector")
            found.update((digest, np.frombuffer(bytes(vector), dtype="<f4")) for digest, vector in rows)
        return found

    def put(self, embedder: str, vectors: Mapping[str, np.ndarray]) -> None:
        """Keep vectors by text digest; those already there stay."""
        Embedding.objects.bulk_create(
            [
                Embedding(embedder=embedder, text_digest=digest, vector=vector.astype("<f4").tobytes())
                for digest, vector in vectors.items()
            ],
            batch_size=_BATCH,
            ignore_conflicts=True,
        )
