"""What identifies a request by its content, so that an answer can be found again by what was asked."""

from __future__ import annotations

import json

from pipeline.engines.client import ChatRequest
from pipeline.engines.decisions import DecisionRequest
from pipeline.engines.likelihood import ScoreRequest
from pipeline.locked import text_digest


def request_digest(request: ChatRequest | ScoreRequest | DecisionRequest) -> str:
    """32 hex digits of the messages (or texts) of a request; its parameters and label do not count."""
    if isinstance(request, ChatRequest):
        content: list[object] = [dict(message) for message in request.messages]
    elif isinstance(request, ScoreRequest):
        content = [request.context, request.continuation]
    else:
        content = [request.input, request.instructions, [list(choice) for choice in request.choices]]
    return text_digest(json.dumps(content, ensure_ascii=False, separators=(",", ":")))
