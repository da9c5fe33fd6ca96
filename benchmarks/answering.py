"""A server of benchmarks: it answers whatever is asked with one reply, at next to no cost."""

from __future__ import annotations

import asyncio
import json
from typing import Any


class Answering(asyncio.Protocol):
    """Answers each request of a kept-alive connection with the same JSON, after a delay in seconds."""

    def __init__(self, reply: Any, delay: float) -> None:
        body = json.dumps(reply).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self.answer = head.encode() + body
        self.delay = delay
        self.received = b""

    def connection_made(self, transport: Any) -> None:
        """Remember whom to answer."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that has arrived whole."""
        self.received += data
        while (end := self.received.find(b"\r\n\r\n")) >= 0:
            head = self.received[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self.received) < end + 4 + length:
                return
            self.received = self.received[end + 4 + length :]
            if self.delay:
                asyncio.get_running_loop().call_later(self.delay, self.transport.write, self.answer)
            else:
                self.transport.write(self.answer)
