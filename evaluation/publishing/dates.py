"""What a published date of a year, month or day covers."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date

_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")


def day_range(published: str) -> tuple[str, str] | None:
    """First and last day of an ISO date, month or year; ``None`` when it is empty or none."""
    match = _DATE.fullmatch(published)
    if match is None:
        return None
    year, month, day = match.groups()
    try:
        first = date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    last_month = int(month or 12)
    last = date(first.year, last_month, int(day or monthrange(first.year, last_month)[1]))
    return first.isoformat(), last.isoformat()


def year_of(published: str) -> str:
    """The year of a date, empty when there is none."""
    days = day_range(published)
    return days[0][:4] if days else ""
