"""A model's page: its runs over releases and protocols, its slices, its two methods, its judge, its cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from annotation.lifecycle import BUILT
from evaluation.models import LIKELIHOODS, Answer, CandidateModel, EvalRun
from evaluation.scoring.metrics import ALL, Dimension
from evaluation.services.figures.boards import Board, board_of
from evaluation.services.figures.model_checks import judge_checks, newest_pairs
from evaluation.services.figures.slices import SMALL
from evaluation.services.runs.disclosure import Told
from evaluation.services.runs.run_slices import run_slices
from evaluation.views.controls import ABOUT, control_columns, control_told, names_of
from evaluation.views.figures import Column, FigureTable, count, csv_file, interval, rate, text
from evaluation.views.leaderboard import value_of_control
from evaluation.views.model_methods import confusion_table, methods_told
from evaluation.views.pictures import Mark, dot_chart, svg_response

_TITLES: dict[str, str] = {
    Dimension.NATION: "Nations, types pooled",
    Dimension.SOURCE_TYPE: "By type",
    Dimension.TOPIC: "By topic",
    Dimension.LANGUAGE: "By language",
    Dimension.CONTESTED: "By contested or not",
    Dimension.PERIOD: "By period",
}
_CONTESTED = {"yes": "contested", "no": "not contested"}
_MOST_MARKS = 60  # rows of a picture
_MOST_ROWS = 300  # rows of a table; the file has all


@login_required
@require_safe
def model_page(request: HttpRequest, pk: int) -> HttpResponse:
    """``?run=`` chooses the run whose slices are shown; by default the newest finished one."""
    candidate, runs, run = _chosen(request, pk)
    told = Told(request.user)
    context = {
        "candidate": candidate,
        "run": run,
        "board": board_of(run) if run else None,
        "runs": _run_table(runs),
        "tables": _slice_tables(told, run) if run else [],
        "is_hidden": bool(run and told.of_run(run)),
        "is_partly_private": bool(run and run.is_holdout and not told.sees_private),
        "control": control_told(run.protocol, names_of([run])) if run else {},
        "methods": [methods_told(*pair) for pair in _pairs(told, runs)],
        "checks": _checks(told, run) if run else [],
        "releases": _diffs(runs),
    }
    return render(request, "evaluation/model.html", context)


@login_required
@require_safe
def model_csv(request: HttpRequest, pk: int) -> HttpResponse:
    """Every slice of the chosen run; with ``?of=methods-RELEASE`` its two methods against each other."""
    _, runs, run = _chosen(request, pk)
    if run is None:
        raise Http404("This model has no run yet.")
    told, wanted = Told(request.user), request.GET.get("of", "")
    if wanted:
        return csv_file([_method_table(told, runs, wanted)], f"model-{pk}-{wanted}")
    return csv_file(_slice_tables(told, run, most=None), f"run-{run.pk}-slices")


@login_required
@require_safe
def model_svg(request: HttpRequest, pk: int) -> HttpResponse:
    """The picture of ``?by=``, a dimension, of the chosen run; or of ``?of=methods-RELEASE``."""
    _, runs, run = _chosen(request, pk)
    told, wanted = Told(request.user), request.GET.get("of", "")
    if wanted:
        return svg_response(_method_table(told, runs, wanted).picture, f"model-{pk}-{wanted}")
    tables = {table.name: table for table in (_slice_tables(told, run) if run else [])}
    table = tables.get(request.GET.get("by", "nation"))
    if run is None or table is None:
        raise Http404("There is no such picture.")
    return svg_response(table.picture, f"run-{run.pk}-{table.name}")


def _pairs(told: Told, runs: Sequence[EvalRun]) -> list[tuple[EvalRun, EvalRun]]:
    """The newest runs by both methods whose outcomes may be told in every nation."""
    return newest_pairs(run for run in runs if not told.of_run(run))


def _checks(told: Told, run: EvalRun) -> list[tuple[dict[str, Any], FigureTable]]:
    """The judge against people's votes; those on private items are few, and of who keeps the server."""
    if not run.judge or (run.is_holdout and not told.sees_private):
        return []
    return [(row, confusion_table(row)) for row in judge_checks(run)]


def _method_table(told: Told, runs: Sequence[EvalRun], wanted: str) -> FigureTable:
    for first, second in _pairs(told, runs):
        if wanted == f"methods-{first.release_id}":
            table: FigureTable = methods_told(first, second)["table"]
            return table
    raise Http404("This model has not finished by both methods there.")


def _chosen(request: HttpRequest, pk: int) -> tuple[CandidateModel, list[EvalRun], EvalRun | None]:
    candidate = get_object_or_404(CandidateModel, pk=pk)
    rows = EvalRun.objects.filter(candidate=candidate, release__status__in=BUILT)
    rows = rows.select_related("release").defer("release__manifest", "release__gates", "probe")
    runs = list(rows.order_by("-pk"))
    for run in runs:
        run.candidate = candidate
    wanted = request.GET.get("run", "")
    if wanted:
        run = next((run for run in runs if str(run.pk) == wanted), None)
        if run is None:
            raise Http404("This model has no such run.")
        return candidate, runs, run
    finished = (run for run in runs if run.status == EvalRun.Status.FINISHED)
    return candidate, runs, next(finished, next(iter(runs), None))


def _run_table(runs: Sequence[EvalRun]) -> FigureTable:
    sums = Answer.objects.filter(run__in=runs).order_by().values("run").annotate(
        answers=Count("pk"), read=Sum("prompt_tokens"), written=Sum("completion_tokens")
    )  # fmt: skip
    by_run = {row["run"]: row for row in sums}
    rows = []
    for run in runs:
        counted = by_run.get(run.pk, {})
        rows.append(
            {
                "run": f"run {run.pk}",
                "link": reverse("evaluation:run", args=[run.pk]),
                "release": run.release.label,
                "protocol": run.protocol,
                "judge": run.judge,
                "note": "private items included" if run.is_holdout else "",
                "status": run.get_status_display().lower(),
                "answers": counted.get("answers", 0),
                "read": run.spent.get("tokens_in", counted.get("read")),
                "written": run.spent.get("tokens_out", counted.get("written")),
                "cost": run.spent.get("cost"),
                "slices": "slices",
                "slices_link": f"?run={run.pk}#slices",
            }
        )
    columns = [
        text("Run", "run", link="link"),
        text("Release", "release"),
        text("Protocol", "protocol", small="note"),
        text("Judge", "judge"),
        text("Status", "status"),
        count("Answers", "answers"),
        count("Tokens read", "read"),
        count("Tokens written", "written"),
        count("Cost", "cost"),
        text("Slices", "slices", link="slices_link"),
    ]
    return FigureTable("runs", "Runs of this model, newest first", columns, rows)


def _slice_columns(by: str, board: Board) -> list[Column]:
    columns = [text("Nation", "nation")]
    if by != Dimension.NATION:
        columns.append(text(by.replace("_", " ").capitalize(), "told"))
    columns += [
        rate("Agreement", "agreement_rate", "agreement_error"),
        interval("95 % interval", "agreement_low", "agreement_high"),
        rate("Rate among the answered", "rate", "standard_error", "low", "high"),
        count("Answered", "answered", "items"),
        count("Articles", "articles"),
        rate("Refusal", "refusal_rate"),
        rate("Invalid", "invalid_rate"),
    ]
    if board.protocol in LIKELIHOODS:
        columns += control_columns()
    else:
        columns.append(rate("Flip", "flip_rate"))
    return columns


def _slice_tables(told: Told, run: EvalRun, most: int | None = _MOST_ROWS) -> list[FigureTable]:
    if run.status == EvalRun.Status.RUNNING:
        return []
    board, hidden = board_of(run), told.of_run(run)
    about = {"model": run.candidate.name, "release": run.release.label, "protocol": run.protocol, **ABOUT}
    tables = []
    for by, found in run_slices(run).items():
        is_wide = by in (Dimension.NATION, Dimension.SOURCE_TYPE)
        if run.is_holdout and not is_wide and not told.sees_private:
            continue
        rows = [row for row in found if not (is_wide and (row["nation"], row["value"] or ALL) in hidden)]
        if not rows:
            continue
        # A row of a nation has all its values: there is none it could be told by.
        unknown = "" if by == Dimension.NATION else "not known"
        shown = [{**row, "told": row["value"] or unknown} for row in rows]
        title = f"{run.candidate.name}, {_TITLES[by].lower()}"
        notes = []
        if most is not None and len(shown) > most:
            notes.append(f"The first {most} of {len(shown)} rows; the file has all.")
        if any(row["items"] < SMALL for row in rows):
            notes.append(f"Rows of fewer than {SMALL} items: read them as a hint.")
        columns = _slice_columns(by, board)
        if most is None:  # one header for all tables of the file
            columns = [text("Nation", "nation"), text("Value", "told"), *_slice_columns("nation", board)[1:]]
        tables.append(
            FigureTable(
                name=by,
                caption=_TITLES[by],
                columns=columns,
                rows=shown[:most],
                notes=notes,
                picture=dot_chart(title, [_mark(row, by) for row in shown[:_MOST_MARKS]]),
                query=urlencode({"run": run.pk, "by": by}),
                about={**about, "by": by},
            )
        )
    return tables


def _mark(row: Mapping[str, Any], by: str) -> Mark:
    told = _CONTESTED.get(row["told"], row["told"]) if by == Dimension.CONTESTED else row["told"]
    label = row["nation"] if by == Dimension.NATION else f"{row['nation']} {told}"
    ends = row["agreement_low"], row["agreement_high"]
    return Mark(label, row["agreement_rate"], *ends, value_of_control(row), note="no item asked")


def _diffs(runs: Sequence[EvalRun]) -> list[tuple[str, str]]:
    """Pairs of releases, older first, that this model has been scored on and that have one name."""
    labels: dict[str, dict[int, str]] = {}
    for run in runs:
        labels.setdefault(run.release.name, {})[run.release_id] = run.release.label
    found = []
    for versions in labels.values():
        ordered = [label for _, label in sorted(versions.items())]
        found += list(pairwise(ordered))
    return found
