"""What is known of a model beyond its rates: its two methods against each other, and its judge against
people."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from statistics import fmean
from typing import Any

from evaluation.models import AnswerVote, EvalRun, Method, VoteOutcome
from evaluation.scoring.judge_validity import JudgedItem, corrected_rate, judge_agreement
from evaluation.scoring.metrics import Dimension
from evaluation.scoring.outcomes import ItemOutcome, agreement_credit
from evaluation.services.figures.comparison import nation_agreements, pair_of
from evaluation.services.figures.grids import Grid, grid
from evaluation.services.figures.sheets import Sheet, sheet_of
from evaluation.services.figures.stored_figures import stored_figures

_LABELS = tuple(str(outcome) for outcome in (*VoteOutcome, ItemOutcome.INVALID))


def methods_compared(multiple_choice: EvalRun, answer_judgement: EvalRun) -> dict[str, Any]:
    """``nations``, the outcomes of both methods against each other: rows are what multiple choice came to,
    columns what answer judgement did. Both runs are ended and of one release."""
    release = multiple_choice.release

    def compute() -> dict[str, Any]:
        pair = pair_of(release, multiple_choice, answer_judgement)
        return {"nations": nation_agreements(*pair.sheets, pair.grid)}

    found: dict[str, Any] = stored_figures(
        release=release,
        name=f"methods {multiple_choice.pk} {answer_judgement.pk}",
        runs=[multiple_choice, answer_judgement],
        compute=compute,
    )
    return found


def newest_pairs(runs: Iterable[EvalRun]) -> list[tuple[EvalRun, EvalRun]]:
    """For each release the newest finished run by each method, where both are there; newest release first."""
    newest: dict[int, dict[str, EvalRun]] = defaultdict(dict)
    for run in sorted(runs, key=lambda run: run.pk):
        if run.status == EvalRun.Status.FINISHED:
            newest[run.release_id][run.method] = run
    return [
        (found[Method.MULTIPLE_CHOICE], found[Method.ANSWER_JUDGEMENT])
        for _, found in sorted(newest.items(), reverse=True)
        if len(found) == len(Method)
    ]


def judge_checks(run: EvalRun) -> list[dict[str, Any]]:
    """The judge of a run against people's votes, one row per nation that has any: confusion, kappa, and the
    agreement rate that people's votes correct the judge's to (``corrected``; ``None`` below two articles).

    An answer counts as what most of its voters say. Where several readings have the most votes it has the
    mean of their credits and is left out of the confusion.
    """
    voted = _voted(run)
    if not voted:
        return []
    over = grid(run.release, holdout=run.is_holdout)
    sheet = sheet_of(run, over)
    places = {item.key: at for at, item in enumerate(over.items)}
    by_nation: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for key, readings in voted.items():
        by_nation[over.items[places[key]].nation_id][key] = readings
    return [
        {"nation": nation, **_check(over, sheet, places, nation, votes)}
        for nation, votes in sorted(by_nation.items())
    ]


def _check(
    over: Grid, sheet: Sheet, places: dict[str, int], nation: str, votes: dict[str, list[str]]
) -> dict[str, Any]:
    seen = {key: sheet.outcome(places[key]) for key, readings in votes.items() if len(readings) == 1}
    found = judge_agreement(
        [
            JudgedItem(votes[key][0], _as_voted(outcome), over.items[places[key]].article_key)
            for key, outcome in seen.items()
            if outcome is not None
        ],
        _LABELS,
    )
    credits = sheet.credits(over, over.places(((Dimension.NATION, nation),)))
    empty = {
        key: article
        for key, (_, article) in credits.items()
        if sheet.outcome(places[key]) is ItemOutcome.INVALID
    }
    told = {key: credit for key, credit in credits.items() if key not in empty}
    people = {
        key: fmean(agreement_credit(ItemOutcome(one)) for one in votes[key]) for key in votes if key in told
    }
    corrected = corrected_rate(told, people, empty)
    return {
        **asdict(found),
        "table": [list(row) for row in found.table],
        "corrected": asdict(corrected) if corrected else None,
    }


def _as_voted(outcome: ItemOutcome) -> str:
    """A judge who follows the position finds the answer no nearer to either: people have no such word."""
    return str(ItemOutcome.TIE if outcome is ItemOutcome.FLIP else outcome)


def _voted(run: EvalRun) -> dict[str, list[str]]:
    """What most voters say of an answer, by item key; several readings where as many say each."""
    rows = AnswerVote.objects.filter(answer__run=run).values_list("answer__item__key", "outcome")
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for key, outcome in rows:
        counts[key][outcome] += 1
    return {
        key: sorted(outcome for outcome, number in votes.items() if number == max(votes.values()))
        for key, votes in sorted(counts.items())
    }
