"""Seals on tasks: a task changed behind our back is known by data that no longer fits its seal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.utils.crypto import constant_time_compare, salted_hmac

SEAL_FIELD = "navab_seal"
_SALT = "annotation.studio_seals"


def sealed(task: Mapping[str, Any]) -> dict[str, Any]:
    """Task JSON whose data carries a seal that only we can make."""
    return {**task, "data": {**task["data"], SEAL_FIELD: _seal(task["data"])}}


def is_genuine(data: Mapping[str, Any]) -> bool:
    """Whether data is as we sent it."""
    return constant_time_compare(str(data.get(SEAL_FIELD, "")), _seal(data))


def unsealed(data: Mapping[str, Any]) -> dict[str, Any]:
    """Data without its seal."""
    return {key: value for key, value in data.items() if key != SEAL_FIELD}


def _seal(data: Mapping[str, Any]) -> str:
    content = json.dumps(unsealed(data), sort_keys=True)
    return salted_hmac(_SALT, content, algorithm="sha256").hexdigest()[:32]
