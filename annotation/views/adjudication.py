"""The adjudication queue: what annotators could not agree on, one after the other, decided by a curator."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from annotation.models import DecisionKind, Nation, Review, Vote
from annotation.models.base import choices_of
from annotation.models.decision import LABELS
from annotation.services.curation.adjudication import (
    Case,
    Reason,
    StaleError,
    adjudicate,
    after,
    case,
    disputes,
    what_happened,
)

_PERMISSION = "annotation.change_decision"
_PER_PAGE = 50
_LONGEST = 5000
_TEXTS = {
    "question": "Question",
    "statement": "Statement",
    "reversed_statement": "Reversed statement",
    "speaker": "Speaker",
}


class VerdictForm(forms.Form):
    """A curator's verdict on one dispute; its labels and texts are those of the kind of decision."""

    decision = forms.IntegerField(widget=forms.HiddenInput)
    label = forms.ChoiceField(label="Verdict", widget=forms.RadioSelect)
    reason = forms.ChoiceField(label="Why annotators differed", choices=[("", "choose"), *choices_of(Reason)])
    note = forms.CharField(
        label="Note", required=False, max_length=_LONGEST, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, shown: Case, data: Any = None) -> None:
        kind = DecisionKind(shown.review.decision.kind)
        super().__init__(data, initial={"decision": shown.review.decision_id, **shown.texts})
        self.fields["label"].choices = [(str(label), label.replace("_", " ")) for label in LABELS[kind]]
        self.text_names = list(shown.texts)
        for name in self.text_names:
            self.fields[name] = forms.CharField(
                label=_TEXTS[name],
                required=name != "speaker",
                max_length=300 if name == "speaker" else _LONGEST,
                widget=forms.Textarea(attrs={"rows": 3, "lang": shown.review.nation.main_language}),
            )
        if kind == DecisionKind.TRIPLE:
            self.fields["question"].help_text = "Corrections count only when the verdict is valid."
        self.order_fields(["decision", "label", *self.text_names, "reason", "note"])

    def texts(self) -> dict[str, str]:
        """The texts as the curator left them."""
        return {name: self.cleaned_data[name] for name in self.text_names}


@login_required
@permission_required(_PERMISSION, raise_exception=True)
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """Disputes of one's nations, the oldest first; ``?nation=`` and ``?kind=`` narrow them."""
    chosen = _chosen(request)
    page = Paginator(disputes(request.user, **chosen), _PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(review, _tally(review, votes)) for review, votes in _with_votes(list(page))],
        "nations": list(Nation.objects.for_user(request.user)),
        "kinds": choices_of(DecisionKind),
        "chosen": chosen,
        "query": _query(chosen),
    }
    return render(request, "annotation/adjudication.html", context)


@login_required
@permission_required(_PERMISSION, raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
def dispute(request: HttpRequest, pk: int) -> HttpResponse:
    """One dispute with its form; a verdict leads to the next one."""
    chosen = _chosen(request)
    review = disputes(request.user).filter(pk=pk).first()
    if review is None:
        return _gone(request, pk, chosen)
    shown = case(review)
    form = VerdictForm(shown, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        _decide(request, review, form)
        return _next(request, review, chosen)
    following = after(disputes(request.user, **chosen), review)
    context = {
        "case": shown,
        "decision": review.decision,
        "form": form,
        "query": _query(chosen),
        "following": following,
    }
    return render(request, "annotation/dispute.html", context, status=400 if form.errors else 200)


def _decide(request: HttpRequest, review: Review, form: VerdictForm) -> None:
    answers = form.cleaned_data
    try:
        verdict = adjudicate(
            review.pk,
            answers["decision"],
            answers["label"],
            curator=request.user,
            texts=form.texts(),
            reason=Reason(answers["reason"]),
            note=answers["note"],
        )
    except StaleError as error:
        messages.warning(request, f"Review {review.pk} was not changed: {error}.")
    else:
        messages.success(request, f"Review {review.pk} is settled: {verdict.label.replace('_', ' ')}.")


def _gone(request: HttpRequest, pk: int, chosen: dict[str, str]) -> HttpResponse:
    """A review that is no dispute (any more): 404 outside one's nations, else on to the next, saying so."""
    review = Review.objects.for_user(request.user).select_related("decision").filter(pk=pk).first()
    if review is None:
        raise Http404("There is no such review in your nations.")
    why = what_happened(review, review.decision)
    messages.warning(request, f"Review {pk} was not changed: {why}.")
    return _next(request, review, chosen)


def _next(request: HttpRequest, review: Review, chosen: dict[str, str]) -> HttpResponse:
    following = after(disputes(request.user, **chosen), review)
    if following is None:
        return redirect(reverse("annotation:adjudication") + _query(chosen))
    return redirect(reverse("annotation:dispute", args=[following.pk]) + _query(chosen))


def _chosen(request: HttpRequest) -> dict[str, str]:
    """The filters of the address."""
    return {name: request.GET.get(name, "") for name in ("nation", "kind")}


def _query(chosen: dict[str, str]) -> str:
    given = {name: value for name, value in chosen.items() if value}
    return f"?{urlencode(given)}" if given else ""


def _with_votes(reviews: list[Review]) -> list[tuple[Review, list[str]]]:
    votes: dict[int, list[str]] = {review.pk: [] for review in reviews}
    rows = Vote.objects.standing().filter(review__in=list(votes), is_skipped=False)
    for review_id, label in rows.order_by("pk").values_list("review_id", "label"):
        votes[review_id].append(label)
    return [(review, votes[review.pk]) for review in reviews]


def _tally(review: Review, votes: list[str]) -> str:
    """Votes by label in the order of the kind's labels, as ``2 valid, 1 invalid``."""
    labels = LABELS[DecisionKind(review.decision.kind)]
    return ", ".join(f"{votes.count(label)} {label.replace('_', ' ')}" for label in labels if label in votes)
