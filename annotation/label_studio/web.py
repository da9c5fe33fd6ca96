"""Label Studio as a browser sees it: logging in with a form, and calls that carry the cookies of that.

For our gateway, which holds those cookies. No call here keeps a cookie, follows a redirect, or goes through a
proxy of the environment.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

from annotation.label_studio.client import StudioError, StudioUnavailableError

TIMEOUT = 15.0  # seconds an answer may take
_CONNECT_TIMEOUT = 3.0
_CONNECTIONS = 32  # kept to one server
_LOGIN = "/user/login/"
_FLAGS = re.compile(r"\bfeature_flags:\s*(?={)")
_DEFAULT_FLAG = re.compile(r"\bfeature_flags_default_value:\s*(true|false)")


@dataclass(frozen=True, slots=True)
class WebCookies:
    """What a person who is logged in is known by."""

    session: str
    csrf: str


@dataclass(frozen=True, slots=True)
class WebReply:
    """An answer. Header names are in lower case; the body is decoded from whatever compression."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    @property
    def wants_login(self) -> bool:
        """Whether this is what somebody gets who is not logged in."""
        return self.status == 401 or (
            300 <= self.status < 400 and urlsplit(self.headers.get("location", "")).path.endswith(_LOGIN)
        )

    def json(self) -> Any:
        """The body as JSON. Raises :class:`StudioError` when it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise StudioError("Label Studio's answer is not JSON", self.status) from None


class StudioWeb:
    """Calls to one Label Studio. ``timeout`` in seconds a call. Safe to use from several threads."""

    def __init__(self, url: str, *, timeout: float = TIMEOUT) -> None:
        self._url, self._timeout = url.rstrip("/"), timeout

    def log_in(self, address: str, password: str) -> WebCookies | None:
        """Cookies of a new session; ``None`` when the server does not know this address and password."""
        # Its guard against forged forms compares a cookie with a field: any token will do if they agree.
        token = secrets.token_hex(16)
        form = urlencode({"email": address, "password": password, "csrfmiddlewaretoken": token}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"csrftoken={token}"}
        reply = self._call("POST", _LOGIN, headers, form)
        if reply.status >= 500:
            raise StudioUnavailableError(f"Label Studio failed at a login ({reply.status})", reply.status)
        cookies = _cookies(reply.headers)
        session = cookies.get("sessionid", "")
        if not 300 <= reply.status < 400 or reply.wants_login or not session:
            return None
        return WebCookies(session, cookies.get("csrftoken", token))

    def call(
        self,
        method: str,
        path: str,
        *,
        cookies: WebCookies | None = None,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        since: str = "",
    ) -> WebReply:
        """Call ``path`` (of our own making, from the slash on) with a JSON ``body``, as whom ``cookies`` say.

        ``since`` is the date of a copy that is there already. Raises :class:`StudioUnavailableError` when the
        server does not answer in time.
        """
        headers = {"Accept": "*/*"}
        if cookies is not None:
            headers["Cookie"] = f"sessionid={cookies.session}; csrftoken={cookies.csrf}"
            headers["X-CSRFToken"] = cookies.csrf
        if since:
            headers["If-Modified-Since"] = since
        content = None
        if body is not None:
            headers["Content-Type"], content = "application/json", json.dumps(body).encode()
        return self._call(method, path + (f"?{urlencode(query)}" if query else ""), headers, content)

    def _call(self, method: str, path: str, headers: Mapping[str, str], content: bytes | None) -> WebReply:
        import httpx

        # Without this a path such as "@host/" would name another server.
        if not path.startswith("/") or path.startswith("//"):
            raise ValueError(f"not a path: {path!r}")
        timeout = httpx.Timeout(self._timeout, connect=_CONNECT_TIMEOUT).as_dict()
        request = httpx.Request(
            method,
            self._url + path,
            headers={**headers, "Referer": self._url + path.split("?")[0], "Accept-Encoding": "gzip"},
            content=content,
            extensions={"timeout": timeout},
        )
        try:
            reply = _transport(self._url).handle_request(request)
            try:
                body = reply.read()
            finally:
                reply.close()
        except httpx.HTTPError as error:
            raise StudioUnavailableError(
                f"Label Studio at {self._url} did not answer ({type(error).__name__})"
            ) from None
        known = {name.lower(): value for name, value in reply.headers.items() if name.lower() != "set-cookie"}
        set_cookies = "\n".join(reply.headers.get_list("set-cookie"))
        return WebReply(reply.status_code, {**known, "set-cookie": set_cookies}, body)


def feature_flags(page: str) -> dict[str, Any]:
    """The switches of Label Studio's own scripts, read from any page of it: ``flags`` and their ``default``.

    Raises :class:`StudioError` when the page has none: its version is not one we know.
    """
    start, default = _FLAGS.search(page), _DEFAULT_FLAG.search(page)
    try:
        if start is None or default is None:
            raise ValueError
        flags, _end = json.JSONDecoder().raw_decode(page, start.end())
    except ValueError:
        raise StudioError("Label Studio's page has no feature flags: not a version we know") from None
    return {"flags": flags, "default": default[1] == "true"}


@cache
def _transport(url: str) -> Any:
    """The connections kept to a server. Not a client: that would keep one person's cookies for the next."""
    import httpx

    return httpx.HTTPTransport(trust_env=False, limits=httpx.Limits(max_connections=_CONNECTIONS))


def _cookies(headers: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in headers.get("set-cookie", "").splitlines():
        try:
            found.update({name: morsel.value for name, morsel in SimpleCookie(line).items()})
        except CookieError:
            continue
    return found
