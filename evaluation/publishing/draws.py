"""Seeded draws: each depends on the seed and the name drawn only, so more names never reorder the others."""

from __future__ import annotations

from hashlib import blake2b


def draw(seed: int, name: str) -> bytes:
    """Where ``name`` stands in the seed's order: 16 bytes to sort by, the same on every machine."""
    return blake2b(f"{seed}\0{name}".encode(), digest_size=16).digest()
