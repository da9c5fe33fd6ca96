"""Two models by one protocol: differences by slice, outcomes against each other, items they differ on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from annotation.models.person import nations_of
from evaluation.models import LIKELIHOODS, EvalRun, Release, ReleaseItem
from evaluation.scoring.metrics import Dimension
from evaluation.services.figures.comparison import Pair, compared, differing, pair_of
from evaluation.views.choices import Choice, check_narrow, chosen
from evaluation.views.controls import control_told, names_of
from evaluation.views.figures import (
    Column,
    FigureTable,
    count,
    csv_file,
    effect,
    interval,
    p_value,
    rate,
    text,
)
from evaluation.views.leaderboard import board_about
from evaluation.views.model_methods import flip_table
from evaluation.views.pictures import Mark, differences, dot_chart, svg_response
from evaluation.views.slices import NAMES

_PER_PAGE = 25
_MOST_MARKS = 60


@login_required
@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """``?a=MODEL&b=MODEL&release=&protocol=&by=``; without models a form to choose them by."""
    choice = chosen(request)
    check_narrow(request, choice.board)
    names = [run.candidate.name for run in choice.ranked]
    context: dict[str, Any] = {
        "choice": choice,
        "names": names,
        "a": request.GET.get("a", ""),
        "b": request.GET.get("b", ""),
        "by": str(_by(request)),
        "older": _older(choice),
        "dimensions": [(str(at), name) for at, name in NAMES.items()],
    }
    if context["a"] and context["b"]:
        runs = _runs(request, choice)
        found = _found(choice, runs, _by(request))
        assert choice.release is not None
        pair = pair_of(choice.release, *runs)
        page = Paginator(differing(pair, nations_of(request.user)), _PER_PAGE).get_page(
            request.GET.get("page")
        )
        context |= {
            "first": runs[0],
            "second": runs[1],
            "table": _slices(found, choice, runs, _by(request)),
            "control": control_told(choice.board.protocol if choice.board else "", names_of(runs)),
            "flips": [
                flip_table(row, runs[0].candidate.name, runs[1].candidate.name) for row in found["nations"]
            ],
            "page": page,
            "items": _items(pair, page.object_list, choice.release),
            "query": _query(request, choice),
        }
    return render(request, "evaluation/compare.html", context)


@login_required
@require_safe
def compare_csv(request: HttpRequest) -> HttpResponse:
    """The numbers of the slices."""
    choice, runs, found = _read(request)
    return csv_file([_slices(found, choice, runs, _by(request))], f"compare-{runs[0].pk}-{runs[1].pk}")


@login_required
@require_safe
def compare_svg(request: HttpRequest) -> HttpResponse:
    """The picture of the differences."""
    choice, runs, found = _read(request)
    table = _slices(found, choice, runs, _by(request))
    return svg_response(table.picture, f"compare-{runs[0].pk}-{runs[1].pk}")


Runs = tuple[EvalRun, EvalRun]


def _read(request: HttpRequest) -> tuple[Choice, Runs, dict[str, Any]]:
    choice = chosen(request)
    check_narrow(request, choice.board)
    runs = _runs(request, choice)
    return choice, runs, _found(choice, runs, _by(request))


def _runs(request: HttpRequest, choice: Choice) -> Runs:
    by_name = {run.candidate.name: run for run in choice.ranked}
    found = []
    for name in (request.GET.get("a", ""), request.GET.get("b", "")):
        if name not in by_name:
            raise Http404(f"{name[:80] or 'No model'} has no finished run by this protocol on this release.")
        found.append(by_name[name])
    return found[0], found[1]


def _found(choice: Choice, runs: Runs, by: Dimension) -> dict[str, Any]:
    assert choice.release is not None
    return compared(choice.release, *runs, by)


def _by(request: HttpRequest) -> Dimension:
    value = request.GET.get("by", "")
    return Dimension(value) if value in set(Dimension) else Dimension.SOURCE_TYPE


def _slices(found: Mapping[str, Any], choice: Choice, runs: Runs, by: Dimension) -> FigureTable:
    first, second = (run.candidate.name for run in runs)
    rows = [{**row, "told": row["value"] or "not known"} for row in found["slices"]]
    columns = [
        text("Nation", "nation"),
        *([] if by is Dimension.NATION else [text(NAMES[by].capitalize(), "told")]),
        rate("First", "first_rate"),
        rate("Second", "second_rate"),
        *_control_columns(choice),
        rate("Difference", "difference", "standard_error"),
        interval("95 % interval", "low", "high"),
        p_value("p", "p_value"),
        p_value("Holm", "holm_p"),
        p_value("BH", "discovery_p"),
        count("Items", "items"),
        count("Articles", "articles"),
        count("First higher", "first_higher"),
        count("Equal", "equal"),
        count("Second higher", "second_higher"),
        effect("Detectable", "mde"),
    ]
    marks = [
        Mark(
            row["nation"] if by is Dimension.NATION else f"{row['nation']} {row['told']}",
            row["difference"],
            row["low"],
            row["high"],
            note="no common item",
        )
        for row in rows[:_MOST_MARKS]
    ]
    return FigureTable(
        name="slices",
        caption=f"{first} less {second}, on the items both were asked",
        columns=columns,
        rows=rows,
        picture=dot_chart(f"{first} less {second}", marks, differences(marks)),
        about={**board_about(choice), "first": first, "second": second, "by": str(by)},
    )


def _control_columns(choice: Choice) -> list[Column]:
    """What random weights have beside either likelihood."""
    if choice.board is None or choice.board.protocol not in LIKELIHOODS:
        return []
    return [
        rate("Random weights of the first", "first_control"),
        rate("Of the second", "second_control"),
    ]


def _items(pair: Pair, places: Any, release: Release) -> list[dict[str, Any]]:
    kept = list(places)
    keys = [pair.grid.items[at].key for at in kept]
    rows = ReleaseItem.objects.filter(release=release, key__in=keys).defer("row", "passport")
    items = {item.key: item for item in rows}
    one, other = pair.sheets
    return [
        {
            "item": items[key],
            "address": reverse("evaluation:item-answers", args=[release.label, key]),
            "first": one.outcome(at) or "not answered",
            "second": other.outcome(at) or "not answered",
        }
        for at, key in zip(kept, keys, strict=True)
    ]


def _older(choice: Choice) -> str:
    """The release of the same name before the chosen one."""
    if choice.release is None:
        return ""
    name, pk = choice.release.name, choice.release.pk
    return next((one.label for one in choice.releases if one.name == name and one.pk < pk), "")


def _query(request: HttpRequest, choice: Choice) -> str:
    named = {name: request.GET.get(name, "") for name in ("a", "b", "by")}
    return urlencode({**choice.parameters, **{name: value for name, value in named.items() if value}})
