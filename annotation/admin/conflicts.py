"""Admin of conflict groups and conflicts: both sides with their articles, and how a conflict ends."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from annotation.admin.actions import review_of, verdict_on
from annotation.admin.base import NationFilter, RecordAdmin, RecordInline, is_page
from annotation.admin.evidence import in_context
from annotation.models import Conflict, ConflictGroup, ConflictSide, Decision, DecisionKind
from pipeline.records import ConflictOutcome

_VERDICTS = {
    ConflictOutcome.KEEP_FIRST: "Keep the first",
    ConflictOutcome.KEEP_SECOND: "Keep the second",
    ConflictOutcome.PLURALITY: "Keep both: genuine plurality",
    ConflictOutcome.COMPATIBLE: "No conflict: compatible",
    ConflictOutcome.DIFFERENT_TIME: "No conflict: different time",
    ConflictOutcome.DIFFERENT_SCOPE: "No conflict: different scope",
    ConflictOutcome.DUPLICATE: "No conflict: the same said twice",
}


class SideInline(RecordInline):
    """Statements of a group and the side each is on."""

    model = ConflictSide
    fields = readonly_fields = ["side", "statement", "speaker", "as_of"]
    verbose_name_plural = "sides"
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the statement."""
        return super().get_queryset(request).select_related("statement")

    def speaker(self, row: ConflictSide) -> str:
        """Who holds it."""
        return row.statement.speaker or row.statement.source_type

    def as_of(self, row: ConflictSide) -> Any:
        """When it was held."""
        return row.statement.as_of


@admin.register(ConflictGroup)
class ConflictGroupAdmin(RecordAdmin):
    """Statements joined by judged edges, with a proposed dominant side."""

    list_display = ["id", "nation", "margin", "frustration", "is_current", "created_at", "workbench"]
    readonly_fields = ["workbench"]
    list_select_related = ["nation"]
    list_filter = [NationFilter, "is_current"]
    search_fields = ["identity", "pk__exact"]
    inlines = [SideInline]

    @admin.display(description="workbench")
    def workbench(self, row: ConflictGroup) -> str:
        """Where the group is understood and settled."""
        return format_html(
            '<a href="{}">Open in the workbench</a>', reverse("annotation:conflict_group", args=[row.pk])
        )

    def flow_links(self, row: ConflictGroup) -> list[tuple[str, str, str]]:
        """Left: run. Right: its conflicts."""
        return [
            ("Run", "annotation_run", f"id__exact={row.run_id}"),
            ("Conflicts of the run", "annotation_conflict", f"run__id__exact={row.run_id}"),
        ]


class ConflictDecisionInline(RecordInline):
    """Judgements of a conflict."""

    model = Decision
    fk_name = "conflict"
    fields = readonly_fields = ["kind", "label", "confidence", "judge", "status", "rationale"]


@admin.register(Conflict)
class ConflictAdmin(RecordAdmin):
    """Judged pairs of statements."""

    list_display = ["id", "first_text", "second_text", "nation", "relation", "score", "similarity"]
    list_select_related = ["nation", "first", "second"]
    list_filter = [NationFilter, "relation", "sign"]
    search_fields = ["first__text", "second__text", "pk__exact"]
    inlines = [ConflictDecisionInline]
    fieldsets = [
        (None, {"fields": ["nation", "relation", "sign", "score", "similarity", "rationale"]}),
        ("First", {"fields": ["first", "first_in_article"]}),
        ("Second", {"fields": ["second", "second_in_article"]}),
        ("Provenance", {"fields": ["run", "version", "raw_reply", "created_at"]}),
    ]
    readonly_fields = ["first_in_article", "second_in_article"]
    actions = [
        review_of([DecisionKind.CONFLICT]),
        *(
            verdict_on(DecisionKind.CONFLICT, label, description, name=label.value)
            for label, description in _VERDICTS.items()
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Pages need both articles."""
        rows = super().get_queryset(request)
        if is_page(request, "change"):
            return rows.select_related("first__document", "second__document")
        return rows

    @admin.display(description="first")
    def first_text(self, row: Conflict) -> str:
        """How the first begins."""
        return row.first.text[:80]

    @admin.display(description="second")
    def second_text(self, row: Conflict) -> str:
        """How the second begins."""
        return row.second.text[:80]

    @admin.display(description="")
    def first_in_article(self, row: Conflict) -> str:
        """The first in its article."""
        return in_context(row.first.document.text, row.first.span_start, row.first.span_end)

    @admin.display(description="")
    def second_in_article(self, row: Conflict) -> str:
        """The second in its article."""
        return in_context(row.second.document.text, row.second.span_start, row.second.span_end)

    def flow_links(self, row: Conflict) -> list[tuple[str, str, str]]:
        """Left: both statements. Right: decisions."""
        return [
            ("First statement", "annotation_statement", f"id__exact={row.first_id}"),
            ("Second statement", "annotation_statement", f"id__exact={row.second_id}"),
            ("Decisions", "annotation_decision", f"conflict__id__exact={row.pk}"),
        ]
