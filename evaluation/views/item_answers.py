"""One item: the answers of all models to it, by every protocol and order, as page, picture and file."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from evaluation.models import LIKELIHOODS, Answer, ReleaseItem
from evaluation.publishing.rows import Part
from evaluation.services.figures.sheets import control_outcomes
from evaluation.services.releases.access import sees_private
from evaluation.views.choices import release_named
from evaluation.views.controls import ABOUT, control_told, names_of
from evaluation.views.figures import FigureTable, csv_file, rate, text
from evaluation.views.pictures import Axis, Mark, cut, dot_chart, svg_response

_MOST_MARKS = 60
_ASKED = {"s_rs": "S first", "rs_s": "RS first", "": "without order"}
_AXIS = Axis(line_says="even")


@login_required
@require_safe
def item_answers(request: HttpRequest, label: str, key: str) -> HttpResponse:
    """Items of other nations, and private ones, are not there for who may not see them: 404."""
    item = _item(request, label, key)
    answers = _answers(item)
    likelihoods = [answer.run for answer in answers if answer.run.protocol in LIKELIHOODS]
    context = {
        "item": item,
        "release": item.release,
        "answers": [(answer, _asked(answer), _verdicts(answer)) for answer in answers],
        "table": _table(item, answers),
        "control": control_told(likelihoods[0].protocol if likelihoods else "", names_of(likelihoods)),
    }
    return render(request, "evaluation/item.html", context)


@login_required
@require_safe
def item_answers_csv(request: HttpRequest, label: str, key: str) -> HttpResponse:
    """The same as rows, safe to open in a spreadsheet."""
    item = _item(request, label, key)
    return csv_file([_table(item, _answers(item))], f"item-{item.pk}")


@login_required
@require_safe
def item_answers_svg(request: HttpRequest, label: str, key: str) -> HttpResponse:
    """Probabilities of S where they are known."""
    item = _item(request, label, key)
    return svg_response(_table(item, _answers(item)).picture, f"item-{item.pk}")


def _item(request: HttpRequest, label: str, key: str) -> ReleaseItem:
    release = release_named(label)
    items = ReleaseItem.objects.for_user(request.user).filter(release=release).defer("row", "passport")
    if not sees_private(request.user):
        items = items.exclude(part=Part.HOLDOUT)
    item = get_object_or_404(items, key=key)
    item.release = release
    return item


def _answers(item: ReleaseItem) -> list[Answer]:
    rows = Answer.objects.filter(item=item).select_related("run__candidate")
    rows = rows.defer("run__summary", "run__figures", "run__probe", "run__place")
    return list(rows.order_by("run__protocol", "run__candidate__name", "run", "order"))


def _table(item: ReleaseItem, answers: list[Answer]) -> FigureTable:
    random = control_outcomes(item, [answer.run for answer in answers])
    rows = [
        {
            "model": answer.run.candidate.name,
            "link": reverse("evaluation:run", args=[answer.run_id]),
            "run": answer.run_id,
            "protocol": answer.run.protocol,
            "judge": answer.run.judge,
            "order": _asked(answer),
            "outcome": answer.outcome,
            "random": random.get(answer.run_id, ""),
            "verdicts": "; ".join(f"{order}: {verdict}" for order, verdict, _ in _verdicts(answer)),
            "probability": answer.probability,
            "reply": answer.reply,
            "error": answer.error,
        }
        for answer in answers
    ]
    marks = [
        Mark(f"{cut(row['model'], 12)}, {row['order']}", row["probability"], note=row["outcome"])
        for row in rows[:_MOST_MARKS]
    ]
    return FigureTable(
        name="answers",
        caption="Answers by model, protocol and order",
        columns=[
            text("Model", "model", link="link"),
            text("Run", "run", link="link"),
            text("Protocol", "protocol", small="judge"),
            text("Order", "order"),
            text("Outcome", "outcome"),
            *([text("Random weights", "random")] if random else []),
            rate("Probability of S", "probability"),
            text("Judge says", "verdicts"),
        ],
        rows=rows,
        picture=dot_chart("Probability of S, or the outcome", marks, _AXIS),
        about={"release": item.release.label, "item": item.key, "nation": item.nation_id, **ABOUT},
    )


def _asked(answer: Answer) -> str:
    return _ASKED[answer.order]


def _verdicts(answer: Answer) -> list[tuple[str, str, str]]:
    """Order, verdict and raw reply of a judge, where there was one."""
    if not answer.judge_reply:
        return []
    try:
        kept: Any = json.loads(answer.judge_reply)
        return [
            (_ASKED[order], str(one["verdict"]), str(one.get("reply", ""))) for order, one in kept.items()
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        return [("", answer.judge_reply, "")]
