"""Files that never change once they are merged: a lock holds their digests, new ones are added to it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path


@lru_cache(maxsize=256)
def file_digest(path: Path) -> str:
    """Digest of a file's text (hex); line ends do not count, so that a checkout on any system agrees."""
    return text_digest(path.read_text(encoding="utf-8"))


def text_digest(text: str) -> str:
    """Digest of a text (32 hex digits)."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def read_lock(lock: Path) -> dict[str, str]:
    """File name to digest, as committed; empty without a lock."""
    lines = lock.read_text(encoding="utf-8").splitlines() if lock.exists() else []
    return {name: digest for digest, name in (line.split() for line in lines if line.strip())}


def extend_lock(lock: Path, files: Iterable[Path]) -> int:
    """Add new files to a lock, never changing an entry. Complains on standard error of locked files that were
    changed or removed; then 1, else 0."""
    locked = read_lock(lock)
    present = {path.name: file_digest(path) for path in files}
    lock.write_text(
        "".join(f"{digest}  {name}\n" for name, digest in sorted({**present, **locked}.items())),
        encoding="utf-8",
    )
    broken = sorted(name for name, digest in locked.items() if present.get(name) != digest)
    for name in broken:
        sys.stderr.write(f"{name} is locked and was changed or removed; restore it and add a new version.\n")
    return 1 if broken else 0
