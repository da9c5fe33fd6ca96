"""After an own answer: what the machine had said."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from annotation.label_studio.client import StudioError
from annotation.models import Review, ReviewStatus, Vote, VoteRevision
from annotation.services.reviews.drafts import RELATED, exhibits_of
from annotation.services.reviews.reveal import label_text, reason_text, reveal
from annotation.services.studio.pull import pull_tasks
from annotation.services.studio.servers import name_in_address, name_of_address, studio_client
from annotation.views.people import label_language
from annotation.views.work import QUESTIONS

_TIMEOUT = 10.0  # seconds


@login_required
@require_safe
def task(request: HttpRequest, server: str, task_id: int) -> HttpResponse:
    """What the machine had said about a task just judged, as JSON; 204 before that is on record."""
    reviews = list(
        Review.objects.for_user(request.user)
        .filter(project__server__name=name_of_address(server), remote_task_id=task_id)
        .select_related("decision__statement", "project__server")[:2]
    )
    if not reviews:
        raise Http404
    if len(reviews) > 1:  # after a restore, until the next pull tells whose the number is
        return HttpResponse(status=204)
    review = reviews[0]
    if not Vote.objects.standing().filter(review=review, annotator=request.user).exists():
        _fetch(review)
    found = reveal(request.user, review, label_language())
    if found is None:
        return HttpResponse(status=204)
    return JsonResponse(
        {
            "label": found.label,
            "text": found.text,
            "confidence": found.confidence,
            "own": found.vote.label,
            "own_text": found.own_text,
            "agrees": found.agrees,
            "note": " ".join(
                part
                for part in (
                    _("This is the answer people agreed on.") if found.is_people else "",
                    found.office,
                )
                if part
            ),
        }
    )


@login_required
@require_safe
def answers(request: HttpRequest) -> HttpResponse:
    """One's newest answers."""
    votes = (
        Vote.objects.for_user(request.user)
        .standing()
        .filter(annotator=request.user)
        .select_related("review__nation", "review__decision")
        .order_by("-remote_updated_at")[:50]
    )
    language = label_language()
    rows = [
        {
            "vote": vote,
            "title": QUESTIONS[vote.review.kind][0],
            "text": _said(vote.review.kind, vote, language),
        }
        for vote in votes
    ]
    return render(request, "annotation/answers.html", {"rows": rows})


@login_required
@require_safe
def one_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """One own answer: the evidence, what one said and all revisions; where one has judged, also what the
    machine had said."""
    review = get_object_or_404(
        Review.objects.for_user(request.user).select_related("nation", "project__server", *RELATED), pk=pk
    )
    vote = get_object_or_404(Vote.objects.standing(), review=review, annotator=request.user)
    language = label_language()
    [exhibits] = exhibits_of([review.decision])
    return render(
        request,
        "annotation/answer.html",
        {
            "review": review,
            "own_text": _said(review.kind, vote, language),
            "reveal": reveal(request.user, review, language),
            "exhibits": exhibits,
            "question": QUESTIONS[review.kind],
            "revisions": [
                {"row": row, "text": _said(review.kind, row, language)}
                for row in vote.revisions.order_by("pk")
            ],
            "change": _change_address(review),
        },
    )


def _fetch(review: Review) -> None:
    """The answer was given this moment, and the hook may not have come yet: read the task now."""
    if review.remote_task_id is None:
        return
    try:
        pull_tasks(
            [review.remote_task_id],
            client=studio_client(review.nation_id, timeout=_TIMEOUT),
            server=review.project.server,
        )
    except StudioError:
        return  # it will come with the next pull; until then nothing is revealed


def _said(kind: str, said: Vote | VoteRevision, language: str) -> str:
    if said.label:
        return label_text(kind, said.label, language)
    return f"{_('not judged')} ({reason_text(said.reason, language)})" if said.reason else _("not judged")


def _change_address(review: Review) -> str:
    """Where the task can be opened again; empty when it is over or was never made."""
    if review.status == ReviewStatus.CLOSED or review.project is None or review.remote_task_id is None:
        return ""
    server = name_in_address(review.project.server)
    screen = reverse("annotation:gateway", args=[server, f"projects/{review.project.remote_id}/data"])
    return f"{screen}?task={review.remote_task_id}"
