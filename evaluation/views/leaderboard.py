"""The leaderboard: models of one release by one protocol, per nation and type, as page, picture and file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from annotation.models import Nation
from evaluation.models import LIKELIHOODS, EvalRun
from evaluation.scoring.metrics import ALL
from evaluation.services.figures.boards import Board
from evaluation.services.figures.slices import SMALL
from evaluation.services.figures.standings import standing
from evaluation.services.runs.disclosure import Place, Told
from evaluation.views.choices import Choice, chosen
from evaluation.views.controls import ABOUT, control_columns, control_told, names_of
from evaluation.views.figures import Column, FigureTable, count, csv_file, effect_told, interval, rate, text
from evaluation.views.pictures import Mark, dot_chart, svg_response

KINDS = ("quoted", "official", ALL)


@login_required
@require_safe
def leaderboard(request: HttpRequest) -> HttpResponse:
    """``?release=&protocol=&judge=&holdout=&nation=&type=``: one protocol at a time."""
    choice = chosen(request)
    tables = _tables(request, choice)
    names = dict(Nation.objects.values_list("code", "name"))
    nations = [
        (names.get(code, code), list(group))
        for code, group in groupby(tables, key=lambda table: table.about["nation"])
    ]
    context = {
        "choice": choice,
        "nations": nations,
        "protocols": list(dict.fromkeys(board.protocol for board in choice.boards)),
        "nation_choices": sorted(names.items()),
        "kinds_of_source": KINDS,
        "chosen": {name: request.GET.get(name, "") for name in ("nation", "type")},
        "control": control_told(choice.board.protocol if choice.board else "", names_of(choice.ranked)),
        "query": _query(request, choice),
        "is_hidden": bool(_hidden(request, choice)),
        "prompts": len({run.prompt_digest for run in choice.ranked}),
        "parameters": differing_parameters(choice.ranked),
        "described": [run.candidate for run in choice.ranked if run.candidate.description],
        "names": [run.candidate.name for run in choice.ranked],
    }
    return render(request, "evaluation/leaderboard.html", context)


@login_required
@require_safe
def leaderboard_csv(request: HttpRequest) -> HttpResponse:
    """The numbers behind the page."""
    choice = chosen(request)
    return csv_file(_tables(request, choice), _filename(choice))


@login_required
@require_safe
def leaderboard_svg(request: HttpRequest) -> HttpResponse:
    """The picture of one nation and type; without them, of the first."""
    choice = chosen(request)
    table = next(iter(_tables(request, choice)), None)
    if table is None:
        raise Http404("No finished run has items of this slice.")
    name = f"{_filename(choice)}-{table.about['nation']}-{table.about['source_type']}"
    return svg_response(table.picture, name.lower())


def standing_columns(board: Board) -> list[Column]:
    """Columns of a table of models; those that a protocol does not have are left out."""
    is_likelihood = board.protocol in LIKELIHOODS
    columns = [
        text("Model", "model", link="link", small="note"),
        text("Groups", "letters"),
        rate("Agreement", "agreement_rate", "agreement_error"),
        interval("95 % interval", "agreement_low", "agreement_high"),
        rate("Rate among the answered", "rate", "standard_error", "low", "high"),
        count("Answered", "answered", "items"),
        count("Articles", "articles"),
        rate("Refusal", "refusal_rate"),
        rate("Invalid", "invalid_rate"),
    ]
    if is_likelihood:
        columns += control_columns()
    elif not board.judge:
        columns += [rate("Flip", "flip_rate"), rate("First option", "bias.first_option.rate")]
    if not board.judge:
        columns.append(rate("Margin", "bias.margin", "bias.log_odds"))
    return columns


def standing_table(
    found: Mapping[str, Any],
    *,
    choice: Choice,
    name: str,
    caption: str,
    about: Mapping[str, Any],
    query: str = "",
) -> FigureTable:
    """A slice of models as table and picture."""
    assert choice.board is not None
    models = {run.pk: run for run in choice.ranked}
    rows = [
        {**row, "link": _model_address(models, row["run"]), "note": _small(row)} for row in found["models"]
    ]
    marks = [
        Mark(
            row["model"],
            row["agreement_rate"],
            row["agreement_low"],
            row["agreement_high"],
            value_of_control(row),
            note="no item asked",
            tag="".join(row["letters"]),
        )
        for row in rows
    ]
    return FigureTable(
        name=name,
        caption=caption,
        columns=standing_columns(choice.board),
        rows=rows,
        notes=_notes(found),
        picture=dot_chart(caption, marks),
        query=query,
        about={
            **about,
            **{
                f"detectable_{which}": (found["mde"] or {}).get(which)
                for which in ("least", "median", "most")
            },
        },
    )


def differing_parameters(runs: Sequence[EvalRun]) -> list[str]:
    """Names of parameters that are not the same in all runs; none where all have one digest."""
    if len({run.parameters_digest for run in runs}) < 2:
        return []
    names = sorted({name for run in runs for name in run.parameters})
    values = {name: [run.parameters.get(name) for run in runs] for name in names}
    found = [name for name in names if any(value != values[name][0] for value in values[name])]
    return found or ["parameters that are not kept"]


def value_of_control(row: Mapping[str, Any]) -> float | None:
    """The rate of random weights, where a row has it."""
    return row["control"]["rate"] if row.get("control") else None


def board_about(choice: Choice) -> dict[str, Any]:
    """What every row of a file says of where it is from."""
    assert choice.release is not None
    assert choice.board is not None
    return {
        "release": choice.release.label,
        "protocol": choice.board.protocol,
        "judge": choice.board.judge,
        "private_items": choice.board.is_holdout,
        **ABOUT,
    }


def _tables(request: HttpRequest, choice: Choice) -> list[FigureTable]:
    if choice.release is None or choice.board is None:
        return []
    wanted = {"nation": request.GET.get("nation", ""), "source_type": request.GET.get("type", "")}
    hidden = _hidden(request, choice)
    tables = []
    for found in standing(choice.release, choice.board, choice.ranked):
        if any(value not in ("", found[name]) for name, value in wanted.items()):
            continue
        if (found["nation"], found["source_type"]) in hidden:
            continue
        where = {name: found[name] for name in wanted}
        kind = "quoted and official" if found["source_type"] == ALL else found["source_type"]
        tables.append(
            standing_table(
                found,
                choice=choice,
                name=f"{found['nation']}-{found['source_type']}".lower(),
                caption=f"{found['nation']}, {kind}",
                about={**board_about(choice), **where},
                query=urlencode(
                    {**choice.parameters, "nation": found["nation"], "type": found["source_type"]}
                ),
            )
        )
    return tables


def _hidden(request: HttpRequest, choice: Choice) -> frozenset[Place]:
    """Slices that would tell this person of single private items."""
    if choice.release is None or choice.board is None or not choice.ranked:
        return frozenset()
    return Told(request.user).hidden(choice.release, is_holdout=choice.board.is_holdout)


def _notes(found: Mapping[str, Any]) -> list[str]:
    """What the slice can show, and whether it is small."""
    notes = []
    mde = found["mde"]
    if mde:
        spread = (
            ""
            if effect_told(mde["least"]) == effect_told(mde["most"])
            else f" ({effect_told(mde['least'])} to {effect_told(mde['most'])} over pairs)"
        )
        notes.append(
            f"Smallest difference of two models this slice can show: {effect_told(mde['median'])}{spread}, "
            "with 80 % power at the 5 % level, before adjustment for the number of pairs."
        )
    elif len(found["models"]) > 1:
        notes.append("What difference this slice could show cannot be told: it has too few articles.")
    fewest = min((row["items"] for row in found["models"]), default=0)
    if found["models"] and fewest < SMALL:
        notes.append(
            f"Small slice: only {fewest} items. Below {SMALL} the interval holds the true rate in 92 to 98 % "
            "of samples rather than in 95 %, and below ten articles that is not measured; read it as a hint."
        )
    return notes


def _small(row: Mapping[str, Any]) -> str:
    return "few answers" if row["answered"] < SMALL else ""


def _model_address(runs: Mapping[int, Any], run: int) -> str:
    address = reverse("evaluation:model", args=[runs[run].candidate_id])
    return f"{address}?run={run}"


def _query(request: HttpRequest, choice: Choice) -> str:
    narrowed = {name: request.GET.get(name, "") for name in ("nation", "type")}
    return urlencode({**choice.parameters, **{name: value for name, value in narrowed.items() if value}})


def _filename(choice: Choice) -> str:
    if choice.release is None or choice.board is None:
        return "results"
    return f"{choice.release.name}-{choice.release.version}-{choice.board.protocol}"
