"""Actions people take on rows machines made, and the report each gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest

from annotation.models import DecisionKind
from annotation.services.curation import triage

MOST_ROWS = 1000
_SHOWN = 5


def report(request: HttpRequest, outcome: triage.Outcome, done: str) -> None:
    """Tell how many rows changed, and why others did not."""
    if outcome.changed:
        messages.success(request, f"{outcome.changed} {done}.")
    if outcome.refused:
        reasons = "; ".join(f"{row} {reason}" for row, reason in outcome.refused[:_SHOWN])
        more = len(outcome.refused) - _SHOWN
        messages.warning(
            request,
            f"{len(outcome.refused)} not changed: {reasons}" + (f"; and {more} more." if more > 0 else "."),
        )
    if not outcome.changed and not outcome.refused:
        messages.warning(request, "Nothing was selected that you may change.")


def on_rows(description: str, act: Callable[[Any, Any], None], *, name: str, done: str = "changed") -> Any:
    """An admin action that does ``act(row, user)`` to each selected row and reports."""

    @admin.action(permissions=["act"], description=description)
    def run(modeladmin: Any, request: HttpRequest, queryset: Any) -> None:
        rows = list(queryset.order_by("pk")[: MOST_ROWS + 1])
        if len(rows) > MOST_ROWS:
            messages.error(request, f"Select at most {MOST_ROWS} rows at a time; nothing was changed.")
            return
        report(request, triage.each(rows, lambda row: act(row, request.user)), done)

    run.__name__ = name
    return run


def verdict_on(kind: DecisionKind, label: str, description: str, *, name: str) -> Any:
    """An action on judged rows: a curator settles the decision of ``kind`` on each with ``label``."""

    def act(row: Any, user: Any) -> None:
        triage.give_verdict(triage.live_decision(row, kind), label, curator=user)

    return on_rows(description, act, name=name, done=f"settled as {label.replace('_', ' ')}")


def review_of(kinds: Iterable[DecisionKind]) -> Any:
    """An action on judged rows: put their decisions to people."""
    wanted = tuple(kinds)

    def act(row: Any, user: Any) -> None:
        reasons = []
        for kind in wanted:
            try:
                triage.send_to_review(triage.live_decision(row, kind), curator=user)
            except triage.NotDoneError as error:
                reasons.append(f"{kind.replace('_', ' ')}: {error}")
        if len(reasons) == len(wanted):
            raise triage.NotDoneError(", ".join(reasons))

    return on_rows("Send to review", act, name="send_to_review", done="queued for people")


def rerun_of(stage: str) -> Any:
    """An action on inputs of a stage: have the next ``run_pipeline`` ask again."""
    return on_rows(
        f"Run again: {stage}",
        lambda row, user: triage.run_again(row, stage),
        name=f"run_again_{stage}",
        done=f"will go through {stage} at the next run_pipeline",
    )
