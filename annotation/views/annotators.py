"""Annotators of a curator's nations: who may judge, how they do, and a curator's word on it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.db.models import Count, Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from annotation.models import Nation, Person, Qualification
from annotation.models.person import ANNOTATOR
from annotation.services.attention import attention_of
from annotation.services.qualifications import grant_qualification, revoke_qualifications

_PERMISSION = "annotation.change_qualification"


@login_required
@permission_required(_PERMISSION, raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
def annotators(request: HttpRequest) -> HttpResponse:
    """Annotators by nation; posting qualifies one or ends that."""
    nations = Nation.objects.for_user(request.user)
    if request.method == "POST":
        nation = get_object_or_404(nations, pk=request.POST.get("nation"))
        person = get_object_or_404(_people(nation), pk=request.POST.get("person") or 0)
        _act(request, person, nation)
        return redirect("annotation:annotators")
    rows = [(nation, [_row(person, nation) for person in _people(nation)]) for nation in nations]
    return render(request, "annotation/annotators.html", {"rows": rows})


def _act(request: HttpRequest, person: Person, nation: Nation) -> None:
    reason = request.POST.get("reason", "")
    if request.POST.get("do") == "revoke":
        if not reason.strip():
            messages.error(request, "Nothing was changed: give a reason.")
            return
        revoke_qualifications(person, nation.pk, because=f"{request.user}: {reason.strip()}")
        messages.success(request, f"{person} is no longer qualified for {nation}.")
        return
    try:
        grant_qualification(person, nation.pk, curator=request.user, reason=reason)
    except ValueError as error:
        messages.error(request, f"Nothing was changed: {error}.")
    else:
        messages.success(request, f"{person} is qualified for {nation}.")


def _people(nation: Nation) -> Any:
    standing = Q(user__votes__is_withdrawn=False, user__votes__set_aside="")
    here = Q(user__votes__review__nation=nation.pk)
    return (
        Person.objects.filter(nations=nation, user__groups__name=ANNOTATOR, user__is_active=True)
        .select_related("user")
        .annotate(
            votes=Count("user__votes", filter=standing & here, distinct=True),
            last_vote=Max("user__votes__remote_updated_at", filter=here),
        )
        .order_by("user__username")
    )


def _row(person: Person, nation: Nation) -> dict[str, Any]:
    standing = (
        Qualification.objects.in_force().filter(person=person, nation=nation).order_by("-expires_at").first()
    )
    newest = person.qualifications.filter(nation=nation).first()
    right, answered = attention_of(person, nation.pk)
    return {
        "person": person,
        "standing": standing,
        "newest": newest,
        "attention": f"{right} of {answered}" if answered else "",
    }
