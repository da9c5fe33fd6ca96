"""Any slice of one nation: models compared, and every pair of them with adjusted p-values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evaluation.models import Release
from evaluation.scoring.metrics import Dimension, Slice
from evaluation.services.figures.grids import grid_values
from evaluation.services.figures.slices import slice_standing
from evaluation.services.figures.standings import slice_data
from evaluation.services.figures.stored_figures import stored_figures
from evaluation.views.choices import Choice, check_narrow, chosen
from evaluation.views.controls import control_told, names_of
from evaluation.views.figures import FigureTable, count, csv_file, interval, p_value, rate, text
from evaluation.views.leaderboard import board_about, standing_table
from evaluation.views.pictures import Mark, cut, differences, dot_chart, svg_response

# Parameter of the address for each dimension.
NAMES: dict[Dimension, str] = {
    Dimension.NATION: "nation",
    Dimension.SOURCE_TYPE: "type",
    Dimension.TOPIC: "topic",
    Dimension.LANGUAGE: "language",
    Dimension.CONTESTED: "contested",
    Dimension.PERIOD: "period",
}
ADJUSTED = {"holm": "Holm: the chance of any wrong finding", "bh": "BH: the share of wrong findings"}
_MOST_TOPICS = 500
_MOST_MARKS = 45


@login_required
@require_safe
def slice_page(request: HttpRequest) -> HttpResponse:
    """``?release=&protocol=&nation=&type=&topic=&language=&contested=&period=&adjust=holm|bh``."""
    choice = chosen(request)
    check_narrow(request, choice.board)
    context: dict[str, Any] = {"choice": choice, "adjusts": ADJUSTED, "adjust": _adjust(request)}
    if choice.release and choice.ranked:
        values = _values(choice)
        where = _where(request, values)
        context |= _choices(values, where)
        models, pairs = _tables(request, choice, where) if where else (None, None)
        context |= {
            "models": models,
            "pairs": pairs,
            "where": _words(where),
            "query": _query(request, choice),
            "control": control_told(choice.board.protocol if choice.board else "", names_of(choice.ranked)),
        }
    return render(request, "evaluation/slice.html", context)


@login_required
@require_safe
def slice_csv(request: HttpRequest) -> HttpResponse:
    """The numbers of the models; with ``?of=pairs`` of the pairs."""
    models, pairs = _read(request)
    table = pairs if request.GET.get("of") == "pairs" else models
    return csv_file([table], f"slice-{table.name}")


@login_required
@require_safe
def slice_svg(request: HttpRequest) -> HttpResponse:
    """The picture of the models; with ``?of=pairs`` of the differences of pairs."""
    models, pairs = _read(request)
    table = pairs if request.GET.get("of") == "pairs" else models
    return svg_response(table.picture, f"slice-{table.name}")


def _read(request: HttpRequest) -> tuple[FigureTable, FigureTable]:
    choice = chosen(request)
    check_narrow(request, choice.board)
    if choice.release is None or not choice.ranked:
        raise Http404("No finished run.")
    return _tables(request, choice, _where(request, _values(choice)))


Values = Mapping[str, Sequence[str]]


def _values(choice: Choice) -> Values:
    """What occurs on each dimension of the items of the board."""
    assert choice.release is not None
    assert choice.board is not None
    return grid_values(choice.release, holdout=choice.board.is_holdout)


def _where(request: HttpRequest, values: Values) -> Slice:
    """The slice asked for; the first nation where none is. A value that does not occur is a 404."""
    where: list[tuple[Dimension, str]] = []
    for dimension, name in NAMES.items():
        value = request.GET.get(name, "")
        if dimension is Dimension.NATION and not value:
            value = next(iter(values[dimension]), "")
        if dimension is Dimension.SOURCE_TYPE and value == "all":
            value = ""
        if not value:
            continue
        if value not in values[dimension]:
            raise Http404(f"No item has {name} {value[:80]}.")
        where.append((dimension, value))
    return tuple(where)


def _tables(request: HttpRequest, choice: Choice, where: Slice) -> tuple[FigureTable, FigureTable]:
    found = _standing(choice, where)
    words = _words(where)
    about = {**board_about(choice), **{NAMES[at]: dict(where).get(at, "") for at in Dimension}}
    models = standing_table(found, choice=choice, name="models", caption=words, about=about)
    return models, _pair_table(
        found, _adjust(request), words, about, urlencode({**_named(request, choice), "of": "pairs"})
    )


def _standing(choice: Choice, where: Slice) -> dict[str, Any]:
    """Computed once for each slice that anybody looks at."""
    release, board, runs = choice.release, choice.board, choice.ranked
    assert isinstance(release, Release)
    assert board is not None

    def compute() -> dict[str, Any]:
        data = slice_data(release, board, runs)
        return slice_standing(data, where, data.grid.places(where))

    return stored_figures(release=release, name=f"{board.name} {where}", runs=runs, compute=compute)


def _pair_table(
    found: Mapping[str, Any], adjust: str, words: str, about: Mapping[str, Any], query: str
) -> FigureTable:
    names = {row["run"]: row["model"] for row in found["models"]}
    rows = [
        {**row, "first_model": names[row["first"]], "second_model": names[row["second"]]}
        for row in found["pairs"]
    ]
    adjusted = ("Adjusted p (BH)", "discovery_p") if adjust == "bh" else ("Adjusted p (Holm)", "holm_p")
    columns = [
        text("First", "first_model"),
        text("Second", "second_model"),
        rate("Difference", "difference", "standard_error"),
        interval("95 % interval", "low", "high"),
        p_value("p", "p_value"),
        p_value(*adjusted),
        count("Common items", "items"),
        count("Articles", "articles"),
        count("First higher", "first_higher"),
        count("Equal", "equal"),
        count("Second higher", "second_higher"),
    ]
    marks = [
        Mark(
            f"{cut(row['first_model'], 11)} − {cut(row['second_model'], 11)}",
            row["difference"],
            row["low"],
            row["high"],
        )
        for row in rows[:_MOST_MARKS]
    ]
    return FigureTable(
        name="pairs",
        caption=f"Pairs of models, {words}",
        columns=columns,
        rows=rows,
        picture=dot_chart(f"Differences, {words}", marks, differences(marks)),
        about=about,
        query=query,
    )


def _choices(values: Values, where: Slice) -> dict[str, Any]:
    named = dict(where)
    return {
        "dimensions": [
            (name, name.capitalize(), values[dimension][:_MOST_TOPICS], named.get(dimension, ""))
            for dimension, name in NAMES.items()
        ]
    }


def _words(where: Slice) -> str:
    told = {"yes": "contested", "no": "not contested"}
    return ", ".join(told.get(value, value) if at is Dimension.CONTESTED else value for at, value in where)


def _adjust(request: HttpRequest) -> str:
    value = request.GET.get("adjust", "")
    return value if value in ADJUSTED else "holm"


def _query(request: HttpRequest, choice: Choice) -> str:
    return urlencode(_named(request, choice))


def _named(request: HttpRequest, choice: Choice) -> dict[str, str]:
    narrowed = {name: request.GET.get(name, "") for name in (*NAMES.values(), "adjust")}
    return {**choice.parameters, **{name: value for name, value in narrowed.items() if value}}
