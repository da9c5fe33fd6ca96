"""JSON posted to one endpoint over HTTP: kept-alive connections, retries, time-outs, no redirects."""

from __future__ import annotations

import asyncio
import json
import random
from email.utils import parsedate_to_datetime
from time import time
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

_RETRIED = frozenset({408, 409, 429})  # and all from 500
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 8.0  # seconds between attempts, where the endpoint names none
_LONGEST_WISH = 60.0  # seconds an endpoint may ask us to wait
_LONGEST_BODY = 16 * 1024 * 1024  # bytes, unpacked: several times what 2048 tokens with alternatives take


class WireError(RuntimeError):
    """There is no response to read."""


class TimedOutError(WireError):
    """The endpoint took too long, at every attempt. That may be the fault of one long request."""


class NotReachedError(WireError):
    """No connection, at every attempt."""


class TooLongError(WireError):
    """The endpoint said more than is read. It is not asked again: it would say as much."""


class StatusError(WireError):
    """The endpoint answered with an error; ``param`` is the parameter it names, if any."""

    def __init__(self, status: int, message: str, param: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.param = param


class Wire:
    """Posts to paths under ``base_url``. To be used in one event loop.

    Status 408, 409, 429 and 5xx, lost connections and time-outs are tried again up to ``max_retries`` times,
    after what Retry-After says (at most a minute), else after half a second and then twice as long each time.
    ``timeout`` is in seconds per attempt. A redirect is not followed: it could lead to another host.
    """

    def __init__(
        self, base_url: str, api_key: str, *, concurrency: int, timeout: float, max_retries: int
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._concurrency = concurrency
        self._timeout = timeout
        self._max_retries = max_retries
        self._headers = {"Content-Type": "application/json", "User-Agent": "navab"}
        if api_key:
            self._headers["Authorization"] = f"Bearer {api_key}"
        self._proxy = _proxy_for(base_url)  # once: looking it up costs more than a request
        self._made: Any = None
        self._client_errors: tuple[type[Exception], ...] = ()

    async def post(self, path: str, content: bytes) -> bytes:
        """Body of a response with status 200. Raises :class:`WireError`."""
        attempt = 0
        while True:
            pause = None
            try:
                status, headers, body = await self._once(path, content)
                if status == 200:
                    return body
                error: WireError = _status_error(status, body)
                if status < 500 and status not in _RETRIED:
                    raise error
                pause = _wished(headers)
            except (TimedOutError, NotReachedError) as away:
                error = away
            if attempt == self._max_retries:
                raise error
            await asyncio.sleep(_backoff(attempt) if pause is None else pause)
            attempt += 1

    async def close(self) -> None:
        """Close the connections; a later post opens new ones."""
        session, self._made = self._made, None
        if session is not None:
            await session.close()

    async def _once(self, path: str, content: bytes) -> tuple[int, Any, bytes]:
        try:
            async with (self._made or self._session).post(
                self._base_url + path, data=content, headers=self._headers, allow_redirects=False
            ) as response:
                return response.status, response.headers, await _body(response)
        except TimeoutError:
            raise TimedOutError(f"no response within {self._timeout:g} seconds") from None
        except self._client_errors as error:
            raise NotReachedError(f"{type(error).__name__}: {error}") from error

    @property
    def _session(self) -> Any:
        import aiohttp

        self._client_errors = (aiohttp.ClientError, ValueError, OSError)
        if self._made is None:
            self._made = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._concurrency),
                timeout=aiohttp.ClientTimeout(total=self._timeout),
                proxy=self._proxy,
            )
        return self._made


async def _body(response: Any) -> bytes:
    """All of a response, read to the limit and no further, whatever length it names."""
    if (response.content_length or 0) > _LONGEST_BODY:
        raise TooLongError(f"the response has {response.content_length} bytes; {_LONGEST_BODY} are read")
    parts, size = [], 0
    while part := await response.content.readany():
        parts.append(part)
        size += len(part)
        if size > _LONGEST_BODY:
            raise TooLongError(f"the response has more than the {_LONGEST_BODY} bytes that are read")
    return b"".join(parts)


def _proxy_for(url: str) -> str | None:
    """The proxy that the environment names for an address."""
    parts = urlsplit(url)
    if not parts.hostname or proxy_bypass(parts.netloc):
        return None
    found = getproxies()
    return found.get(parts.scheme) or found.get("all")


def _status_error(status: int, body: bytes) -> StatusError:
    text = body.decode(errors="replace")
    try:
        said = json.loads(text)["error"]
        if isinstance(said, str):
            return StatusError(status, said)
        return StatusError(status, str(said["message"]), str(said.get("param") or ""))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return StatusError(status, text[:1000])


def _wished(headers: Any) -> float | None:
    """Seconds the endpoint asks us to wait; nothing where it does not say, or asks for too long."""
    try:
        if "retry-after-ms" in headers:
            seconds = float(headers["retry-after-ms"]) / 1000
        elif "retry-after" in headers:
            after = headers["retry-after"]
            is_number = after[:1].isdigit()
            seconds = float(after) if is_number else parsedate_to_datetime(after).timestamp() - time()
        else:
            return None
    except (ValueError, TypeError):
        return None
    return seconds if 0 < seconds <= _LONGEST_WISH else None


def _backoff(attempt: int) -> float:
    # Spread, so that clients do not come back together; not for security.
    return float(min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**attempt) * (1 - random.random() / 4))  # noqa: S311
