"""A model's two methods against each other, and its judge against people, as tables and pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from evaluation.models import EvalRun
from evaluation.services.figures.model_checks import methods_compared
from evaluation.views.figures import FigureTable, count, interval, number, rate, text
from evaluation.views.pictures import Axis, Mark, dot_chart

_HALF = Axis(line_says="half")


def methods_told(first: EvalRun, second: EvalRun) -> dict[str, Any]:
    """Both methods on one release."""
    found = methods_compared(first, second)
    columns = [
        text("Nation", "nation"),
        count("Items", "items"),
        rate("Same outcome", "same"),
        interval("95 % interval", "low", "high"),
        count("S by one, RS by the other", "contradicted"),
        rate("Correlation over items (Pearson)", "by_item.pearson"),
        rate("Spearman", "by_item.spearman"),
    ]
    caption = f"Multiple choice against answer judgement, {first.release.label}"
    rows = found["nations"]
    return {
        "first": first,
        "second": second,
        "table": FigureTable(
            name=f"methods-{first.release_id}",
            caption=caption,
            columns=columns,
            rows=rows,
            picture=dot_chart(
                f"Same outcome by both, {first.release.label}",
                [Mark(row["nation"], row["same"], row["low"], row["high"]) for row in rows],
                _HALF,
            ),
            query=urlencode({"of": f"methods-{first.release_id}"}),
            about={
                "model": first.candidate.name,
                "release": first.release.label,
                "multiple_choice": first.protocol,
                "answer_judgement": second.protocol,
                "judge": second.judge,
            },
        ),
        "flips": [flip_table(row, "Multiple choice", "answer judgement") for row in rows],
    }


def flip_table(row: Mapping[str, Any], first: str, second: str) -> FigureTable:
    """Outcomes of two runs against each other in one nation, those that never occur left out."""
    outcomes = row["outcomes"]
    across = [at for at in range(len(outcomes)) if any(line[at] for line in row["table"])]
    lines = [
        {"outcome": outcomes[at], **{outcomes[to]: line[to] for to in across}}
        for at, line in enumerate(row["table"])
        if any(line)
    ]
    columns = [
        text(f"{first} ↓, {second} →", "outcome"),
        *(count(outcomes[at], outcomes[at]) for at in across),
    ]
    caption = f"{row['nation']}: items by outcome of both"
    return FigureTable(f"flips-{row['nation']}", caption, columns, lines)


def confusion_table(row: Mapping[str, Any]) -> FigureTable:
    """What people and the judge called the same answers in one nation, with kappa and the corrected rate."""
    labels = row["labels"]
    lines = [
        {"outcome": labels[at], **dict(zip(labels, line, strict=True))}
        for at, line in enumerate(row["table"])
        if any(line)
    ]
    columns = [text("People ↓, judge →", "outcome"), *(count(label, label) for label in labels)]
    kappa = f"kappa {number(row['kappa'])}"
    if row["low"] is not None:
        kappa += f" ({number(row['low'])} to {number(row['high'])})"
    notes = [
        f"{row['items']} answers of {row['articles']} articles; "
        f"agreement {number(row['agreement'])}, {kappa}."
    ]
    if corrected := row["corrected"]:
        notes.append(
            f"Agreement by the judge {number(corrected['judged_rate'])}; corrected by people's votes "
            f"{number(corrected['rate'])} ({number(corrected['low'])} to {number(corrected['high'])})."
        )
    return FigureTable(
        f"judge-{row['nation']}", f"{row['nation']}: the judge against people", columns, lines, notes
    )
