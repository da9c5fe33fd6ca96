"""The wire against a real server: what is tried again, how long it waits, and what it never follows."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pipeline.engines.wire import StatusError, TooLongError, Wire
from tests.openai_server import Answer, error, openai_server


def post(server: object, max_retries: int = 2, times: int = 1) -> bytes:
    async def ask() -> bytes:
        wire = Wire(server.base_url, "key", concurrency=2, timeout=5.0, max_retries=max_retries)  # type: ignore[attr-defined]
        try:
            for _ in range(times - 1):
                await wire.post("/chat/completions", b"{}")
            return await wire.post("/chat/completions", b"{}")
        finally:
            await wire.close()

    return asyncio.run(ask())


def test_post_sends_the_key_and_gives_the_body() -> None:
    with openai_server([Answer(body=b"said")]) as server:
        assert post(server) == b"said"

    assert server.requests[0].headers["authorization"] == "Bearer key"


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503])
def test_post_tries_again_what_may_pass(status: int) -> None:
    with openai_server([error(status, retry_after_ms="5"), Answer(body=b"ok")]) as server:
        assert post(server) == b"ok"

    assert len(server.requests) == 2


@pytest.mark.parametrize("status", [301, 307, 400, 401, 403, 404, 422])
def test_post_asks_once_what_will_not_pass(status: int) -> None:
    with (
        openai_server(lambda asked: error(status, "no", Location="http://127.0.0.1:9/")) as server,
        pytest.raises(StatusError, match="no") as raised,
    ):
        post(server)

    assert (raised.value.status, len(server.requests)) == (status, 1)


def test_post_waits_until_the_date_a_server_names() -> None:
    from email.utils import formatdate

    after = formatdate(time.time() + 2, usegmt=True)
    with openai_server([error(429, Retry_After=after), Answer(body=b"ok")]) as server:
        started = time.monotonic()
        post(server)

    assert time.monotonic() - started >= 0.9  # the date has whole seconds


@pytest.mark.parametrize("wish", ["soon", "3600", "-1"])
def test_post_waits_its_own_time_after_a_wish_that_makes_no_sense(wish: str) -> None:
    with openai_server([error(429, Retry_After=wish), Answer(body=b"ok")]) as server:
        started = time.monotonic()
        post(server)

    assert 0.3 < time.monotonic() - started < 3


class _Endless(BaseHTTPRequestHandler):
    """Says more and more, and never how much it will be."""

    protocol_version = "HTTP/1.1"
    server: _Counting
    status = 200

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing on standard error."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked += 1
        self.send_response(self.status)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        part = b"x" * (1 << 20)
        with contextlib.suppress(OSError):
            while self.server.sent < 400 << 20:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
                self.server.sent += len(part)
        self.close_connection = True


class _Counting(ThreadingHTTPServer):
    daemon_threads = True
    asked = sent = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


@pytest.mark.parametrize("status", [200, 503])
def test_post_reads_no_more_than_its_limit_where_no_length_is_told(status: int) -> None:
    with _Counting(("127.0.0.1", 0), type("Handler", (_Endless,), {"status": status})) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(TooLongError, match="more than the 16777216 bytes that are read"):
            post(server)
        server.shutdown()

    assert server.asked == 1
    assert server.sent < 64 << 20  # the limit, and what was on its way


def test_post_reads_nothing_of_a_response_that_tells_too_great_a_length() -> None:
    with (
        openai_server([Answer(body=b"x" * ((16 << 20) + 1))]) as server,
        pytest.raises(TooLongError, match="the response has 16777217 bytes"),
    ):
        post(server)

    assert len(server.requests) == 1


def test_post_gives_a_body_of_many_parts_whole() -> None:
    body = bytes(range(256)) * 20_000
    with openai_server([Answer(body=body)]) as server:
        assert post(server) == body


def test_post_keeps_its_connection() -> None:
    with openai_server(lambda asked: Answer(body=b"ok")) as server:
        post(server, times=3)

    assert len(server.requests) == 3
