"""How many queries a page takes."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext


def queries(client: Client, address: str, query: dict[str, Any] | None = None) -> int:
    """Queries of one GET of ``address``, which has to be answered with 200."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address, query).status_code == 200
    return len(captured)
