"""What to ask for in Label Studio's list of tasks, in its own terms."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any


def condition(column: str, operator: str, kind: str, value: str | int) -> dict[str, str | int]:
    """One condition on a column of tasks; ``kind`` is the type Label Studio takes the column for."""
    return {"filter": f"filter:tasks:{column}", "operator": operator, "type": kind, "value": value}


def task_query(items: Sequence[Any], conjunction: str, ordering: Sequence[str] = ()) -> str:
    """Conditions joined by ``and`` or ``or``, and the order of what fits."""
    asked: dict[str, Any] = {"filters": {"conjunction": conjunction, "items": list(items)}}
    return json.dumps({**asked, "ordering": list(ordering)} if ordering else asked)


def stamp(moment: datetime) -> str:
    """A moment as conditions take it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
