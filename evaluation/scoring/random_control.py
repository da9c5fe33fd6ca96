"""A byte bigram model with random weights: what option likelihood gives when nothing was learned."""

from __future__ import annotations

from typing import Any

CHANCE = 0.5  # of two options: what nothing learned gives where nothing but content decides
_BYTES = 256
_START = b"\n"


class ByteBigram:
    """P(byte | byte before) from 256 x 256 logits drawn from a standard normal distribution.

    The same seed gives the same model on every machine. It knows no language: a rate away from one half says
    that the items' lengths or bytes, not their content, decide the comparison.
    """

    def __init__(self, seed: int) -> None:
        import numpy as np

        logits = np.random.Generator(np.random.PCG64(seed)).standard_normal((_BYTES, _BYTES))
        most = logits.max(axis=1, keepdims=True)
        self.seed = seed
        self._logprobs: Any = logits - most - np.log(np.exp(logits - most).sum(axis=1, keepdims=True))

    def logprobs(self, context: str, continuation: str) -> tuple[float, ...]:
        """Natural log-probability of each byte (UTF-8) of ``continuation`` after ``context``."""
        import numpy as np

        before = (context.encode(errors="replace") or _START)[-1:]
        read = np.frombuffer(before + continuation.encode(errors="replace"), dtype=np.uint8)
        return tuple(map(float, self._logprobs[read[:-1], read[1:]]))
