"""Adds new guidelines to the lock of digests: ``python -m annotation.guidelines``. Never changes an entry."""

from __future__ import annotations

import sys

from annotation.guidelines import LOCK, files
from pipeline.locked import extend_lock


def main() -> int:
    """Lock new files; 1 when a locked one was changed or removed, else 0."""
    broken = extend_lock(LOCK, files())
    for name in broken:
        sys.stderr.write(f"{name} is locked and was changed or removed; restore it and add a new version.\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
