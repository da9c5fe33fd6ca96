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
from evaluation.scoring.metrics import ALL
from evaluation.scoring.random_control import CHANCE
from evaluation.services.figures.boards import board_of
from evaluation.services.runs.disclosure import Told
from evaluation.views.choices import release_named
from evaluation.views.controls import control_columns, control_told, names_of
from evaluation.views.figures import FigureTable, count, interval, rate, text
from evaluation.views.pictures import Mark, dot_chart, svg_response

_PER_PAGE = 25
_NUMBERS = (
    "items",
    "answered",
    "agreement_rate",
    "agreement_low",
    "agreement_high",
    "bootstrap_low",
    "bootstrap_high",
    "rate",
    "low",
    "high",
    "refusal_rate",
    "invalid_rate",
    "flip_rate",
    "failed",
)
_CONTROL = ("control_rate", "control_low", "control_high", "chance")


@login_required
@require_safe
def run_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One run: how it was asked, what it took, its figures per nation and type, and its outcomes."""
    run, told = _run(pk), Told(request.user)
    hidden = told.of_run(run)
    context = {
        "run": run,
        "board": board_of(run),
        # Counts of so few answers would tell of single private items.
        "outcomes": _outcomes(run) if not run.is_holdout or told.sees_private else [],
        # Runs kept before figures were by nation have counts here, not nations.
        "by_language": {
            nation: row
            for nation, row in run.figures.get("language", {}).items()
            if isinstance(row, dict) and (nation, ALL) not in hidden
        },
        "table": _slices(run, told),
        "control": control_told(run.protocol, names_of([run])),
    }
    return render(request, "evaluation/run.html", context)


@login_required
@require_safe
def run_svg(request: HttpRequest, pk: int) -> HttpResponse:
    """The picture of the run's slices."""
    run = _run(pk)
    return svg_response(_slices(run, Told(request.user)).picture, f"run-{run.pk}")


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
    for row in _number_rows(found, request.user):
        writer.writerow([spreadsheet_cell(value) for value in row])
    return response


def _run(pk: int) -> EvalRun:
    runs = EvalRun.objects.filter(release__status__in=BUILT).select_related("release", "candidate")
    return get_object_or_404(runs.defer("release__manifest", "release__gates"), pk=pk)


def _outcomes(run: EvalRun) -> list[tuple[str, list[tuple[str, int]]]]:
    """How many stored answers came to what, nation by nation."""
    rows = Answer.objects.filter(run=run).order_by("item__nation_id")
    counts: dict[str, dict[str, int]] = {}
    for nation, outcome, number in rows.values_list("item__nation_id", "outcome").annotate(
        number=Count("pk")
    ):
        counts.setdefault(nation, {})[outcome] = number
    return [
        (nation, [(str(outcome), found[outcome]) for outcome in Outcome if outcome in found])
        for nation, found in counts.items()
    ]


def _slices(run: EvalRun, told: Told) -> FigureTable:
    controls = _controls(run, told)
    rows = [
        {**row, "control": controls.get((row["nation"], row["source_type"]))} for row in told.summary(run)
    ]
    columns = [
        text("Nation", "nation"),
        text("Type", "source_type"),
        rate("Agreement", "agreement_rate"),
        interval("95 % interval", "agreement_low", "agreement_high"),
        interval("Bootstrap interval", "bootstrap_low", "bootstrap_high"),
        rate("Rate among the answered", "rate"),
        count("Answered", "answered", "items"),
        rate("Refusal", "refusal_rate"),
        rate("Invalid", "invalid_rate"),
        rate("Flip", "flip_rate"),
        count("Failed", "failed"),
    ]
    if run.protocol in LIKELIHOODS:
        columns[5:5] = control_columns()
    marks = [
        Mark(
            f"{row['nation']} {row['source_type']}",
            row["agreement_rate"],
            row.get("agreement_low"),
            row.get("agreement_high"),
            row["control"]["rate"] if row["control"] else None,
            note="not told: too few items" if row["items"] else "no item asked",
        )
        for row in rows
    ]
    title = f"{run.candidate.name}, {run.protocol}"
    return FigureTable(
        "slices", "Rates by nation and type; all pools the types of one nation", columns, rows,
        picture=dot_chart(title, marks),
    )  # fmt: skip


def _controls(run: EvalRun, told: Told) -> dict[tuple[str, str], dict[str, Any]]:
    """Rate and interval of random weights by nation and type."""
    return {
        (row["nation"], row["source_type"]): {name: row[name] for name in ("rate", "low", "high")}
        for row in told.control(run).get("summary", [])
    }


def _number_rows(release: Release, user: object) -> Iterator[list[Any]]:
    """The numbers of every run of a release as rows, the header first."""
    about = ["release", "model", "method", "protocol", "judge", "private_items", "status"]
    yield [*about, "nation", "source_type", *_NUMBERS, *_CONTROL]
    told = Told(user)
    runs = EvalRun.objects.filter(release=release).select_related("candidate", "release")
    for run in runs.order_by("candidate__name", "method", "-pk"):
        values = [release.label, run.candidate.name, run.method, run.protocol, run.judge, run.is_holdout]
        controls = _controls(run, told)
        for row in told.summary(run):
            control = controls.get((row["nation"], row["source_type"]), {})
            yield [
                *values,
                run.status,
                row["nation"],
                row["source_type"],
                *(row.get(name) for name in _NUMBERS),
                *(control.get(name) for name in ("rate", "low", "high")),
                CHANCE,
            ]
