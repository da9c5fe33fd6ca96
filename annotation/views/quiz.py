"""The quiz that qualifies a native speaker of a nation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from annotation.label_studio.configs import LABELS, Screen
from annotation.label_studio.tasks import Exhibit
from annotation.models import DecisionKind, QuizAttempt
from annotation.models.qualification import qualification_of
from annotation.models.review import PROJECT_OF
from annotation.services.people import qualifications as service
from annotation.services.reviews.drafts import exhibits_of, machine_answer
from annotation.services.reviews.reveal import label_text
from annotation.views.people import label_language, nation_or_404, person_of
from annotation.views.work import QUESTIONS


@dataclass(frozen=True, slots=True)
class Shown:
    """A question of the quiz on the page."""

    pk: int
    question: Any
    exhibits: tuple[Exhibit, ...]
    texts: list[str]
    choices: list[tuple[str, str]]
    chosen: str
    is_missing: bool


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def quiz(request: HttpRequest, nation: str) -> HttpResponse:
    """The open quiz of a nation one works for; posting all answers ends it."""
    place, person = nation_or_404(request, nation), person_of(request)
    standing = qualification_of(person, place.pk)
    context = {"nation": place, "standing": standing, "last": _last(person, place.pk)}
    if standing is not None and "again" not in request.GET and request.method != "POST":
        return render(request, "annotation/quiz.html", context)
    try:
        attempt = service.open_attempt(person, place.pk)
    except service.NoQuizError as error:
        return render(request, "annotation/quiz.html", {**context, "reason": _reason(error)})
    shown = _shown(attempt, request.POST, is_bound=request.method == "POST")
    if request.method == "POST" and not any(one.is_missing for one in shown):
        service.finish_attempt(attempt, {str(one.pk): one.chosen for one in shown})
        return redirect("annotation:quiz", nation=place.pk)
    status = 400 if request.method == "POST" else 200
    return render(request, "annotation/quiz.html", {**context, "questions": shown}, status=status)


def _last(person: Any, nation_id: str) -> QuizAttempt | None:
    return QuizAttempt.objects.filter(person=person, nation=nation_id, finished_at__isnull=False).first()


def _reason(error: service.NoQuizError) -> str:
    if error.code == "early":
        return _("You have tried a short while ago. The next try is possible a day after the last one.")
    return _("There are not enough quiz questions for this nation yet. Ask a curator to qualify you.")


def _shown(attempt: QuizAttempt, answers: Mapping[str, str], *, is_bound: bool) -> list[Shown]:
    """The questions with what was chosen of each; what is no choice of a question was not chosen."""
    questions = service.questions_of(attempt)
    language = label_language()
    found = []
    for question, exhibits in zip(questions, exhibits_of([q.decision for q in questions]), strict=True):
        kind = DecisionKind(question.decision.kind)
        screen = Screen(PROJECT_OF[kind])
        choices = [(str(label), label_text(screen, label, language)) for label in LABELS[screen]]
        given = answers.get(f"answer-{question.pk}", "")
        chosen = given if given in dict(choices) else ""
        found.append(
            Shown(
                pk=question.pk,
                question=QUESTIONS[PROJECT_OF[kind]][1],
                exhibits=exhibits,
                texts=list(machine_answer(question.decision).values()) if kind == DecisionKind.TRIPLE else [],
                choices=choices,
                chosen=chosen,
                is_missing=is_bound and not chosen,
            )
        )
    return found
