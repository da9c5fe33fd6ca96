"""Shares on the pages of conflicts, written the same whatever the language of the reader."""

from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def percent(share: float) -> str:
    """A share in [0, 1] in percent."""
    return f"{share:.0%}"


@register.filter
def part_of(share: float, whole: int) -> int:
    """A share in [0, 1] of a length, in whole units."""
    return round(share * whole)


@register.filter
def fixed(number: float) -> str:
    """A number with one digit after the point."""
    return f"{number:.1f}"
