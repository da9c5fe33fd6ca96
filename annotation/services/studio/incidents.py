"""Incidents: what was found wrong in a Label Studio, opened once, closed with what was done."""

from __future__ import annotations

import logging
from typing import Any

from django.utils import timezone

from annotation.models import IncidentKind, StudioIncident, StudioServer

logger = logging.getLogger(__name__)
_LONGEST = 4000  # characters of a detail


def report(
    server: StudioServer,
    kind: IncidentKind,
    subject: str = "",
    detail: str = "",
    *,
    nation_id: str | None = None,
    resolution: str = "",
) -> StudioIncident:
    """Write an incident down, once while it is open; with a ``resolution`` it is closed at once."""
    incident, is_new = StudioIncident.objects.get_or_create(
        server=server,
        kind=kind,
        subject=subject[:100],
        resolved_at=None,
        defaults={"detail": detail[:_LONGEST], "nation_id": nation_id},
    )
    if is_new:
        logger.warning("%s: %s %s %s", server, kind, subject, detail)
    elif incident.detail != detail[:_LONGEST]:
        incident.detail = detail[:_LONGEST]
        incident.save(update_fields=["detail"])
    if resolution:
        close(incident, resolution)
    return incident


def close(incident: StudioIncident, resolution: str) -> None:
    """Close an open incident, saying what was done."""
    incident.resolved_at, incident.resolution = timezone.now(), resolution
    incident.save(update_fields=["resolved_at", "resolution"])


def resolve(server: StudioServer, kinds: list[IncidentKind], resolution: str, **which: Any) -> int:
    """Close all open incidents of these kinds at a server; returns how many."""
    found = StudioIncident.objects.filter(server=server, kind__in=kinds, resolved_at=None, **which)
    return found.update(resolved_at=timezone.now(), resolution=resolution)


def is_open(server: StudioServer, kind: IncidentKind) -> bool:
    """Whether there is an open incident of a kind at a server."""
    return StudioIncident.objects.filter(server=server, kind=kind, resolved_at=None).exists()
