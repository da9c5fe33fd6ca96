"""Figures as the data card writes them; never a blank."""

from __future__ import annotations

from typing import Any

from evaluation.publishing.formats.markdown import NOT_GIVEN

NONE = "–"


def share(part: int, total: int) -> str:
    """A share in per cent."""
    return f"{100 * part / total:.1f} %" if total else NOT_GIVEN


def counted(number: int, noun: str) -> str:
    """A number of things, with their name in the singular where there is one."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def number(value: Any) -> str:
    """A number, or a dash where there is none."""
    if value is None or value == "":
        return NONE
    return f"{value:.3f}" if isinstance(value, float) else str(value)
