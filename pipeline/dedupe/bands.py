"""MinHash signatures cut in bands: documents that share a band key may be near copies."""

from __future__ import annotations

import struct
from collections.abc import Sequence, Set
from hashlib import blake2b

PERMUTATIONS = 128
# 20 bands of 6 rows: a pair of similarity 0.8 meets with probability 0.998, one of 0.3 with 0.015.
BANDS, ROWS = 20, 6
SEED = 7
THRESHOLD = 0.8  # of exact Jaccard, from which two texts are near copies


def band_keys(shingle_sets: Sequence[Set[str]], spaces: Sequence[str]) -> list[tuple[int, ...]]:
    """Band keys (63-bit, non-negative) of each shingle set; none for an empty set.

    Keys of different ``spaces`` (nation and language) never meet. Deterministic over processes and machines.
    """
    from rensa import RMinHash

    full = [index for index, found in enumerate(shingle_sets) if found]
    digests = RMinHash.digests_from_token_sets([list(shingle_sets[i]) for i in full], PERMUTATIONS, SEED)
    keys: list[tuple[int, ...]] = [()] * len(shingle_sets)
    for index, digest in zip(full, digests, strict=True):
        packed = struct.pack(f"<{PERMUTATIONS}I", *digest)
        person = blake2b(spaces[index].encode(), digest_size=16).digest()
        keys[index] = tuple(
            _key(packed[4 * ROWS * band : 4 * ROWS * (band + 1)], band, person) for band in range(BANDS)
        )
    return keys


def _key(rows: bytes, band: int, person: bytes) -> int:
    salt = band.to_bytes(2, "little")
    return int.from_bytes(blake2b(rows, digest_size=8, salt=salt, person=person).digest(), "little") >> 1
