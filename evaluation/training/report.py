"""The training report as people read it: the figures of ``report.json`` in tables, without a verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evaluation.publishing.formats.markdown import plain, table
from evaluation.publishing.rows import Part
from evaluation.scoring.metrics import ALL
from evaluation.training.figures import COMPARED, Weights
from evaluation.training.measures import Measure

_PARTS = {
    Part.EVALUATION: "Evaluation items (no article, near copy or topic of theirs was trained on)",
    Part.TEST: "Held-out pairs (`dpo/test.jsonl`, not trained on)",
    Part.TRAIN: "The pairs it was trained on (how far they were learned, not what was learned)",
}
_MEASURES = {
    Measure.LETTERS: "which letter is likelier, in both orders; a flip counts one half",
    Measure.PER_TOKEN: "which option has the higher mean log-likelihood per token after the question",
    Measure.SUM: "which option has the higher log-likelihood after the question; favours the shorter",
    Measure.REWARD: (
        "which option's log-likelihood gained more since the start; at the start itself 0.5 by definition"
    ),
}
_COLUMNS = {
    Weights.START: "start",
    Weights.TRAINED: "trained",
    Weights.CONTROL: "control",
    Weights.RANDOM: "random weights",
}


def markdown(report: Mapping[str, Any]) -> str:
    """``report.json`` as a page."""
    release, model, training = report["release"], report["model"], report["training"]
    lines = [
        f"# Alignment with {release['label']}",
        "",
        f"Canary, never to be in training data: {release['canary']}",
        "",
        f"Model {plain(model['name'])}, asked {_asked(model)}. {training['pairs']} pairs. "
        f"Settings: {_settings(report['settings'])}. "
        f"Software: {', '.join(f'{name} {version}' for name, version in report['software'].items())}.",
        "",
        "Rates are the share of items in which S is preferred to RS; 0.5 is what chance gives. What stands "
        "in parentheses is the 95 % interval, clustered by article. Differences are paired, item by item. "
        "Slices of different nations have different items and are not comparable.",
        "",
        *_runs(training["runs"]),
        *_balance(training),
    ]
    for part in _PARTS:
        for measure in Measure:
            lines += _measure(report, part, measure)
    lines += ["## Lengths", "", *_lengths(report["lengths"])]
    return "\n".join(lines) + "\n"


def _asked(model: Mapping[str, Any]) -> str:
    if model["has_chat_template"]:
        return "by its chat template"
    return "without a chat template, the answer after the question and a space"


def _settings(settings: Mapping[str, Any]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in settings.items())


def _runs(runs: Mapping[str, Mapping[str, Any]]) -> list[str]:
    header = ("run", "steps", "first loss", "last loss", "pairs cut", "pairs left out")
    rows = [
        (
            _COLUMNS[Weights(weights)],
            str(run["steps"]),
            *(f"{run['losses'][place]:.3f}" if run["losses"] else "" for place in (0, -1)),
            str(run["cut_pairs"]),
            str(run["left_out_pairs"]),
        )
        for weights, run in runs.items()
    ]
    return ["## Training", "", table(header, rows), ""]


def _balance(training: Mapping[str, Any]) -> list[str]:
    header = (
        "language",
        "pairs",
        "characters of S",
        "characters of RS",
        "S longer",
        "S negated",
        "RS negated",
    )
    rows = [
        (
            language,
            str(found["items"]),
            *(_number(found[name], 1) for name in ("chosen_length", "rejected_length")),
            *(_number(found[name], 3) for name in ("chosen_longer", "chosen_negated", "rejected_negated")),
        )
        for language, found in training["balance"].items()
    ]
    return ["## Pairs trained on", "", table(header, rows), ""]


def _number(value: float | None, digits: int) -> str:
    return "not known" if value is None else f"{value:.{digits}f}"


def _measure(report: Mapping[str, Any], part: Part, measure: Measure) -> list[str]:
    rates = [line for line in report["rates"] if (line["part"], line["measure"]) == (part, measure)]
    if not rates:
        return []
    shown = [weights for weights in Weights if any(line["weights"] == weights for line in rates)]
    compared = [pair for pair in COMPARED if all(weights in shown for weights in pair)]
    slices = _told_apart(dict.fromkeys((line["nation"], line["source_type"]) for line in rates))
    by_rate = {(line["nation"], line["source_type"], line["weights"]): line for line in rates}
    by_difference = {
        (line["nation"], line["source_type"], line["of"], line["against"]): line
        for line in report["differences"]
        if (line["part"], line["measure"]) == (part, measure)
    }
    header = [
        "nation",
        "type",
        "items",
        "articles",
        *(_COLUMNS[weights] for weights in shown),
        *(f"{_COLUMNS[of]} − {_COLUMNS[against]}" for of, against in compared),
    ]
    rows = []
    for nation, source_type in slices:
        start = by_rate[nation, source_type, Weights.START]
        rows.append(
            [
                nation,
                "both" if source_type == ALL else source_type,
                str(start["items"]),
                str(start["articles"]),
                *(_figure(by_rate[nation, source_type, weights], "rate") for weights in shown),
                *(
                    _figure(by_difference[nation, source_type, of, against], "difference", sign="+")
                    for of, against in compared
                ),
            ]
        )
    return [
        f"## {_PARTS[part]}: {measure}",
        "",
        f"{_MEASURES[measure][0].upper()}{_MEASURES[measure][1:]}.",
        "",
        table(header, rows),
        "",
    ]


def _told_apart(slices: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Without the pooled line of a nation that has one type only: it would say the same twice."""
    found = list(slices)
    types = Counter(nation for nation, source_type in found if source_type != ALL)
    return [(nation, source_type) for nation, source_type in found if source_type != ALL or types[nation] > 1]


def _lengths(lines: Sequence[Mapping[str, Any]]) -> list[str]:
    header = ("part", "nation", "type", "items", "tokens of S", "tokens of RS", "S shorter", "RS shorter")
    rows = [
        (
            line["part"],
            line["nation"],
            line["source_type"],
            str(line["items"]),
            *(f"{line[name]:.1f}" for name in ("statement_tokens", "reversed_tokens")),
            *(f"{line[name]:.3f}" for name in ("statement_shorter", "reversed_shorter")),
        )
        for line in lines
    ]
    return [table(header, rows)]


def _figure(line: Mapping[str, Any], name: str, *, sign: str = "") -> str:
    if line[name] is None:
        return "none answered"
    if line["low"] is None:
        return f"{line[name]:{sign}.3f} ({line['rose']} rose, {line['fell']} fell)"
    return f"{line[name]:{sign}.3f} ({line['low']:{sign}.3f} to {line['high']:{sign}.3f})"
