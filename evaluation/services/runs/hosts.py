"""Which hosts may be asked: an address comes from people, and the server must not be sent anywhere by it."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings

from evaluation.services.runs.errors import EvaluationError


def check_host(address: str) -> None:
    """Raise :class:`EvaluationError` unless ``address`` is http(s) and its host is allowed.

    Allowed are the hosts of ``NAVAB_ENDPOINT_HOSTS``; where that is empty, this machine by a loopback address
    and the host of ``OPENAI_BASE_URL``.
    """
    parts = urlsplit(address)
    host = (parts.hostname or "").casefold()
    if parts.scheme not in {"http", "https"} or not host:
        raise EvaluationError(f"{address!r} is no address of an endpoint, such as http://127.0.0.1:8000/v1.")
    named = [name.casefold() for name in settings.NAVAB_ENDPOINT_HOSTS]
    if named:
        if host not in named:
            raise EvaluationError(
                f"{host} may not be asked: NAVAB_ENDPOINT_HOSTS allows only {', '.join(named)}."
            )
    elif not is_loopback(host) and host != (urlsplit(settings.OPENAI_BASE_URL).hostname or "").casefold():
        raise EvaluationError(
            f"{host} may not be asked: add it to NAVAB_ENDPOINT_HOSTS. As that is empty, only this machine "
            "and the host of OPENAI_BASE_URL are."
        )


def check_key(variable: str, address: str) -> None:
    """Raise :class:`EvaluationError` unless ``NAVAB_ENDPOINT_KEYS`` lets the key of ``variable`` go to the
    host of ``address``: whoever names a variable must not have its key sent to a host of theirs."""
    host = (urlsplit(address).hostname or "").casefold()
    if host not in settings.NAVAB_ENDPOINT_KEYS.get(variable, ()):
        raise EvaluationError(
            f"{variable} may not be sent to {host}: an operator binds it with "
            f"NAVAB_ENDPOINT_KEYS={variable}={host}."
        )


def check_holdout(address: str) -> None:
    """Raise :class:`EvaluationError` unless private items may be sent to the host of ``address``: this
    machine by a loopback address, and the hosts of ``NAVAB_HOLDOUT_HOSTS``."""
    host = (urlsplit(address).hostname or "").casefold()
    if not is_loopback(host) and host not in map(str.casefold, settings.NAVAB_HOLDOUT_HOSTS):
        raise EvaluationError(
            f"Private items may not be sent to {host}: leave them out, or add it to NAVAB_HOLDOUT_HOSTS."
        )


def is_loopback(host: str) -> bool:
    """Whether a host is this machine by name or address."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
