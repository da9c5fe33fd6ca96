"""Dates as sources write them, with how much of them is known."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from email.utils import parsedate_to_datetime

from pipeline.records import DatePrecision

_CLOCK = r"(?:[T ]\s*[0-9]{1,2}:[0-9]{2}.*|T[0-9]{4,6}.*)?"
_DAY = re.compile(rf"([0-9]{{4}})([-/.])([0-9]{{1,2}})\2([0-9]{{1,2}}){_CLOCK}")
_MONTH = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})")
_YEAR = re.compile(r"[0-9]{4}")
_COMPACT = re.compile(rf"([0-9]{{4}})([0-9]{{2}})([0-9]{{2}}){_CLOCK}")
_CHINESE = re.compile(r"([0-9]{4})\s*年(?:\s*([0-9]{1,2})\s*月(?:\s*([0-9]{1,2})\s*[日号].*)?)?")
_DOTTED = re.compile(rf"([0-9]{{1,2}})\.\s*([0-9]{{1,2}})\.\s*([0-9]{{4}}){_CLOCK}")
_ENGLISH = ("%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%B %Y", "%b %Y")


class DateError(ValueError):
    """A date was given but names no day, month or year."""


def parse_date(value: object) -> tuple[date, DatePrecision] | None:
    """Date and precision of ``value``; None when it is empty. A month or year is given its first day.

    Takes dates, times, years as numbers, ISO 8601, ``2024/5/1``, ``20240501``, ``1.5.2024``,
    ``2024年5月1日``, English month names and mail dates. A time counts on the day it names in its own zone.
    Raises :class:`DateError` for anything else: also ``01/05/2024``, whose order nobody can know.
    """
    if isinstance(value, datetime):
        return value.date(), DatePrecision.DAY
    if isinstance(value, date):
        return value, DatePrecision.DAY
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = unicodedata.normalize("NFKC", "" if value is None else str(value)).strip()
    if not text:
        return None
    try:
        found = _numeric(text) or _worded(text)
    except (ValueError, OverflowError):
        found = None
    if found is None:
        raise DateError(f"date {text[:60]!r} cannot be read; write it as YYYY, YYYY-MM or YYYY-MM-DD")
    return found


def _numeric(text: str) -> tuple[date, DatePrecision] | None:
    if match := _DAY.fullmatch(text):
        return date(int(match[1]), int(match[3]), int(match[4])), DatePrecision.DAY
    if match := _COMPACT.fullmatch(text):
        return date(int(match[1]), int(match[2]), int(match[3])), DatePrecision.DAY
    if match := _DOTTED.fullmatch(text):
        return date(int(match[3]), int(match[2]), int(match[1])), DatePrecision.DAY
    if match := _MONTH.fullmatch(text):
        return date(int(match[1]), int(match[2]), 1), DatePrecision.MONTH
    if _YEAR.fullmatch(text):
        return date(int(text), 1, 1), DatePrecision.YEAR
    if match := _CHINESE.fullmatch(text):
        precision = DatePrecision.DAY if match[3] else DatePrecision.MONTH if match[2] else DatePrecision.YEAR
        return date(int(match[1]), int(match[2] or 1), int(match[3] or 1)), precision
    return None


def _worded(text: str) -> tuple[date, DatePrecision] | None:
    for pattern in _ENGLISH:
        try:
            found = datetime.strptime(text, pattern)
        except ValueError:
            continue
        return found.date(), DatePrecision.DAY if "%d" in pattern else DatePrecision.MONTH
    if re.search(r"[A-Za-z]{3}", text):
        return parsedate_to_datetime(text).date(), DatePrecision.DAY
    return None
