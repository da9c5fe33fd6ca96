"""A real HTTP server on loopback that speaks the OpenAI protocol, for tests of whatever asks a model.

    with openai_server(reply=...) as server:
        OpenAIModel(server.base_url, "key", "tiny")

``reply`` is a callable ``(Recorded) -> str | Answer | None`` or a sequence of such values, used in order;
where it gives ``None`` or has run out, ``tests.tiny_model`` answers by rule.
"""

from __future__ import annotations

import base64
import json
import math
import re
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.openai_batches import Batches
from tests.tiny_model import answer

_TOKEN = re.compile(r"\s*\w+|\s*[^\w\s]|\s+")
# As common tokenizers do, a line end is a token of its own.
_ECHO_TOKEN = re.compile(r"\n+|[^\S\n]*\w+|[^\S\n]*[^\w\s]|[^\S\n]+")
DIMENSIONS = 32


@dataclass(frozen=True)
class Recorded:
    """A request as the server got it, directly or as a line of a batch."""

    path: str
    body: dict[str, Any]
    headers: dict[str, str]
    batch: str = ""

    @property
    def prompt(self) -> str:
        """All message texts, or the prompt of a completion, or a decision's input and options."""
        if "questions" in self.body:
            [question] = self.body["questions"]
            options = [f"{choice['value']}. {choice['description']}" for choice in question["choices"]]
            return "\n".join([self.body["input"], question["instructions"], "", *options, "", ""])
        messages = self.body.get("messages") or [{"content": self.body.get("prompt", "")}]
        return "\n".join(str(message["content"]) for message in messages)

    @property
    def schema(self) -> dict[str, Any] | None:
        """The JSON schema the reply is to have, by ``response_format`` or in the prompt."""
        wanted = self.body.get("response_format")
        if wanted and wanted["type"] == "json_schema":
            return wanted["json_schema"]["schema"]
        found = re.search(r"this JSON schema:\n(\{.*\})\s*$", self.prompt, re.MULTILINE)
        return json.loads(found[1]) if found else None

    @property
    def task(self) -> str:
        """The name the reply's schema was sent under, if any."""
        return (self.body.get("response_format") or {}).get("json_schema", {}).get("name", "")


@dataclass(frozen=True)
class Answer:
    """A scripted answer. ``body`` replaces the whole response; ``text`` of ``None`` asks the tiny model."""

    text: str | None = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    body: bytes | None = None
    refusal: str = ""
    logprobs: bool | None = None
    finish_reason: str = "stop"
    alternatives: dict[str, float] | None = None  # log-probabilities given for every token of a reply
    probabilities: dict[str, float] | None = None  # of a decision's options by value


Reply = Callable[[Recorded], "str | Answer | None"] | Sequence["str | Answer | None"]


def error(status: int, message: str = "scripted failure", *, param: str = "", **headers: str) -> Answer:
    """An error in the protocol's shape; header names with ``_`` for ``-``."""
    content = {"error": {"message": message, "type": "scripted", "param": param or None, "code": None}}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, headers=named, body=json.dumps(content).encode())


class Server:
    """A running server: its address, and what it was asked."""

    def __init__(self, reply: Reply | None, models: Sequence[str], logprobs: bool, delay: float) -> None:
        self.models = tuple(models)
        self.logprobs = logprobs
        self.delay = delay
        self.requests: list[Recorded] = []
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        self._reply = reply if callable(reply) else None
        self._queue = deque(() if reply is None or callable(reply) else reply)
        self.http = _Http(("127.0.0.1", 0), _Handler)
        self.http.owner = self
        self.batches = Batches(self._answer_line)

    @property
    def base_url(self) -> str:
        """Address up to and with ``/v1``."""
        return f"http://127.0.0.1:{self.http.server_address[1]}/v1"

    def script(self, recorded: Recorded) -> Answer:
        """What is to be answered to a request."""
        with self._lock:
            self.requests.append(recorded)
            found = self._queue.popleft() if self._queue else None
        if self._reply is not None:
            found = self._reply(recorded)
        if found is None:
            return Answer()
        return Answer(text=found) if isinstance(found, str) else found

    def _answer_line(self, path: str, body: dict[str, Any], batch: str) -> tuple[int, bytes]:
        """Status and body of the answer to a line of a batch."""
        recorded = Recorded(path, body, {}, batch)
        scripted = self.script(recorded)
        return scripted.status, served(recorded, scripted, self.logprobs)

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Counts requests that are being served at the same time."""
        with self._lock:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            yield
        finally:
            with self._lock:
                self._at_once -= 1


@contextmanager
def openai_server(
    reply: Reply | None = None,
    *,
    models: Sequence[str] = ("tiny",),
    logprobs: bool = True,
    delay: float = 0.0,
) -> Iterator[Server]:
    """Serve on a free port of 127.0.0.1 until the block ends. ``delay`` is in seconds, for every request."""
    server = Server(reply, models, logprobs, delay)
    thread = threading.Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.http.shutdown()
        server.http.server_close()
        thread.join()


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256
    owner: Server


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing on standard error."""

    def do_GET(self) -> None:
        batches = self.server.owner.batches
        kind, _, name = self.path.removeprefix("/v1/").partition("/")
        if kind == "batches" and (batch := batches.look(name)):
            self._send(200, json.dumps(batch).encode())
        elif kind.startswith("batches?") and batches.is_listing:
            self._send(200, json.dumps(batches.newest()).encode())
        elif kind == "files" and name.removesuffix("/content") in batches.files:
            self._send(200, batches.files[name.removesuffix("/content")])
        elif self.path == "/v1/models":
            listed = [
                {"id": name, "object": "model", "owned_by": "tests"} for name in self.server.owner.models
            ]
            self._send(200, json.dumps({"object": "list", "data": listed}).encode())
        else:
            self._send(404, b'{"error": {"message": "no such page"}}')

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        content = self.rfile.read(length)
        owner = self.server.owner
        if self.path == "/v1/files":
            self._send(200, json.dumps(owner.batches.upload(content, self.headers["Content-Type"])).encode())
            return
        body = json.loads(content)
        if self.path == "/v1/batches":
            self._send(200, json.dumps(owner.batches.start(body)).encode())
            return
        recorded = Recorded(self.path, body, {name.lower(): value for name, value in self.headers.items()})
        with owner.counted():
            scripted = owner.script(recorded)
            time.sleep(owner.delay + scripted.delay)
            if scripted.body is None and self.path not in _PAGES:
                self._send(404, b'{"error": {"message": "no such page"}}')
                return
            made = served(recorded, scripted, owner.logprobs)
        self._send(scripted.status, made, scripted.headers)

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        try:
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the client gave up waiting, as a test of time-outs wants


def served(recorded: Recorded, scripted: Answer, logprobs: bool) -> bytes:
    """Body of the answer to a request."""
    if scripted.body is not None:
        return scripted.body
    has_logprobs = scripted.logprobs if scripted.logprobs is not None else logprobs
    return json.dumps(_PAGES[recorded.path](recorded, scripted, has_logprobs)).encode()


def _said(recorded: Recorded, scripted: Answer) -> str:
    return answer(recorded.prompt, recorded.schema) if scripted.text is None else scripted.text


def _chat(recorded: Recorded, scripted: Answer, logprobs: bool) -> dict[str, Any]:
    text = "" if scripted.refusal else _said(recorded, scripted)
    message = {"role": "assistant", "content": text or None, "refusal": scripted.refusal or None}
    choice: dict[str, Any] = {"index": 0, "message": message, "finish_reason": scripted.finish_reason}
    if recorded.body.get("logprobs") and logprobs:
        wanted = recorded.body.get("top_logprobs") or 0
        choice["logprobs"] = {
            "content": [
                {
                    "token": token,
                    "logprob": token_logprob(token),
                    "bytes": list(token.encode()),
                    "top_logprobs": _tops(token, scripted)[:wanted],
                }
                for token in _TOKEN.findall(text)
            ],
            "refusal": None,
        }
    usage = {
        "prompt_tokens": len(_TOKEN.findall(recorded.prompt)),
        "completion_tokens": len(_TOKEN.findall(text)),
    }
    usage["total_tokens"] = sum(usage.values())
    return _envelope("chat.completion", recorded) | {"choices": [choice], "usage": usage}


def _tops(token: str, scripted: Answer) -> list[dict[str, Any]]:
    given = {token: token_logprob(token)} if scripted.alternatives is None else scripted.alternatives
    ordered = sorted(given.items(), key=lambda entry: -entry[1])
    return [{"token": name, "logprob": value} for name, value in ordered]


def _decision(recorded: Recorded, scripted: Answer, logprobs: bool) -> dict[str, Any]:
    """A typed choice; without scripted probabilities 0.9 for what the tiny model takes."""
    [question] = recorded.body["questions"]
    values = [choice["value"] for choice in question["choices"]]
    given = scripted.probabilities
    if given is None:
        chosen = _said(recorded, scripted)
        rest = 0.1 / (len(values) - 1)
        given = {value: 0.9 if value == chosen else rest for value in values}
    made: dict[str, Any] = {"type": "refusal", "name": question["name"]}
    if not scripted.refusal:
        best = max(given, key=given.__getitem__, default=values[0])
        made = {
            "type": "choice",
            "name": question["name"],
            "choice": best,
            "confidence": given.get(best, 0.0),
            "probabilities": [{"value": name, "probability": value} for name, value in given.items()],
        }
    read = len(_TOKEN.findall(recorded.prompt))
    usage = {"input_tokens": read, "output_tokens": 1, "total_tokens": read + 1}
    return {"answers": [made], "model": recorded.body["model"], "usage": usage}


def _completion(recorded: Recorded, scripted: Answer, logprobs: bool) -> dict[str, Any]:
    """A text completion; with ``echo`` the prompt's tokens come back with their log-probabilities."""
    prompt = recorded.prompt
    said = "" if recorded.body.get("max_tokens") == 0 else _said(recorded, scripted)
    text = prompt + said if recorded.body.get("echo") else said
    choice: dict[str, Any] = {
        "index": 0,
        "text": text,
        "finish_reason": scripted.finish_reason,
        "logprobs": None,
    }
    if recorded.body.get("logprobs") is not None and logprobs:
        found = list(_ECHO_TOKEN.finditer(text))
        values: list[float | None] = [token_logprob(token.group()) for token in found]
        if recorded.body.get("echo") and values:
            values[0] = None
        choice["logprobs"] = {
            "tokens": [token.group() for token in found],
            "token_logprobs": values,
            "text_offset": [token.start() for token in found],
            "top_logprobs": None,
        }
    read = len(_TOKEN.findall(prompt))
    usage = {"prompt_tokens": read, "completion_tokens": 0, "total_tokens": read}
    return _envelope("text_completion", recorded) | {"choices": [choice], "usage": usage}


def _embeddings(recorded: Recorded, scripted: Answer, logprobs: bool) -> dict[str, Any]:
    texts = recorded.body["input"]
    rows = []
    for index, text in enumerate([texts] if isinstance(texts, str) else texts):
        vector: Any = embedding(text)
        if recorded.body.get("encoding_format") == "base64":
            vector = base64.b64encode(struct.pack(f"<{DIMENSIONS}f", *vector)).decode()
        rows.append({"object": "embedding", "index": index, "embedding": vector})
    return _envelope("list", recorded) | {"data": rows, "usage": {"prompt_tokens": 1, "total_tokens": 1}}


_PAGES = {
    "/v1/chat/completions": _chat,
    "/v1/completions": _completion,
    "/v1/embeddings": _embeddings,
    "/v1/decisions": _decision,
}


def _envelope(kind: str, recorded: Recorded) -> dict[str, Any]:
    return {"id": "tests-1", "object": kind, "created": 1, "model": recorded.body.get("model", "")}


def token_logprob(token: str) -> float:
    """Between -0.01 and -0.11, by the token."""
    return -0.01 - blake2b(token.strip().encode(), digest_size=1).digest()[0] / 2_550


def embedding(text: str) -> list[float]:
    """Counts of words (Chinese: characters) by hash: texts that share words are near."""
    vector = [0.0] * DIMENSIONS
    for word in re.findall(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+", text.casefold()):
        vector[blake2b(word.encode(), digest_size=2).digest()[0] % DIMENSIONS] += 1.0
    length = math.sqrt(sum(value * value for value in vector)) or 1.0
    return [value / length for value in vector]
