"""The policies and what votes have shown: which thresholds hold with which guarantee, and what is missing."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required, permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from annotation.models import DecisionKind, Guarantee, GuaranteeState, Nation
from annotation.services.decisions.guarantees import Key, fewest_verdicts, judged_counts
from annotation.services.decisions.routing import early_audit_rate, policy_for, routing_policies
from annotation.views.tables import Shown, Table, csv_response
from pipeline.guarantee import STARTS
from pipeline.routing import RoutingPolicy

_PERMISSION = "annotation.view_guarantee"


@login_required
@permission_required(_PERMISSION, raise_exception=True)
@require_safe
def policies(request: HttpRequest) -> HttpResponse:
    """Every judge of every kind in one's nations: may it decide alone, from which confidence on, and why."""
    newest = _newest(request.user)
    suspended = [row for row in newest.values() if row.state == GuaranteeState.SUSPENDED]
    context = {"tables": _tables(request.user, newest), "suspended": suspended}
    return render(request, "annotation/policies.html", context)


@login_required
@permission_required(_PERMISSION, raise_exception=True)
@require_safe
def policies_csv(request: HttpRequest, name: str) -> HttpResponse:
    """One of the tables as a file."""
    for table in _tables(request.user, _newest(request.user)):
        if table.name == name:
            return csv_response(table, f"{name}.csv")
    raise Http404(f"There is no table {name}.")


def _newest(user: Any) -> dict[Key, Guarantee]:
    rows = Guarantee.objects.for_user(user).in_force()
    return {(row.nation_id, row.kind, row.judge): row for row in rows}


def _tables(user: Any, newest: dict[Key, Guarantee]) -> list[Table]:
    rules = routing_policies()
    counts = judged_counts(user)
    order = list(DecisionKind)
    keys = sorted({*newest, *counts}, key=lambda key: (key[0], order.index(DecisionKind(key[1])), key[2]))
    return [
        Table(
            "judges",
            "What machines may decide alone",
            [
                "nation",
                "kind",
                "judge",
                "state",
                "threshold",
                "budget",
                "sampled verdicts",
                "wrong at or above",
                "bound",
                "alone",
                "asked",
            ],
            [
                _row(key, policy_for(rules, key[0], key[1]), newest.get(key), counts.get(key, (0, 0)))
                for key in keys
            ],
            why_empty="No machine has judged anything yet.",
        ),
        Table(
            "policies",
            "Policies",
            ["nation", "kind", "begin at", "audit", "votes", "at most", "rule", "error budget", "confidence"],
            [_policy(nation, kind, rule) for (nation, kind), rule in _shown_policies(rules, user)],
        ),
    ]


def _row(
    key: Key,
    policy: RoutingPolicy,
    row: Guarantee | None,
    counts: tuple[int, int],
) -> list[Any]:
    nation, kind, judge = key
    alone, asked = counts
    start = [nation, kind.replace("_", " "), judge]
    if policy.threshold > 1:
        state, meaning = "never alone", "The policy lets nothing of this kind stand without people."
    else:
        state, meaning = _state(policy, row)
    start.append(Shown(state, meaning, is_told=True))
    if row is None:
        return [*start, None, policy.error_budget, 0, None, None, alone, asked]
    wrong = f"{row.errors} of {row.settled_sampled}"
    return [
        *start,
        row.threshold,
        policy.error_budget,
        row.sampled,
        wrong,
        row.bound,
        alone,
        asked,
    ]


def _state(policy: RoutingPolicy, row: Guarantee | None) -> tuple[Any, str]:
    begins = f"Until then what has a confidence of {policy.threshold:g} or more stands, without a guarantee."
    if row is None:
        needed = fewest_verdicts(policy)
        return (
            "no guarantee yet",
            f"At least {needed} sampled verdicts are needed; there is none yet. {begins}",
        )
    if row.state == GuaranteeState.HOLDS and not row.holds_for(policy.error_budget, policy.confidence_level):
        return (
            "no guarantee yet",
            f"The policy has changed since; the next pull, push or run solves anew. {begins}",
        )
    if row.state == GuaranteeState.HOLDS:
        return "guaranteed", (
            f"With {_percent(policy.confidence_level)} confidence at most {_percent(policy.error_budget)} of "
            f"what stands alone since then has a wrong label, "
            f"going by people's verdicts. It stands from a raw confidence of {row.threshold:g} on."
        )
    more = (
        f"At least {row.votes_needed} more sampled verdicts are needed"
        if row.votes_needed
        else f"No sampled judgement has a raw confidence of {min(STARTS):g} or more, so none can stand yet"
    )
    if row.state == GuaranteeState.SUSPENDED:
        if row.counts_from is None:
            return "suspended", f"The verdicts no longer bear a guarantee, so everything is asked. {more}."
        return "suspended", (
            f"The audit showed more errors than the budget allows, so everything is asked. {more}, of "
            f"judgements made since {row.counts_from:%Y-%m-%d %H:%M} UTC. What stood alone before still "
            "does: have it reviewed in the admin where that matters."
        )
    share = early_audit_rate(policy)
    rate = f"; {_percent(share)} of all judgements are sampled until then" if share < 1 else ""
    return "no guarantee yet", f"{more}{rate}. {begins}"


def _percent(share: float) -> str:
    return f"{100 * share:.6g} %"


def _shown_policies(rules: dict[Any, RoutingPolicy], user: Any) -> list[tuple[Any, RoutingPolicy]]:
    own = {nation.pk for nation in Nation.objects.for_user(user)}
    order = list(DecisionKind)
    keys = [key for key in rules if key[0] is None or key[0] in own]
    return [(key, rules[key]) for key in sorted(keys, key=lambda key: (order.index(key[1]), key[0] or ""))]


def _policy(nation: str | None, kind: str, rule: RoutingPolicy) -> list[Any]:
    return [
        nation or "all others",
        kind.replace("_", " "),
        "never alone" if rule.threshold > 1 else rule.threshold,
        rule.audit_rate,
        rule.votes_required,
        rule.max_votes,
        "more than half" if rule.by_most else "all agree",
        rule.error_budget,
        rule.confidence_level,
    ]
