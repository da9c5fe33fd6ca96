"""The operator's page: how each Label Studio is, what went wrong, what was done, what to do."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from annotation.models import Review, StudioIncident, StudioServer, Vote
from annotation.services.studio import operations as service


@login_required
@permission_required("annotation.view_studioserver", raise_exception=True)
@require_safe
def operations(request: HttpRequest) -> HttpResponse:
    """All servers, incidents, and what waits for an operator."""
    return render(request, "annotation/operations.html", service.overview(request.user))


@login_required
@permission_required("annotation.change_studioincident", raise_exception=True)
@require_POST
def act(request: HttpRequest, action: str, pk: int) -> HttpResponse:
    """One of the page's buttons; says what came of it."""
    try:
        told = _done(request, action, pk)
    except ValueError as error:
        told = str(error)
    messages.info(request, told)
    return redirect("annotation:operations")


def _done(request: HttpRequest, action: str, pk: int) -> str:
    user = request.user
    if action == "check":
        return service.check_now(get_object_or_404(StudioServer.objects.for_user(user), pk=pk))
    if action == "pull":
        return service.pull_now(get_object_or_404(StudioServer.objects.for_user(user), pk=pk))
    if action == "settle":
        found = get_object_or_404(StudioIncident.objects.for_user(user), pk=pk)
        return service.settle_incident(found, user)
    if action == "count":
        return service.let_count(get_object_or_404(Vote.objects.for_user(user), pk=pk), user)
    if action == "retry":
        return service.try_again(get_object_or_404(Review.objects.for_user(user), pk=pk))
    raise Http404(action)
