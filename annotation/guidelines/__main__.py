"""Adds new guidelines to the lock of digests: ``python -m annotation.guidelines``. Never changes an entry."""

from __future__ import annotations

import sys

from annotation.guidelines import LOCK, files
from pipeline.locked import extend_lock


def main() -> int:
    """Lock new files; 1 when a locked one was changed or removed, else 0."""
    return extend_lock(LOCK, files())


if __name__ == "__main__":
    sys.exit(main())
