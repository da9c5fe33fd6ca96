"""Files and batches of the loopback server: kept in memory, answered by the same rules as chat requests."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

_LOOKS = 2  # times a batch is looked at before it is done


class Batches:
    """What was uploaded, and the batches made of it."""

    def __init__(self, chat: Callable[[dict[str, Any]], dict[str, Any] | None]) -> None:
        self._chat = chat
        self.files: dict[str, bytes] = {}
        self.started: list[str] = []
        self._looks: dict[str, int] = {}
        self.fails_with = ""

    def upload(self, body: bytes, content_type: str) -> dict[str, Any]:
        """Keep the file of a multipart form."""
        boundary = re.search(r"boundary=(\S+)", content_type)
        assert boundary, content_type
        parts = body.split(b"--" + boundary[1].encode())
        [content] = [part.split(b"\r\n\r\n", 1)[1] for part in parts if b'name="file"' in part]
        name = f"file-{len(self.files)}"
        self.files[name] = content.removesuffix(b"\r\n")
        return {
            "id": name,
            "object": "file",
            "bytes": 1,
            "created_at": 1,
            "filename": "x",
            "purpose": "batch",
            "status": "processed",
        }

    def start(self, body: dict[str, Any]) -> dict[str, Any]:
        """Begin a batch."""
        batch = f"batch-{len(self.started)}:{body['input_file_id']}"
        self.started.append(batch)
        return self.state(batch)

    def state(self, batch: str) -> dict[str, Any]:
        """In progress at first, then completed, with a file of answers."""
        self._looks[batch] = self._looks.get(batch, -1) + 1
        source = batch.split(":", 1)[1]
        found = {"id": batch, "object": "batch", "endpoint": "/v1/chat/completions", "input_file_id": source,
                 "completion_window": "24h", "created_at": 1, "status": "in_progress"}  # fmt: skip
        if self.fails_with:
            errors = {"object": "list", "data": [{"message": self.fails_with, "code": "x"}]}
            return found | {"status": "failed", "errors": errors}
        if self._looks[batch] < _LOOKS:
            return found
        answers = [self._answer(json.loads(line)) for line in self.files[source].splitlines()]
        self.files[f"{source}-out"] = b"\n".join(json.dumps(line).encode() for line in answers if line)
        return found | {"status": "completed", "output_file_id": f"{source}-out"}

    def _answer(self, line: dict[str, Any]) -> dict[str, Any] | None:
        made = self._chat(line["body"])
        if made is None:
            return None
        return {
            "id": "1",
            "custom_id": line["custom_id"],
            "response": {"status_code": 200, "request_id": "1", "body": made},
            "error": None,
        }
