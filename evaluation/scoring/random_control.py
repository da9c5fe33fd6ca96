"""A byte model with random weights: what option likelihood gives when nothing was learned."""

from __future__ import annotations

from functools import cache
from typing import Any

CHANCE = 0.5  # of two options: what nothing learned gives where nothing but content decides
_BYTES = 256
_STATES = 4096
_FACTOR = 0x9E3779B97F4A7C15  # odd, so that it has an inverse modulo 2**64
_WORD = 2**64


class RandomBytes:
    """P(byte | all bytes before). The text before, question included, is hashed to one of 4096 states, and
    each state has 256 logits drawn from a standard normal distribution.

    The same seed gives the same model on every machine. It knows no language, and of two texts any change
    before makes another draw: a rate away from one half says that the options' lengths, not their content,
    decide the comparison.
    """

    def __init__(self, seed: int) -> None:
        self._logprobs = _table(seed)

    def logprobs(self, context: bytes, continuation: bytes) -> tuple[float, ...]:
        """Natural log-probability of each byte of ``continuation`` after ``context``. Those of all 256 bytes
        after one context sum to 1."""
        import numpy as np

        read = np.frombuffer(context + continuation, dtype=np.uint8)
        states = _states(read)[len(context) : len(read)]
        return tuple(map(float, self._logprobs[states, read[len(context) :]]))


@cache
def _table(seed: int) -> Any:
    import numpy as np

    logits = np.random.Generator(np.random.PCG64(seed)).standard_normal((_STATES, _BYTES))
    most = logits.max(axis=1, keepdims=True)
    return logits - most - np.log(np.exp(logits - most).sum(axis=1, keepdims=True))


def _states(read: Any) -> Any:
    """State before each byte and after the last: a polynomial hash of all before, modulo 2**64, whose high
    bits are taken. Computed at once, by the inverse of its factor; the arithmetic is exact."""
    import numpy as np

    up, down = _powers(len(read) + 1)
    sums = np.cumsum((read.astype(np.uint64) + np.uint64(1)) * down[1:], dtype=np.uint64)
    hashed = up * np.concatenate([np.zeros(1, np.uint64), sums])
    hashed ^= hashed >> np.uint64(32)
    return ((hashed * np.uint64(_FACTOR)) >> np.uint64(52)).astype(np.intp)


def _powers(count: int) -> tuple[Any, Any]:
    """The first ``count`` powers of the factor and of its inverse, modulo 2**64."""
    longest = 1 << max(10, (count - 1).bit_length())
    up, down = _all_powers(longest)
    return up[:count], down[:count]


@cache
def _all_powers(count: int) -> tuple[Any, Any]:
    import numpy as np

    def of(factor: int) -> Any:
        return np.cumprod(np.array([1] + [factor] * (count - 1), np.uint64), dtype=np.uint64)

    return of(_FACTOR), of(pow(_FACTOR, -1, _WORD))
