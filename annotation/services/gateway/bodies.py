"""What is sent on to Label Studio: of a body only the fields the screen needs, and always as who it is.

Fields such as ``task``, ``completed_by`` or ``ground_truth`` would move, forge or mark an answer.
"""

from __future__ import annotations

import json
from typing import Any

from annotation.services.gateway.rules import Match, Reply

MAX_BYTES = 1_000_000
_FIELDS = {
    Reply.ANNOTATION: ("result", "lead_time", "was_cancelled", "draft_id", "started_at"),
    Reply.DRAFT: ("result", "lead_time", "was_postponed", "started_at"),
}


class MalformedBodyError(ValueError):
    """A body that no screen would send."""


def clean_body(match: Match, raw: bytes, remote_id: int) -> dict[str, Any] | None:
    """The body to send on as the user ``remote_id``; ``None`` for calls that have none.

    Raises :class:`MalformedBodyError` when ``raw`` is not a JSON object.
    """
    fields = _FIELDS.get(match.rule.reply)
    if fields is None or match.method not in ("POST", "PATCH"):
        return None
    try:
        sent = json.loads(raw)
    except (ValueError, RecursionError):
        raise MalformedBodyError("the body is not JSON") from None
    if not isinstance(sent, dict):
        raise MalformedBodyError("the body is not a JSON object")
    kept = {name: sent[name] for name in fields if name in sent}
    if match.rule.reply is Reply.ANNOTATION:
        kept["completed_by"] = remote_id
    return kept
