"""Adds new guidelines to the lock of digests: ``python -m annotation.guidelines``. Never changes an entry."""

from __future__ import annotations

import sys

from annotation.guidelines import LOCK, file_digest, files, locked_digests


def main() -> int:
    """Lock new files; 1 when a locked one was changed or removed, else 0."""
    locked = locked_digests()
    present = {path.name: file_digest(path) for path in files()}
    broken = sorted(name for name, digest in locked.items() if present.get(name) != digest)
    for name in broken:
        sys.stderr.write(f"{name} is locked and was changed or removed; restore it and add a new version.\n")
    LOCK.write_text(
        "".join(f"{digest}  {name}\n" for name, digest in sorted({**present, **locked}.items())),
        encoding="utf-8",
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
