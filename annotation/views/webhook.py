"""Label Studio's hook: news that a vote changed. A hint and no proof; the vote itself is fetched."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from annotation.services.studio.hints import hint_tasks
from annotation.services.studio.projects import SECRET_HEADER
from annotation.services.studio.pull import tasks_of_annotations
from annotation.services.studio.servers import studio_server

MAX_BYTES = 2_000_000
_MAX_IDS = 1000


@csrf_exempt
@require_POST
def webhook(request: HttpRequest, server_name: str = "") -> HttpResponse:
    """202 for news with our secret, whatever it says; the same news twice or out of order does no harm.

    ``server_name``: the nation whose own Label Studio tells the news; empty for the common one.
    """
    if server_name and server_name not in settings.LABEL_STUDIO_SERVERS:
        return JsonResponse({"error": "no such server"}, status=404)
    secret = settings.LABEL_STUDIO_WEBHOOK_SECRET
    if not secret or not constant_time_compare(request.headers.get(SECRET_HEADER, ""), secret):
        return JsonResponse({"error": "wrong secret"}, status=403)
    body = request.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        return JsonResponse({"error": f"more than {MAX_BYTES} bytes"}, status=413)
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        return JsonResponse({"error": "not JSON"}, status=400)
    hint_tasks(_task_ids(payload, server_name), server_name)
    return JsonResponse({"status": "noted"}, status=202)


def _task_ids(payload: Any, server_name: str) -> list[int]:
    """Tasks a payload is about; a deletion names only annotations."""
    if not isinstance(payload, dict):
        return []
    ids = _numbers([payload.get("task")]) + _numbers([payload.get("annotation")], "task")
    one, many = payload.get("annotation"), payload.get("annotations")
    listed = many if isinstance(many, list) else []
    return [*ids, *_numbers(listed, "task"), *_tasks_of(_numbers([one, *listed]), server_name)]


def _tasks_of(annotation_ids: list[int], server_name: str) -> list[int]:
    return tasks_of_annotations(annotation_ids, studio_server(server_name)) if annotation_ids else []


def _numbers(entries: list[Any], name: str = "id") -> list[int]:
    """Positive ids among entries that may be anything."""
    found = (entry.get(name) if isinstance(entry, dict) else None for entry in entries[:_MAX_IDS])
    return [n for n in found if isinstance(n, int) and not isinstance(n, bool) and 0 < n < 2**63]
