"""Checks of what is given to commands."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.management.base import CommandError


def refuse_unknown(what: str, wanted: Iterable[str], known: Iterable[str]) -> None:
    """Raise :class:`CommandError` that names what is wanted but not known, and what there is."""
    there = set(known)
    if unknown := set(wanted) - there:
        names = ", ".join(sorted(there)) or "none"
        raise CommandError(f"unknown {what} {', '.join(sorted(unknown))}; there are {names}")
