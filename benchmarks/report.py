"""The end of a benchmark's output: what has no row, and the exit code."""

from __future__ import annotations

import json
from typing import Any


def finish_report(found: dict[str, Any], *, as_json: bool) -> int:
    """Print all of ``found`` as one JSON object, or its parts that were ``skipped`` or ``failed``, each with
    the reason. Returns the exit code: 1 where a part failed. Raises ValueError for a figure JSON lacks."""
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=1, allow_nan=False))
    else:
        for kind in ("skipped", "failed"):
            for name, reason in found[kind].items():
                print(f"{kind} {name}: {reason}")
    return 1 if found["failed"] else 0
