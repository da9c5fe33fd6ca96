"""Settings from the environment: typed, and loud about what is missing or malformed."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_environ: Mapping[str, str] = os.environ
_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")


def read_file(path: Path) -> dict[str, str]:
    """Variables of a ``.env`` file: ``NAME=value`` lines, ``#`` comments, values with or without quotes.

    A file that is not there is empty. A line of any other shape is an error that names file and line.
    """
    if not path.is_file():
        return {}
    found: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        content = line.strip()
        if not content or content.startswith("#"):
            continue
        named = _LINE.fullmatch(content)
        value = _value(named[2]) if named else None
        if named is None or value is None:
            raise ImproperlyConfigured(f"{path}, line {number} is malformed; it must look like NAME=value.")
        found[named[1]] = value
    return found


def load_file(path: Path) -> None:
    """Put the variables of a ``.env`` file under those of the real environment, which goes first."""
    for name, value in read_file(path).items():
        os.environ.setdefault(name, value)


def _value(raw: str) -> str | None:
    """A value without its quotes and the comment after it; ``None`` when quotes do not match."""
    if raw[:1] in {"'", '"'}:
        end = raw.find(raw[0], 1)
        rest = raw[end + 1 :].strip()
        return raw[1:end] if end > 0 and (not rest or rest.startswith("#")) else None
    return re.split(r"(?:^|\s)#", raw, maxsplit=1)[0].strip()


def text(name: str, default: str | None = None) -> str:
    """Value of ``name``; without a default a missing or empty one is an error."""
    value = _environ.get(name, "").strip()
    if value:
        return value
    if default is None:
        raise ImproperlyConfigured(f"{name} is not set. See .env.example for what it means.")
    return default


def flag(name: str, *, default: bool) -> bool:
    """``1/true/yes/on`` or ``0/false/no/off``."""
    value = text(name, "true" if default else "false").lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}; it must be true or false.")


def number(name: str, default: int, *, low: int = 0, high: int = 2**31) -> int:
    """A whole number in ``[low, high]``."""
    value = text(name, str(default))
    try:
        result = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be a whole number.") from None
    if not low <= result <= high:
        raise ImproperlyConfigured(f"{name} is {result}; it must be between {low} and {high}.")
    return result


def decimal(name: str, default: float = 0.0) -> float:
    """A number that is not negative."""
    value = text(name, str(default))
    try:
        result = float(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be a number.") from None
    if not 0.0 <= result < float("inf"):
        raise ImproperlyConfigured(f"{name} is {value}; it must be 0 or more.")
    return result


def items(name: str, default: str = "") -> list[str]:
    """A comma-separated list, empty entries dropped."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def bound_hosts(name: str) -> dict[str, frozenset[str]]:
    """Hosts by variable, of ``VARIABLE=host,VARIABLE=host``; a variable may have several."""
    found: dict[str, frozenset[str]] = {}
    for entry in items(name):
        variable, _, host = (part.strip() for part in entry.partition("="))
        if not re.fullmatch(r"NAVAB_KEY_[A-Z0-9_]{1,80}", variable) or not re.fullmatch(r"[\w.:-]+", host):
            raise ImproperlyConfigured(
                f"{name} has {entry!r}; it must be NAVAB_KEY_NAME=host, and a comma between two of them."
            )
        found[variable] = found.get(variable, frozenset()) | {host.casefold()}
    return found


def web_address(name: str, default: str | None = None) -> str:
    """An ``http(s)://host[:port][/path]`` address without a trailing slash; may be empty if so by default."""
    value = text(name, default)
    if not value:
        return ""
    parts = urlsplit(value)
    try:
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        valid = False
    if not valid:
        raise ImproperlyConfigured(
            f"{name} is {value!r}; it must look like http://host:port or https://host."
        )
    return value.rstrip("/")


def studio_servers(url: str, key: str) -> dict[str, tuple[str, str]]:
    """Address and key of each Label Studio: ``url`` and ``key`` for all nations, ``url_FR`` and ``key_FR``
    for one that has its own. The common one has the empty name."""
    own = re.compile(rf"{re.escape(url)}_([A-Z]{{2}})")
    names = {"": ""} | {found[1]: f"_{found[1]}" for found in map(own.fullmatch, _environ) if found}
    servers: dict[str, tuple[str, str]] = {}
    for name, suffix in sorted(names.items()):
        address = web_address(url + suffix, "")
        if not address:
            continue
        servers[name] = (address, text(key + suffix, ""))
        if not servers[name][1]:
            raise ImproperlyConfigured(f"{url}{suffix} is set, so {key}{suffix} must be set too.")
    return servers


def folder(name: str, default: Path) -> Path:
    """A folder that can be written to, made when it is not there."""
    path = Path(text(name, str(default))).absolute()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"{name} is {path}, which cannot be made: {error.strerror}.") from None
    return path


def database(name: str, default: str | None = None) -> dict[str, Any]:
    """Django's DATABASES entry from ``sqlite:///path`` or ``postgresql://user:password@host:port/name``.

    A socket folder is given as ``postgresql:///name?host=/folder``.
    """
    value = text(name, default)
    malformed = ImproperlyConfigured(
        f"{name} is malformed; it must be sqlite:///relative/or//absolute/path "
        "or postgresql://user:password@host:port/name."
    )
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise malformed from None
    if parts.scheme == "sqlite":
        path = unquote(parts.path[1:])
        if parts.netloc or not path:
            raise malformed
        if path != ":memory:" and not Path(path).absolute().parent.is_dir():
            raise ImproperlyConfigured(f"{name} names {path}, whose folder does not exist.")
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": path if path == ":memory:" else str(Path(path).absolute()),
            "OPTIONS": {
                "timeout": 30,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
            },
        }
    if parts.scheme in {"postgres", "postgresql"}:
        options = dict(parse_qsl(parts.query))
        entry = {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path[1:]),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": options.pop("host", "") or (parts.hostname or ""),
            "PORT": str(port or options.pop("port", "")),
            "OPTIONS": options,
            "CONN_HEALTH_CHECKS": True,
        }
        if not entry["NAME"]:
            raise malformed
        return entry
    raise malformed
