"""Questions of annotators to curators, and their answers."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from annotation.models import Inquiry, Nation, Review
from annotation.services.people.inquiries import LONGEST, answer, ask
from annotation.views.people import number, person_of
from annotation.views.work import QUESTIONS

_PERMISSION = "annotation.change_inquiry"
_PER_PAGE = 50


class NationField(forms.ModelChoiceField):
    """A nation by its name in the language of the page."""

    def label_from_instance(self, obj: Nation) -> str:
        """The name."""
        return _(obj.name)


class AskForm(forms.Form):
    """A question about one nation."""

    nation = NationField(Nation.objects.none(), label=gettext_lazy("Nation"))
    text = forms.CharField(
        label=gettext_lazy("Your question"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 5}),
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Ask the curators of a nation one works for; ``?review=`` names the task it is about."""
    person = person_of(request)
    review = _review(request)
    form = AskForm(request.POST or None, initial={"nation": review.nation_id if review else None})
    form.fields["nation"].queryset = person.nations.all()
    if person.nations.count() == 1:
        form.fields["nation"].initial = person.nations.first()
    if form.is_bound and form.is_valid():
        nation = form.cleaned_data["nation"]
        about = review if review is not None and review.nation_id == nation.pk else None
        ask(person=person, nation=nation, text=form.cleaned_data["text"], review=about)
        messages.success(request, _("Your question is with the curators. You find the answer on this page."))
        return redirect("annotation:work")
    context = {"form": form, "review": review, "about": QUESTIONS[review.kind][1] if review else ""}
    return render(request, "annotation/ask.html", context, status=400 if form.errors else 200)


@login_required
@permission_required(_PERMISSION, raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
def inbox(request: HttpRequest) -> HttpResponse:
    """What annotators of one's nations have asked, unanswered first; posting answers one."""
    rows = Inquiry.objects.for_user(request.user).select_related("nation", "asked_by")
    if request.method == "POST":
        inquiry = get_object_or_404(rows, pk=number(request.POST.get("inquiry", "")))
        try:
            answer(inquiry, curator=request.user, text=request.POST.get("answer", ""))
        except ValueError as error:
            messages.error(request, f"Not sent: {error}.")
        else:
            messages.success(request, "Answered.")
        return redirect("annotation:inquiries")
    ordered = rows.order_by("-answered_at", "pk") if "answered" in request.GET else rows.order_by("pk")
    shown = ordered.exclude(answer="") if "answered" in request.GET else ordered.filter(answer="")
    page = Paginator(shown, _PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "annotation/inquiries.html", {"page": page, "answered": "answered" in request.GET})


def _review(request: HttpRequest) -> Review | None:
    return Review.objects.for_user(request.user).filter(pk=number(request.GET.get("review", ""))).first()
