"""Pages of results: models side by side, one run, its answers, and the numbers as a file."""

from __future__ import annotations

import csv

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from annotation.models.person import nations_of
from annotation.views.tables import spreadsheet_cell
from evaluation.models import Answer, Backend, CandidateModel, EvalRun, Outcome, Release
from evaluation.publishing.rows import Part
from evaluation.views.standings import cell, number_rows, standings

_PER_PAGE = 25


@login_required
@require_safe
def results(request: HttpRequest) -> HttpResponse:
    """Runs of one release side by side: the one chosen by ``?release=``, else the newest."""
    releases = list(Release.objects.built().defer("manifest", "gates"))
    chosen = request.GET.get("release", "")
    release = _release(chosen) if chosen else next(iter(releases), None)
    context = {
        "releases": releases,
        "release": release,
        "tables": standings(release) if release else [],
        "baselines": CandidateModel.objects.filter(
            backend=Backend.NGRAM, eval_runs__release=release
        ).distinct(),
    }
    return render(request, "evaluation/results.html", context)


@login_required
@require_safe
def run_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One run: how it was asked, its figures per slice, and its outcomes."""
    run = get_object_or_404(EvalRun.objects.select_related("release", "candidate"), pk=pk)
    counts = dict(
        Answer.objects.filter(run=run).order_by().values_list("outcome").annotate(number=Count("pk"))
    )
    context = {
        "run": run,
        "outcomes": [(outcome, counts[outcome]) for outcome in Outcome if outcome in counts],
        "cells": [cell(row) for row in run.summary],
    }
    return render(request, "evaluation/run.html", context)


@login_required
@require_safe
def run_answers(request: HttpRequest, pk: int) -> HttpResponse:
    """Answers of one run with their items, of the nations this person may see; ``?outcome=`` narrows them.
    Items held back are shown to who sees all nations."""
    run = get_object_or_404(EvalRun.objects.select_related("release", "candidate"), pk=pk)
    answers = Answer.objects.filter(run=run).select_related("item").order_by("item__key", "order")
    nations = nations_of(request.user)
    if nations is not None:
        answers = answers.filter(item__nation__in=nations).exclude(item__part=Part.HOLDOUT)
    outcome = request.GET.get("outcome", "")
    if outcome:
        answers = answers.filter(outcome=outcome)
    page = Paginator(answers, _PER_PAGE).get_page(request.GET.get("page"))
    context = {"run": run, "page": page, "outcome": outcome, "outcomes": list(Outcome)}
    return render(request, "evaluation/answers.html", context)


@login_required
@require_safe
def results_csv(request: HttpRequest, release: str) -> HttpResponse:
    """The numbers of every run of a release, safe to open in a spreadsheet."""
    found = _release(release)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{found.name}-{found.version}-results.csv"'
    writer = csv.writer(response)
    for row in number_rows(found):
        writer.writerow([spreadsheet_cell(value) for value in row])
    return response


def _release(label: str) -> Release:
    """``name@version``, or the newest version of a name, a withdrawn one where there is no other."""
    built = Release.objects.built()
    found = built.named(label).first() or built.filter(name=label).first()
    if found is None:
        raise Http404(f"There is no release {label}.")
    return found
