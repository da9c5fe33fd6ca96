"""Guidelines for annotators, each in the reader's language; reading is recorded."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from annotation.guidelines import guideline
from annotation.models import ProjectKind
from annotation.services.people.guidelines import has_read, mark_read
from annotation.views.people import label_language, person_of


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, kind: str) -> HttpResponse:
    """The newest guideline of a kind of project; posting says that it was read, and leads on."""
    if kind not in list(ProjectKind):
        raise Http404(f"there is no guideline for {kind}")
    person = person_of(request)
    text = guideline(kind, label_language())
    onward = _onward(request)
    if request.method == "POST":
        try:
            mark_read(person, kind, request.POST.get("version", ""), text.language)
        except LookupError as error:
            raise Http404(str(error)) from None
        return redirect(onward or reverse("annotation:work"))
    context = {"text": text, "has_read": has_read(person, kind), "next": onward}
    return render(request, "annotation/guideline.html", context)


def _onward(request: HttpRequest) -> str:
    """Where the reader wanted to go, if that is on this site."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if is_ours else ""
