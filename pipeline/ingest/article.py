"""From a row's fields to a cleaned article, or the reason why not."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from typing import Any

from pipeline.ingest.clean import clean_line, clean_text
from pipeline.ingest.dates import DateError, parse_date
from pipeline.ingest.language import claimed_code
from pipeline.records import DatePrecision, OutletKind

FIELDS: dict[str, tuple[str, ...]] = {
    "id": ("id",),
    "nation": ("country", "nation"),
    "language": ("language", "lang"),
    "outlet": ("outlet", "source", "publisher"),
    "outlet_kind": ("outlet_kind",),
    "title": ("title", "headline"),
    "date": ("date", "published", "published_at"),
    "url": ("url", "link"),
    "text": ("text", "content", "body", "article"),
    "licence": ("licence", "license"),
    "speaker": ("speaker",),
    "party": ("party", "group"),
}
_MAX_DEPTH = 40  # of nested metadata: databases refuse what Python can still read
_LENGTHS = {"id": 300, "outlet": 300, "licence": 300, "speaker": 300, "party": 200}


class RowError(ValueError):
    """A row cannot become an article; the message is the reason shown to people."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How rows are read: ``nations`` maps names in casefold to codes, ``languages`` codes to main languages,
    ``names`` our fields to theirs; ``defaults`` holds nation, language, outlet, licence and outlet_kind for
    rows that do not say."""

    nations: Mapping[str, str]
    languages: Mapping[str, str]
    names: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: FIELDS)
    defaults: Mapping[str, str] = field(default_factory=dict)
    require_date: bool = False


@dataclass(frozen=True, slots=True)
class Article:
    """A cleaned row. ``claimed_language`` is an ISO code or empty; the language itself is settled later."""

    nation: str
    claimed_language: str
    text: str
    external_id: str = ""
    outlet: str = ""
    outlet_kind: OutletKind = OutletKind.UNKNOWN
    title: str = ""
    url: str = ""
    licence: str = ""
    speaker: str = ""
    party: str = ""
    published: date | None = None
    date_precision: DatePrecision | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


def field_names(mapped: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The default field names with those of ``mapped`` in place of their own; ``ValueError`` names a field
    that does not exist."""
    unknown = sorted(set(mapped) - set(FIELDS))
    if unknown:
        raise ValueError(f"there is no field {unknown[0]!r}; fields are {', '.join(FIELDS)}")
    return {name: (mapped[name],) if name in mapped else names for name, names in FIELDS.items()}


def read_article(fields: Mapping[str, Any], reading: Reading) -> Article:
    """The article in ``fields``. Raises :class:`RowError` for missing text, unknown nation, a bad date."""
    found, rest = _pick(fields, reading.names)
    text = found.get("text")
    if text is not None and not isinstance(text, str):
        raise RowError(f"text is {type(text).__name__}, not a string")
    text = clean_text(text or "")
    if not text:
        raise RowError(f"text is missing (looked for: {', '.join(reading.names['text'])})")
    line = {name: clean_line(_as_text(found.get(name))) for name in FIELDS if name not in ("text", "date")}
    line = {name: value or reading.defaults.get(name, "") for name, value in line.items()}
    line.update((name, line[name][:length].rstrip()) for name, length in _LENGTHS.items())
    published, precision = _date(found.get("date"), reading)
    if line["url"] and not line["url"].lower().startswith(("http://", "https://")):
        rest["url"], line["url"] = line["url"], ""  # never a link: it could be a script
    return Article(
        nation=_nation(line["nation"], reading),
        claimed_language=claimed_code(line["language"]),
        text=text,
        external_id=line["id"],
        outlet=line["outlet"],
        outlet_kind=_kind(line["outlet_kind"]),
        title=line["title"],
        url=line["url"],
        licence=line["licence"],
        speaker=line["speaker"],
        party=line["party"],
        published=published,
        date_precision=precision,
        metadata={clean_line(str(name)): _plain(value) for name, value in rest.items()},
    )


def row_digest(article: Article) -> str:
    """Digest (hex) of what makes a row the same row wherever and whenever it is read."""
    identity = [
        article.nation,
        article.claimed_language,
        article.outlet,
        article.external_id,
        article.title,
        article.published.isoformat() if article.published else "",
        article.url,
        article.text,
        article.speaker,
    ]
    return blake2b(json.dumps(identity, ensure_ascii=False).encode(), digest_size=16).hexdigest()


def row_key(digest: str, occurrence: int) -> str:
    """Key of the ``occurrence``-th row (from 0) with this digest in one file, at most 40 characters."""
    return blake2b(f"{digest}:{occurrence}".encode(), digest_size=20).hexdigest()


def _pick(
    fields: Mapping[str, Any], names: Mapping[str, tuple[str, ...]]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Known fields by our names (the first name with a value), and all others as they are called."""
    exact = {str(key).strip(): key for key in reversed(list(fields))}
    folded = {name.casefold(): key for name, key in reversed(exact.items())}
    found: dict[str, Any] = {}
    used = set()
    for ours, theirs in names.items():
        for name in theirs:
            key = exact.get(name, folded.get(name.casefold()))
            value = fields.get(key) if key is not None else None
            if _is_empty(value) or (ours != "text" and isinstance(value, Mapping | list | tuple)):
                continue
            found[ours] = value
            used.add(key)
            break
    rest = {key: value for key, value in fields.items() if key not in used and not _is_empty(value)}
    return found, rest


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip()) or value != value


def _as_text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else str(value)


def _date(value: Any, reading: Reading) -> tuple[date | None, DatePrecision | None]:
    try:
        parsed = parse_date(clean_line(value) if isinstance(value, str) else value)
    except DateError as error:
        raise RowError(str(error)) from None
    if parsed is None:
        if reading.require_date:
            raise RowError(f"date is missing (looked for: {', '.join(reading.names['date'])})")
        return None, None
    return parsed


def _nation(name: str, reading: Reading) -> str:
    if not name:
        raise RowError(f"nation is missing (looked for: {', '.join(reading.names['nation'])})")
    code = reading.nations.get(name.casefold())
    if code is None:
        raise RowError(f"nation {name[:60]!r} is unknown (known: {', '.join(_codes(reading))})")
    return code


def _codes(reading: Reading) -> list[str]:
    return sorted(set(reading.nations.values()))


def _kind(name: str) -> OutletKind:
    try:
        return OutletKind(name.casefold())
    except ValueError:
        return OutletKind.UNKNOWN


def _plain(value: Any, depth: int = 0) -> Any:
    """``value`` as JSON every database takes: clean strings, finite numbers, bounded depth."""
    if depth > _MAX_DEPTH:
        raise RowError(f"metadata is nested more than {_MAX_DEPTH} levels deep")
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, bool | int) or value is None:
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {clean_line(str(name)): _plain(item, depth + 1) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, depth + 1) for item in value]
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    return clean_line(str(value))
