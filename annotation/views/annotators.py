"""Annotators of a curator's nations: who may judge, how they do, and a curator's word on it."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from annotation.models import Nation
from annotation.services.people.annotators import annotators_of, working_for
from annotation.services.people.qualifications import grant_qualification, revoke_qualifications
from annotation.views.people import MOST

_PERMISSION = "annotation.change_qualification"
_LONGEST = 500


class ChangeForm(forms.Form):
    """A curator's word on one annotator."""

    nation = forms.CharField(max_length=2)
    person = forms.IntegerField(min_value=1, max_value=MOST)
    do = forms.ChoiceField(choices=[("grant", "grant"), ("revoke", "revoke")])
    reason = forms.CharField(max_length=_LONGEST, error_messages={"required": "give a reason."})


@login_required
@permission_required(_PERMISSION, raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
def annotators(request: HttpRequest) -> HttpResponse:
    """Annotators by nation; posting qualifies one or ends that."""
    if request.method == "POST":
        _act(request)
        return redirect("annotation:annotators")
    return render(request, "annotation/annotators.html", {"rows": annotators_of(request.user)})


def _act(request: HttpRequest) -> None:
    """Raises ``Http404`` for who does not annotate for a nation of the curator's."""
    form = ChangeForm(request.POST)
    if not form.is_valid():
        [error, *_] = [error for errors in form.errors.values() for error in errors]
        messages.error(request, f"Nothing was changed: {error}")
        return
    asked = form.cleaned_data
    nation = get_object_or_404(Nation.objects.for_user(request.user), pk=asked["nation"])
    person = get_object_or_404(working_for([nation.pk]), person=asked["person"]).person
    if asked["do"] == "revoke":
        revoke_qualifications(person, nation.pk, because=f"{request.user}: {asked['reason']}")
        messages.success(request, f"{person} is no longer qualified for {nation}.")
        return
    try:
        grant_qualification(person, nation.pk, curator=request.user, reason=asked["reason"])
    except ValueError as error:
        messages.error(request, f"Nothing was changed: {error}.")
    else:
        messages.success(request, f"{person} is qualified for {nation}.")
