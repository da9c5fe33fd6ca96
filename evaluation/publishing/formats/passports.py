"""Passports: for each item the chain from its document to its reviews, one line of JSON an item."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from evaluation.publishing.content import Content, Files, Slice
from evaluation.publishing.formats.dataset import PREFERENCES


def files(content: Content) -> Files:
    """``passports/<nation>/<type>.jsonl`` in the order of the slice's rows, and
    ``passports/preferences.jsonl`` when there are preference pairs. Raises ``ValueError`` for a
    passport that is not one line with the canary string."""
    canary = content.manifest.canary
    for where in content.slices():
        yield passport_path(where), passport_file(content, where)
    if any(content.manifest.preferences.values()):
        yield f"passports/{PREFERENCES}.jsonl", _pieces(content.passports(None), canary, PREFERENCES)


def passport_path(where: Slice) -> str:
    """Where the passports of a slice lie inside the folder."""
    return f"passports/{where.path}.jsonl"


def passport_file(content: Content, where: Slice) -> Iterator[bytes]:
    """Passports of a slice in pieces. Raises ``ValueError`` as :func:`files` does."""
    return _pieces(content.passports(where), content.manifest.canary, where.path)


def _pieces(found: Iterator[str], canary: str, name: str) -> Iterator[bytes]:
    while piece := list(islice(found, 100)):
        for passport in piece:
            if canary not in passport or "\n" in passport:
                raise ValueError(f"a passport of {name} is not one line with the canary: {passport[:80]!r}")
        yield "".join(f"{passport}\n" for passport in piece).encode()
