"""What a change of release does to the scores of models: tables, pictures and file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required, permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from annotation.views.tables import Shown
from evaluation.publishing.diff import diff_contents
from evaluation.scoring.comparability import Effect, Verdict
from evaluation.services.releases.score_changes import RunEffect, score_changes
from evaluation.services.releases.stored import StoredContent
from evaluation.views import releases
from evaluation.views.controls import ABOUT, control_columns, control_told
from evaluation.views.figures import Column, FigureTable, count, csv_file, interval, p_value, rate, text
from evaluation.views.pictures import Mark, dot_chart, svg_response

_SCORES = {
    "before_whole": "Before, whole",
    "before_common": "Before, common",
    "after_common": "After, common",
    "after_whole": "After, whole",
}
_MOST_MARKS = 60


@login_required
@permission_required(releases.VIEW, raise_exception=True)
@require_safe
def release_effects_csv(request: HttpRequest) -> HttpResponse:
    """``?old=name@version&new=name@version``: the numbers of every run."""
    old, new, runs = _read(request)
    tables = [effect_table(run, number, old, new, is_file=True) for number, run in enumerate(runs)]
    return csv_file(tables, f"{old}-to-{new}-scores")


@login_required
@permission_required(releases.VIEW, raise_exception=True)
@require_safe
def release_effects_svg(request: HttpRequest) -> HttpResponse:
    """The picture of one run, ``?of=`` the name of its table."""
    old, new, runs = _read(request)
    for number, run in enumerate(runs):
        table = effect_table(run, number, old, new)
        if table.name == request.GET.get("of", ""):
            return svg_response(table.picture, f"{old}-to-{new}-{table.name}")
    raise Http404("There is no such picture.")


def effects_told(runs: Sequence[RunEffect], old: str, new: str) -> list[dict[str, Any]]:
    """Runs as the page shows them."""
    return [
        {
            "run": run,
            "table": effect_table(run, number, old, new),
            "control": control_told(run.protocol, [run.control]),
        }
        for number, run in enumerate(runs)
    ]


def effect_table(run: RunEffect, number: int, old: str, new: str, *, is_file: bool = False) -> FigureTable:
    """Scores of one run before and after, slice by slice, with the picture of the common part. A file has the
    same columns for every protocol."""
    name = f"run-{number + 1}"
    title = f"{run.candidate}, {run.protocol}"
    return FigureTable(
        name=name,
        caption=f"Scores of {title}",
        columns=_columns(run, is_file),
        rows=[_row(effect) for effect in run.rows],
        picture=dot_chart(
            f"{title}: common part", [mark for row in run.rows for mark in _marks(row)][:_MOST_MARKS]
        ),
        query=urlencode({"old": old, "new": new, "of": name}),
        about={
            "old": old,
            "new": new,
            "model": run.candidate,
            "protocol": run.protocol,
            "judge": run.judge,
            "carried_from": run.carried_from,
            **ABOUT,
        },
    )


def _read(request: HttpRequest) -> tuple[str, str, list[RunEffect]]:
    """Labels, and the effect on every run."""
    old, new = (releases.release_labelled(request.GET.get(name, "")) for name in ("old", "new"))
    changes = diff_contents(StoredContent(old), StoredContent(new))
    return old.label, new.label, score_changes(old, new, changes)


def _columns(run: RunEffect, is_file: bool) -> list[Column]:
    columns = [Column("Slice", ("nation", "source_type"), lambda row: Shown(row["slice"]))]
    for name, title in _SCORES.items():
        also = (f"{name}.{part}" for part in ("agreement_low", "agreement_high", "rate", "items"))
        columns.append(rate(title, f"{name}.agreement_rate", *also))
        if is_file or run.line is not None:
            columns += control_columns(f"control.{name}", is_narrow=True)
    return [
        *columns,
        rate("Difference on common", "difference"),
        interval("95 % interval", "low", "high"),
        p_value("p", "p_value"),
        count("Common items", "overlap.common"),
        text("Common part", "common", small="comparable_on_common.why"),
        text("Wholes", "wholes", small="comparable_as_wholes.why"),
    ]


def _row(effect: Effect) -> dict[str, Any]:
    return {
        **effect.as_dict(),
        "slice": _slice(effect),
        "common": _may(effect.overlap.on_common),
        "wholes": _may(effect.overlap.as_wholes),
    }


def _slice(effect: Effect) -> str:
    return effect.nation if effect.source_type == "all" else f"{effect.nation} {effect.source_type}"


def _may(verdict: Verdict) -> str:
    return "comparable" if verdict.is_comparable else "not comparable"


def _marks(effect: Effect) -> list[Mark]:
    """The common part before and after."""
    found = []
    for when in ("before", "after"):
        score, control = (
            getattr(scores, f"{when}_common") if scores else None
            for scores in (effect.scores, effect.control)
        )
        found.append(
            Mark(
                f"{_slice(effect)}, {when}",
                score.agreement_rate if score else None,
                score.agreement_low if score else None,
                score.agreement_high if score else None,
                control.rate if control else None,
                note="no common item",
            )
        )
    return found
