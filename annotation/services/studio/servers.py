"""Which Label Studio serves which nation: one for all, or some nations with one of their own."""

from __future__ import annotations

from django.conf import settings

from annotation.label_studio.client import StudioClient, StudioError
from annotation.models import StudioServer

COMMON = "all"  # in addresses, for the server without a name


def name_in_address(server: StudioServer) -> str:
    """How our addresses name a server."""
    return server.name or COMMON


def name_of_address(part: str) -> str:
    """The name of the server that a part of an address names; there may be none of it."""
    return "" if part == COMMON else part


def server_name(nation_id: str = "") -> str:
    """Name of the server a nation is served by: its own code where it has one, else empty."""
    return nation_id if nation_id in settings.LABEL_STUDIO_SERVERS else ""


def studio_server(nation_id: str = "") -> StudioServer:
    """The record of the server that serves a nation; without one, of the common server."""
    return StudioServer.objects.get_or_create(name=server_name(nation_id))[0]


def studio_servers() -> list[StudioServer]:
    """Records of all servers in the settings, the common one first."""
    return [studio_server(name) for name in sorted(settings.LABEL_STUDIO_SERVERS)]


def studio_client(nation_id: str = "", *, timeout: float = 60.0) -> StudioClient:
    """A client of the server that serves a nation. Raises :class:`StudioError` when there is none."""
    connection = settings.LABEL_STUDIO_SERVERS.get(server_name(nation_id))
    if connection is None:
        raise StudioError(
            "LABEL_STUDIO_URL is not set: there is no Label Studio to talk to (see .env.example)"
        )
    url, api_key = connection
    return StudioClient(url, api_key, timeout=timeout)
