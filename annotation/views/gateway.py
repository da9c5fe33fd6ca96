"""The gateway to Label Studio: the labelling screen around which everything else is closed."""

from __future__ import annotations

import gzip
import logging

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.http import http_date, parse_http_date_safe
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from annotation.label_studio.client import StudioError, StudioUnavailableError
from annotation.models import Nation, Person, ProjectKind, StudioProject, StudioServer
from annotation.services.gateway.bodies import MAX_BYTES, MalformedBodyError
from annotation.services.gateway.entry import enters, may_label
from annotation.services.gateway.passage import Outcome, Passage, RefusedError
from annotation.services.gateway.rules import Match, Reply, find_rule
from annotation.services.gateway.sessions import StudioSession
from annotation.services.studio.losses import is_void
from annotation.services.studio.servers import name_in_address, name_of_address
from annotation.views.studio_words import SCRIPT, STUDIO
from annotation.views.work import QUESTIONS

logger = logging.getLogger(__name__)
_FILE_AGE = 3600  # seconds
_TYPES = {
    "js": "text/javascript",
    "css": "text/css",
    "svg": "image/svg+xml",
    "png": "image/png",
    "ico": "image/x-icon",
    "ttf": "font/ttf",
    "woff": "font/woff",
    "woff2": "font/woff2",
    "wasm": "application/wasm",
}
_PACKED = {"js", "css", "svg"}


@login_required
@require_safe
def label(request: HttpRequest, nation: str, kind: str) -> HttpResponse:
    """The way in: checks, opens the person's session, and leads to the stream of tasks of one project."""
    get_object_or_404(Nation, code=nation)
    if kind not in set(ProjectKind):
        raise PermissionDenied
    if not enters(request.user, nation):
        _log_refusal(request, f"has no business with {nation}")
        raise PermissionDenied
    first = may_label(request.user, nation, kind)
    if first is not None:
        return redirect(first)
    project = StudioProject.objects.filter(nation=nation, kind=kind).select_related("server").first()
    if project is None or is_void(project) or project.server.name not in settings.LABEL_STUDIO_SERVERS:
        messages.info(request, gettext("There is nothing to answer here yet."))
        return redirect("annotation:work")
    try:
        _session(request, project.server).open()
    except StudioError as error:
        return _unavailable(request, error)
    return redirect(f"{_prefix(project.server)}/projects/{project.remote_id}/data?labeling=1")


def gateway(request: HttpRequest, name: str, path: str) -> HttpResponse:
    """Any call below the gateway's prefix: 403 unless a rule allows it, 503 when Label Studio is down."""
    match = find_rule(request.method or "", path, request.GET.dict())
    is_page = match is not None and match.rule.reply is Reply.PAGE
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path()) if is_page else _refuse(request, path, "anonymous")
    server_name = name_of_address(name)
    if match is None:
        return _refuse(request, path, "no rule allows it")
    if server_name not in settings.LABEL_STUDIO_SERVERS:
        return _refuse(request, path, "no such server")
    raw = b""
    if request.method not in ("GET", "HEAD"):
        if request.method != "DELETE" and request.content_type != "application/json":
            return _refuse(request, path, f"content of type {request.content_type[:50]}")
        raw = request.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            return JsonResponse({"detail": f"more than {MAX_BYTES} bytes"}, status=413)
    server = StudioServer.objects.get_or_create(name=server_name)[0]
    try:
        passage = Passage(request.user, server, _session(request, server), _language())
        outcome = passage.take(match, path, raw, _since(request))
    except RefusedError as error:
        return _refuse(request, path, str(error))
    except MalformedBodyError as error:
        return JsonResponse({"detail": str(error)}, status=400)
    except StudioError as error:
        return _unavailable(request, error, path)
    return _respond(request, match, server, outcome)


def _since(request: HttpRequest) -> str:
    """The date of the copy a browser has, written anew: nothing of its headers is passed on as it is."""
    date = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    return http_date(date) if date is not None else ""


def _respond(request: HttpRequest, match: Match, server: StudioServer, outcome: Outcome) -> HttpResponse:
    if outcome.file is not None:
        return _file(request, match.file.rsplit(".", 1)[1], server, outcome)
    response: HttpResponse
    if match.rule.reply is Reply.PAGE and outcome.status == 200:
        response = _page(request, server, outcome)
    elif outcome.content is None:
        response = HttpResponse(status=outcome.status)
    else:
        response = JsonResponse(outcome.content, status=outcome.status, safe=False)
    if outcome.review is not None:
        response["X-Navab-Task"] = str(outcome.review.remote_task_id)
        response["X-Navab-Review"] = str(outcome.review.pk)
    patch_cache_control(response, private=True, no_store=True)
    return response


def _page(request: HttpRequest, server: StudioServer, outcome: Outcome) -> HttpResponse:
    project = outcome.project
    assert project is not None
    title, _question = QUESTIONS[ProjectKind(project.kind)]
    prefix = _prefix(server)
    context = {
        "prefix": prefix,
        "title": title,
        "nation": project.nation,
        "links": _links(project),
        "setup": {
            "prefix": prefix,
            "project": project.remote_id,
            "csrf": get_token(request),
            "flags": outcome.content["flags"],
            "flagsDefault": outcome.content["default"],
            "reveal": reverse("annotation:reveal", args=[name_in_address(server), 0]),
            "words": {english: str(ours) for english, ours in STUDIO.items()},
            "texts": {name: str(text) for name, text in SCRIPT.items()},
        },
    }
    return render(request, "annotation/studio.html", context)


def _links(project: StudioProject) -> dict[str, str]:
    """Addresses of the bar by name. ``ask`` is given the review by the script."""
    return {
        "work": reverse("annotation:work"),
        "guideline": reverse("annotation:guideline", args=[project.kind]),
        "ask": reverse("annotation:ask"),
    }


def _file(request: HttpRequest, suffix: str, server: StudioServer, outcome: Outcome) -> HttpResponse:
    reply = outcome.file
    assert reply is not None
    if reply.status == 304:
        return HttpResponseNotModified()
    if reply.status != 200:
        return HttpResponse(status=404)
    body = reply.body
    if suffix == "css":  # its only addresses from the root of the site
        body = body.replace(b"url(/static/", f"url({_prefix(server)}/static/".encode())
    response = HttpResponse(content_type=_TYPES[suffix])
    if suffix in _PACKED and "gzip" in request.headers.get("Accept-Encoding", ""):
        body, response["Content-Encoding"] = gzip.compress(body, 5), "gzip"
    response.content = body
    response["Vary"] = "Accept-Encoding"
    if modified := reply.headers.get("last-modified"):
        response["Last-Modified"] = modified
    patch_cache_control(response, private=True, max_age=_FILE_AGE)
    return response


def _session(request: HttpRequest, server: StudioServer) -> StudioSession:
    person, _made = Person.objects.get_or_create(user=request.user)
    return StudioSession(request.session, person, server)


def _prefix(server: StudioServer) -> str:
    return reverse("annotation:gateway", args=[name_in_address(server), ""]).rstrip("/")


def _language() -> str:
    """The person's language as our labelling screens name it."""
    return (get_language() or "en").split("-")[0]


def _refuse(request: HttpRequest, path: str, why: str) -> HttpResponse:
    _log_refusal(request, why)
    if path.startswith("api/"):
        return JsonResponse({"detail": gettext("You may not see this")}, status=403)
    return render(request, "403.html", status=403)


def _log_refusal(request: HttpRequest, why: str) -> None:
    logger.warning("gateway refused user %s: %s %r: %s", request.user.pk, request.method, request.path, why)


def _unavailable(request: HttpRequest, error: StudioError, path: str = "") -> HttpResponse:
    level = logging.WARNING if isinstance(error, StudioUnavailableError) else logging.ERROR
    logger.log(level, "gateway: user %s: %s %r: %s", request.user.pk, request.method, request.path, error)
    if path.startswith("api/"):
        text = gettext("Label Studio does not answer at the moment. What was saved is safe; try again later.")
        response: HttpResponse = JsonResponse({"detail": text}, status=503)
    else:
        response = render(request, "annotation/studio_unavailable.html", status=503)
    response["Retry-After"] = "60"
    return response
