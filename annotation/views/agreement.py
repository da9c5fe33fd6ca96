"""Pages of agreement: every nation and kind of decision at a glance, one of them in detail, both as files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.decorators import login_required, permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from annotation.agreement.coefficients import NO_PAIRS
from annotation.models import DecisionKind
from annotation.services.reviews.reveal import BlindReport, blind_reports
from annotation.services.votes.agreement import Detail, Summary, detail, summaries
from annotation.views.tables import Shown, Table, csv_response

_PERMISSION = "annotation.view_review"
_NOBODY = "Nobody has answered a question yet."


@login_required
@permission_required(_PERMISSION, raise_exception=True)
@require_safe
def agreement(request: HttpRequest) -> HttpResponse:
    """How far annotators agree, per nation and kind of decision."""
    return render(request, "annotation/agreement.html", {"tables": _all(request.user)})


@login_required
@permission_required(_PERMISSION, raise_exception=True)
@require_safe
def agreement_csv(request: HttpRequest, name: str) -> HttpResponse:
    """One table of the overview as a file."""
    table = _named(_all(request.user), name)
    return csv_response(table, f"agreement-{name}.csv")


@login_required
@permission_required(_PERMISSION, raise_exception=True)
@require_safe
def agreement_detail(request: HttpRequest, nation: str, kind: str) -> HttpResponse:
    """Who agrees with whom, and on what they differ, for one nation and kind."""
    found = _detail(request.user, nation, kind)
    context = {"summary": found.summary, "kind": kind.replace("_", " "), "tables": _tables(found)}
    return render(request, "annotation/agreement_detail.html", context)


@login_required
@permission_required(_PERMISSION, raise_exception=True)
@require_safe
def agreement_detail_csv(request: HttpRequest, nation: str, kind: str, name: str) -> HttpResponse:
    """One table of a nation and kind as a file."""
    table = _named(_tables(_detail(request.user, nation, kind)), name)
    return csv_response(table, f"agreement-{nation}-{kind}-{name}.csv")


def _detail(user: Any, nation: str, kind: str) -> Detail:
    found = detail(user, nation, DecisionKind(kind)) if kind in set(DecisionKind) else None
    if found is None:
        raise Http404("There is no answer of this kind in your nations.")
    return found


def _named(tables: Iterable[Table], name: str) -> Table:
    for table in tables:
        if table.name == name:
            return table
    raise Http404(f"There is no table {name}.")


def _all(user: Any) -> list[Table]:
    return [*_overview(summaries(user)), _revealed(blind_reports(user))]


def _revealed(reports: list[BlindReport]) -> Table:
    """What changed when annotators were shown the machine's answer."""
    return Table(
        "revealed",
        "Before and after the machine's answer was shown",
        [
            "nation",
            "kind",
            "votes",
            "agreed with the machine before",
            "agreed after",
            "changed to the machine's",
            "changed away from it",
            "changed otherwise",
        ],
        [
            [
                report.nation,
                report.kind.replace("_", " "),
                report.revealed,
                report.agreed_blind / report.revealed,
                report.agreed_after / report.revealed,
                report.to_machine,
                report.from_machine,
                report.otherwise,
            ]
            for report in reports
        ],
        note="Agreement above is of answers given before. A vote counts as the person last left it.",
        why_empty="Nobody has looked at the machine's answer after answering yet.",
    )


def _overview(found: list[Summary]) -> list[Table]:
    has_order = any(summary.ordinal is not None for summary in found)
    ordinal = ["alpha (ordinal)"] if has_order else []
    return [
        Table(
            "coefficients",
            "Agreement by nation and kind",
            [
                "nation",
                "kind",
                "items",
                "votes",
                "annotators",
                "raw agreement",
                "alpha (nominal)",
                *ordinal,
                "Fleiss' kappa",
            ],
            [
                [
                    summary.nation,
                    _link(summary),
                    summary.n_items,
                    summary.n_votes,
                    summary.n_annotators,
                    summary.raw,
                    summary.nominal,
                    *([summary.ordinal] if has_order else []),
                    summary.fleiss,
                ]
                for summary in found
            ],
            why_empty=_NOBODY,
        ),
        Table(
            "prevalence",
            "How often each label is given",
            ["nation", "kind", "label", "share of votes"],
            [
                [summary.nation, _readable(summary.kind), _readable(label), share]
                for summary in found
                for label, share in summary.prevalence.items()
            ],
            note="Where nearly all votes have one label, alpha and kappas are low even if people agree.",
            why_empty=_NOBODY,
        ),
    ]


def _tables(found: Detail) -> list[Table]:
    labels = list(found.summary.prevalence)
    return [
        Table(
            "pairs",
            "Pairs of annotators",
            ["annotator", "other annotator", "common items", "raw agreement", "Cohen's kappa"],
            [[*_names(pair.first, pair.second), pair.n_units, pair.raw, pair.cohen] for pair in found.pairs]
            + ([["all", "mean", found.mean.n_units, None, found.mean]] if found.pairs else []),
            why_empty=f"There is no pair: {NO_PAIRS}.",
        ),
        Table(
            "annotators",
            "Annotators",
            ["annotator", "votes", "expected share right", *map(_readable, labels)],
            _annotator_rows(found, labels),
            note=f"Who is right how often cannot be computed: {found.competences.why_undefined}."
            if found.competences.why_undefined
            else "The share right is estimated from everybody's votes; with few votes it is a rough guess.",
        ),
        Table(
            "confusion",
            "What annotators give for what is probably true",
            ["annotator", "probably true", *map(_readable, labels)],
            [
                [str(rater.rater), _readable(true), *(row[label] for label in labels)]
                for rater in found.competences.raters
                for true, row in rater.confusion.items()
            ],
            note="Shares of each row; what is true is estimated from the votes (Dawid and Skene).",
            why_empty=f"Cannot be computed: {found.competences.why_undefined}.",
        ),
        Table(
            "mixed-up",
            "Which labels meet on one item",
            ["label", "other label", "pairs of votes"],
            [[_readable(label), _readable(other), number] for label, other, number in found.mixed_up],
            why_empty=f"There is no pair: {NO_PAIRS}.",
        ),
        Table(
            "distribution",
            "How votes fall on items",
            ["votes on an item", "items"],
            [
                [" · ".join(f"{count} {_readable(label)}" for label, count in pattern), number]
                for pattern, number in found.patterns
            ],
        ),
        Table(
            "prevalence",
            "How often each label is given",
            ["label", "share of votes"],
            [[_readable(label), share] for label, share in found.summary.prevalence.items()],
        ),
    ]


def _annotator_rows(found: Detail, labels: list[str]) -> list[list[Any]]:
    accuracy = {str(rater.rater): rater.accuracy for rater in found.competences.raters}
    return [
        [name, sum(counts.values()), accuracy.get(name), *(counts[label] for label in labels)]
        for name, counts in found.votes_by_annotator.items()
    ]


def _names(*names: Any) -> list[str]:
    return [str(name) for name in names]


def _link(summary: Summary) -> Shown:
    address = reverse("annotation:agreement_detail", args=[summary.nation, str(summary.kind)])
    return Shown(_readable(summary.kind), link=address)


def _readable(word: str) -> str:
    return str(word).replace("_", " ")
