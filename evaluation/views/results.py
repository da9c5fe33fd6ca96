"""Pages of one run, its answers, and the numbers of every run of a release as a file."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from annotation.lifecycle import BUILT
from annotation.models.person import nations_of
from annotation.views.tables import spreadsheet_cell
from evaluation.models import LIKELIHOODS, Answer, EvalRun, Outcome, Release
from evaluation.publishing.rows import Part
from evaluation.services.figures.boards import board_of
from evaluation.views.choices import release_named
from evaluation.views.figures import FigureTable, count, interval, rate, text
from evaluation.views.pictures import Mark, dot_chart, svg_response

_PER_PAGE = 25
_NUMBERS = (
    "items",
    "answered",
    "rate",
    "low",
    "high",
    "agreement_rate",
    "refusal_rate",
    "invalid_rate",
    "flip_rate",
    "failed",
)


@login_required
@require_safe
def run_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One run: how it was asked, what it took, its figures per nation and type, and its outcomes."""
    run = _run(pk)
    counts = dict(
        Answer.objects.filter(run=run).order_by().values_list("outcome").annotate(number=Count("pk"))
    )
    context = {
        "run": run,
        "board": board_of(run),
        "outcomes": [(outcome, counts[outcome]) for outcome in Outcome if outcome in counts],
        "table": _slices(run),
    }
    return render(request, "evaluation/run.html", context)


@login_required
@require_safe
def run_svg(request: HttpRequest, pk: int) -> HttpResponse:
    """The picture of the run's slices."""
    run = _run(pk)
    return svg_response(_slices(run).picture, f"run-{run.pk}")


@login_required
@require_safe
def run_answers(request: HttpRequest, pk: int) -> HttpResponse:
    """Answers of one run with their items, of the nations this person may see; ``?outcome=`` narrows them.
    Answers to private items are shown to superusers and operators, who see all nations."""
    run = _run(pk)
    answers = Answer.objects.filter(run=run).select_related("item").order_by("item__key", "order")
    nations = nations_of(request.user)
    if nations is not None:
        answers = answers.filter(item__nation__in=nations).exclude(item__part=Part.HOLDOUT)
    outcome = request.GET.get("outcome", "")
    if outcome:
        answers = answers.filter(outcome=outcome)
    answers = answers.defer("item__row", "item__passport")
    page = Paginator(answers, _PER_PAGE).get_page(request.GET.get("page"))
    context = {"run": run, "page": page, "outcome": outcome, "outcomes": list(Outcome)}
    return render(request, "evaluation/answers.html", context)


@login_required
@require_safe
def results_csv(request: HttpRequest, release: str) -> HttpResponse:
    """The numbers of every run of a release, safe to open in a spreadsheet."""
    found = release_named(release)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{found.name}-{found.version}-results.csv"'
    writer = csv.writer(response)
    for row in _number_rows(found):
        writer.writerow([spreadsheet_cell(value) for value in row])
    return response


def _run(pk: int) -> EvalRun:
    runs = EvalRun.objects.filter(release__status__in=BUILT).select_related("release", "candidate")
    return get_object_or_404(runs.defer("release__manifest", "release__gates"), pk=pk)


def _slices(run: EvalRun) -> FigureTable:
    controls = {
        (row["nation"], row["source_type"]): {name: row[name] for name in ("rate", "low", "high")}
        for row in run.control.get("summary", [])
    }
    rows = [{**row, "control": controls.get((row["nation"], row["source_type"]))} for row in run.summary]
    columns = [
        text("Nation", "nation"),
        text("Type", "source_type"),
        rate("Rate", "rate"),
        interval("95 % interval", "low", "high"),
        count("Answered", "answered", "items"),
        rate("Over all items", "agreement_rate"),
        rate("Refusal", "refusal_rate"),
        rate("Invalid", "invalid_rate"),
        rate("Flip", "flip_rate"),
        count("Failed", "failed"),
    ]
    if run.protocol in LIKELIHOODS:
        columns.insert(4, rate("Random weights", "control.rate"))
    marks = [
        Mark(
            f"{row['nation']} {row['source_type']}",
            row["rate"],
            row["low"],
            row["high"],
            row["control"]["rate"] if row["control"] else None,
            note="no answer counted",
        )
        for row in rows
    ]
    title = f"{run.candidate.name}, {run.protocol}"
    return FigureTable(
        "slices", "Rates by nation and type; all pools the types of one nation", columns, rows,
        picture=dot_chart(title, marks),
    )  # fmt: skip


def _number_rows(release: Release) -> Iterator[list[Any]]:
    """The numbers of every run of a release as rows, the header first."""
    about = ["release", "model", "method", "protocol", "judge", "private_items", "status"]
    yield [*about, "nation", "source_type", *_NUMBERS]
    runs = EvalRun.objects.filter(release=release).select_related("candidate")
    for run in runs.order_by("candidate__name", "method", "-pk"):
        values = [release.label, run.candidate.name, run.method, run.protocol, run.judge, run.is_holdout]
        for row in run.summary:
            yield [*values, run.status, row["nation"], row["source_type"], *(row[name] for name in _NUMBERS)]
