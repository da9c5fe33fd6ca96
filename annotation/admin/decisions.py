"""Admin of decisions, of the policies that route them, and of the events that record every move."""

from __future__ import annotations

from itertools import chain
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from annotation.admin.actions import on_rows
from annotation.admin.base import EventInline, FlowAdmin, NationFilter, RecordAdmin
from annotation.models import Decision, DecisionKind, Event, Guarantee, Policy
from annotation.models.decision import LABELS, SUBJECTS
from annotation.models.person import nations_of
from annotation.services.curation import triage
from annotation.services.people.qualifications import choose_gold_question


def _verdict(label: str) -> Any:
    def act(row: Decision, user: Any) -> None:
        triage.give_verdict(row, label, curator=user)

    readable = label.replace("_", " ")
    return on_rows(f"Verdict: {readable}", act, name=f"verdict_{label}", done=f"settled as {readable}")


@admin.display(description="speaker's office", empty_value="-")
def office(row: Decision) -> str | None:
    """What it means that the speaker holds an executive office; None where none is known."""
    return "may speak for the state" if row.is_about_office_holder else None


@admin.register(Decision)
class DecisionAdmin(RecordAdmin):
    """Every judgement. A curator's verdict takes the place of the machine's or the annotators'."""

    list_display = [
        "id",
        "kind",
        "about",
        "label",
        "confidence",
        "nation",
        "judge_type",
        "status",
        "is_audit",
    ]
    list_select_related = ["nation", "topic", "statement", "conflict", "triple"]
    list_filter = [NationFilter, "kind", "status", "judge_type", "label", "is_audit"]
    search_fields = ["statement__text", "triple__question", "topic__label", "pk__exact"]
    search_help_text = "Statement, question, topic, or number"
    readonly_fields = [office]
    inlines = [EventInline]
    actions = [
        on_rows(
            "Send to review",
            lambda row, user: triage.send_to_review(row, curator=user),
            name="send_to_review",
            done="queued for people",
        ),
        on_rows(
            "Use as gold question",
            lambda row, user: choose_gold_question(row, curator=user),
            name="gold_question",
            done="are gold questions now",
        ),
        on_rows(
            "Approve: the label stands",
            lambda row, user: triage.confirm(row, curator=user),
            name="approve",
            done="confirmed",
        ),
        on_rows(
            "Reject: the other label",
            lambda row, user: triage.refuse(row, curator=user),
            name="reject",
            done="decided against",
        ),
        *(_verdict(label) for label in dict.fromkeys(map(str, chain.from_iterable(LABELS.values())))),
    ]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Only the verdicts of the kind in view, once the list is filtered or a row is opened."""
        actions = super().get_actions(request)
        kind = self._kind_in_view(request)
        if kind is None:
            return actions
        allowed = {f"verdict_{label}" for label in LABELS[kind]}
        return {
            name: action
            for name, action in actions.items()
            if not name.startswith("verdict_") or name in allowed
        }

    def _kind_in_view(self, request: HttpRequest) -> DecisionKind | None:
        match = request.resolver_match
        if match and "object_id" in match.kwargs:
            row = self.get_object(request, match.kwargs["object_id"])
            return DecisionKind(row.kind) if row else None
        value = request.GET.get("kind__exact", "")
        return DecisionKind(value) if value in set(DecisionKind) else None

    @admin.display(description="about")
    def about(self, row: Decision) -> str:
        """The row that was judged."""
        return str(row.subject)[:90]

    def flow_links(self, row: Decision) -> list[tuple[str, str, str]]:
        """Left: what was judged, how. Right: review, events."""
        subject = SUBJECTS[DecisionKind(row.kind)]
        links = [
            (f"The {subject}", f"annotation_{subject}", f"id__exact={row.subject.pk}"),
            ("Review", "annotation_review", f"decision__id__exact={row.pk}"),
            ("Decisions on the same", "annotation_decision", f"{subject}__id__exact={row.subject.pk}"),
        ]
        if row.derivation_id:
            links.append(("How it was derived", "annotation_derivation", f"id__exact={row.derivation_id}"))
        return links


@admin.register(Event)
class EventAdmin(RecordAdmin):
    """Every move of every status."""

    list_display = ["at", "subject", "old", "new", "actor_name", "note", "nation"]
    list_select_related = ["nation", "statement", "decision"]
    list_filter = [NationFilter, "new"]
    search_fields = ["actor_name", "note"]

    @admin.display(description="about")
    def subject(self, row: Event) -> str:
        """The statement or decision that moved."""
        if row.statement_id:
            return f"Statement {row.statement_id}"
        return f"Decision {row.decision_id}: {row.decision}"

    def flow_links(self, row: Event) -> list[tuple[str, str, str]]:
        """What moved."""
        if row.statement_id:
            return [("Statement", "annotation_statement", f"id__exact={row.statement_id}")]
        return [("Decision", "annotation_decision", f"id__exact={row.decision_id}")]


@admin.register(Guarantee)
class GuaranteeAdmin(RecordAdmin):
    """What votes have shown of each judge; the newest row of a nation, kind and judge is in force."""

    list_display = [
        "created_at",
        "nation",
        "kind",
        "judge",
        "state",
        "threshold",
        "errors",
        "settled_sampled",
    ]
    list_select_related = ["nation"]
    list_filter = [NationFilter, "kind", "state"]
    search_fields = ["judge"]


@admin.register(Policy)
class PolicyAdmin(FlowAdmin):
    """When a machine's decision stands alone, what share is audited, how many votes are needed."""

    list_display = [
        "kind",
        "for_nation",
        "threshold",
        "error_budget",
        "audit_rate",
        "votes_required",
        "max_votes",
    ]
    list_select_related = ["nation"]
    list_filter = [NationFilter, "kind"]

    def visible(self, rows: QuerySet[Policy], user: Any) -> QuerySet[Policy]:
        """The person's nations, and what holds for all."""
        nations = nations_of(user)
        return rows if nations is None else rows.filter(Q(nation__in=nations) | Q(nation=None))

    @admin.display(description="nation", ordering="nation", empty_value="all nations")
    def for_nation(self, row: Policy) -> Any:
        """One, or all that have no own policy."""
        return row.nation
