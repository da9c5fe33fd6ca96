"""The Batch API of the test server: files, batches over them, and files of replies."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import HTTP
from typing import Any

# (path, body, batch id) -> (status, body)
Answering = Callable[[str, dict[str, Any], str], tuple[int, bytes]]


@dataclass
class Batches:
    """What was uploaded and started. A batch is done after ``looks`` looks at it and ends as ``status``; with
    ``answered`` only so many of its lines are answered, and the others expire. Without ``is_listing`` the
    server lists none."""

    answering: Answering
    files: dict[str, bytes] = field(default_factory=dict)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)
    looks: int = 0
    status: str = "completed"
    answered: int | None = None
    is_listing: bool = True

    def upload(self, content: bytes, content_type: str) -> dict[str, Any]:
        """POST /v1/files, a form with ``file`` and ``purpose``."""
        form = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + content, policy=HTTP)
        parts = {
            part.get_param("name", header="Content-Disposition"): part.get_payload(decode=True)
            for part in form.iter_parts()
        }
        assert parts["purpose"] == b"batch"
        return {
            "id": self._keep(parts["file"]),
            "object": "file",
            "bytes": len(parts["file"]),
            "created_at": 1,
            "filename": "requests.jsonl",
            "purpose": "batch",
            "status": "processed",
        }

    def start(self, body: dict[str, Any]) -> dict[str, Any]:
        """POST /v1/batches."""
        lines = self.files[body["input_file_id"]].splitlines()
        assert len({json.loads(line)["custom_id"] for line in lines}) == len(lines)
        batch = {
            "id": f"batch-{len(self.batches) + 1}",
            "object": "batch",
            "status": "validating",
            "created_at": 1,
            "looked": 0,
            **body,
        }
        self.batches[batch["id"]] = batch
        return batch

    def newest(self) -> dict[str, Any]:
        """GET /v1/batches."""
        found = [*reversed(self.batches.values())]
        return {"object": "list", "data": found, "has_more": False}

    def look(self, batch_id: str) -> dict[str, Any] | None:
        """GET /v1/batches/<id>; ``None`` if there is no such batch."""
        batch = self.batches.get(batch_id)
        if batch is None:
            return None
        batch["looked"] += 1
        if batch["looked"] <= self.looks:
            batch["status"] = "in_progress"
        elif batch["status"] in {"validating", "in_progress"}:
            self._end(batch)
        return batch

    def _end(self, batch: dict[str, Any]) -> None:
        batch["status"] = self.status
        if self.status == "failed":
            batch["errors"] = {"object": "list", "data": [{"code": "x", "message": "the queue is full"}]}
            return
        done, failed = [], []
        for number, line in enumerate(self.files[batch["input_file_id"]].splitlines()):
            asked = json.loads(line)
            entry = {"id": f"line-{number}", "custom_id": asked["custom_id"], "response": None, "error": None}
            if self.answered is not None and number >= self.answered:
                entry["error"] = {"code": "batch_expired", "message": "not done in time"}
                failed.append(entry)
                continue
            status, body = self.answering(asked["url"], asked["body"], batch["id"])
            entry["response"] = {"status_code": status, "request_id": "r", "body": json.loads(body)}
            (done if status == 200 else failed).append(entry)
        # Replies come in any order.
        for name, entries in (("output_file_id", done[::-1]), ("error_file_id", failed)):
            if entries:
                batch[name] = self._keep(b"".join(json.dumps(entry).encode() + b"\n" for entry in entries))

    def _keep(self, content: bytes) -> str:
        name = f"file-{len(self.files) + 1}"
        self.files[name] = content
        return name
