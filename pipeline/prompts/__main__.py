"""Adds new templates to the lock of digests: ``python -m pipeline.prompts``. Never changes an entry."""

from __future__ import annotations

import sys

from pipeline.locked import extend_lock
from pipeline.prompts import LOCK, templates


def main() -> int:
    """Lock new files; 1 when a locked one was changed or removed, else 0."""
    return extend_lock(LOCK, templates())


if __name__ == "__main__":
    sys.exit(main())
