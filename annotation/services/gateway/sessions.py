"""Each annotator's login to Label Studio, kept in the session with us: no browser ever holds it."""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db import IntegrityError

from annotation.label_studio.client import StudioClient, StudioUnavailableError
from annotation.label_studio.web import StudioWeb, WebCookies, WebReply
from annotation.models import Person, StudioAccount, StudioServer
from annotation.services.gateway.replies import Reader
from annotation.services.studio.accounts import ensure_studio_account, studio_password

logger = logging.getLogger(__name__)
_KEY = "label_studio"


class StudioSession:
    """A person's session with one Label Studio. ``store`` is our own session, kept in the database.

    Logs in when there is no session yet or it has ended, with an account of the person's own, made where
    there is none or its password is no longer ours. Raises :class:`StudioUnavailableError` when that fails.
    """

    def __init__(self, store: MutableMapping[str, Any], person: Person, server: StudioServer) -> None:
        url, self._api_key = settings.LABEL_STUDIO_SERVERS[server.name]
        self._store, self._person, self._server, self._url = store, person, server, url
        self._web = StudioWeb(url)

    @cached_property
    def account(self) -> StudioAccount:
        """The account in use."""
        return self._ensure()

    @cached_property
    def reader(self) -> Reader:
        """Who reads: every account the person has had here."""
        held = StudioAccount.objects.filter(
            person=self._person, server=self._server, installation=self._server.installation
        ).values_list("remote_id", "address")
        return Reader(frozenset(pk for pk, _ in held), frozenset(address for _, address in held))

    def open(self) -> None:
        """Be logged in, as far as we know."""
        self._cookies()

    def call(self, method: str, path: str, *, body: Any = None) -> WebReply:
        """Call Label Studio as the person; logs in anew when its session has ended."""
        reply = self._web.call(method, path, cookies=self._cookies(), body=body)
        if reply.wants_login:
            reply = self._web.call(method, path, cookies=self._log_in(), body=body)
        if reply.wants_login:
            raise StudioUnavailableError("Label Studio forgets who has just logged in", reply.status)
        return reply

    def file(self, path: str, since: str) -> WebReply:
        """A file that needs no login."""
        return self._web.call("GET", path, since=since)

    @property
    def _client(self) -> StudioClient:
        return StudioClient(self._url, self._api_key)

    def _ensure(self, *, anew: bool = False) -> StudioAccount:
        try:
            return ensure_studio_account(self._person, client=self._client, server=self._server, anew=anew)
        except IntegrityError:  # another call of the same page has just made it
            return ensure_studio_account(self._person, client=self._client, server=self._server)

    def _cookies(self) -> WebCookies:
        kept = self._store.get(_KEY, {}).get(self._server.name)
        if kept is not None and kept["account"] == self.account.pk:
            return WebCookies(kept["session"], kept["csrf"])
        return self._log_in()

    def _log_in(self) -> WebCookies:
        cookies = self._try()
        if cookies is None:
            # Our secret key was changed, or the server restored without this account.
            logger.warning("account %s cannot log in to %s; making another", self.account.pk, self._server)
            self.account = self._ensure(anew=True)
            self.__dict__.pop("reader", None)
            cookies = self._try()
        if cookies is None:
            raise StudioUnavailableError(f"{self._server} does not let a new account log in")
        kept = {"account": self.account.pk, "session": cookies.session, "csrf": cookies.csrf}
        self._store[_KEY] = {**self._store.get(_KEY, {}), self._server.name: kept}
        return cookies

    def _try(self) -> WebCookies | None:
        return self._web.log_in(self.account.address, studio_password(self.account.address, self._server))
