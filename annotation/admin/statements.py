"""Admin of statements: evidence in its article, judgements, history, and what curators may do."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from annotation.admin.actions import on_rows, rerun_of, review_of, verdict_on
from annotation.admin.base import EventInline, NationFilter, RecordAdmin, RecordInline, is_page
from annotation.admin.decisions import office
from annotation.admin.evidence import in_context
from annotation.models import Decision, DecisionKind, Statement, Triple
from annotation.models.decision import NOT_A_STATEMENT
from annotation.services.curation import triage
from pipeline.records import SourceType


class StatementDecisionInline(RecordInline):
    """Judgements of a statement."""

    model = Decision
    fk_name = "statement"
    fields = readonly_fields = ["kind", "label", office, "confidence", "judge", "status", "rationale"]


class TripleInline(RecordInline):
    """Triples made of a statement."""

    model = Triple
    fields = readonly_fields = ["question", "reversed_statement", "confidence"]


_ATTRIBUTION = DecisionKind.ATTRIBUTION


@admin.register(Statement)
class StatementAdmin(RecordAdmin):
    """Positions found in documents."""

    list_display = ["id", "short_text", "nation", "source_type", "speaker", "status", "as_of"]
    list_display_links = ["id", "short_text"]
    list_select_related = ["nation"]
    list_filter = [NationFilter, "status", "source_type", "language"]
    search_fields = ["text", "speaker", "pk__exact"]
    search_help_text = "Text, speaker, or number"
    inlines = [StatementDecisionInline, TripleInline, EventInline]
    fieldsets = [
        (None, {"fields": ["text", "nation", "language", "status", "source_type", "speaker", "as_of"]}),
        ("Evidence in its article", {"fields": ["evidence_in_article"]}),
        ("Provenance", {"fields": ["document", "derivation", "revises", "confidence", "created_at"]}),
    ]
    readonly_fields = ["evidence_in_article"]
    actions = [
        review_of([DecisionKind.STATEMENT_SCREENING, _ATTRIBUTION]),
        on_rows(
            "Approve (its triple is valid)",
            lambda row, user: triage.approve_statement(row, curator=user),
            name="approve",
            done="approved",
        ),
        on_rows(
            "Reject",
            lambda row, user: triage.reject_statement(row, curator=user),
            name="reject",
            done="rejected",
        ),
        on_rows(
            "Reopen what was rejected",
            lambda row, user: triage.reopen_statement(row, curator=user),
            name="reopen",
            done="reopened",
        ),
        *(
            verdict_on(
                _ATTRIBUTION, label, f"Attribution: {label.replace('_', ' ')}", name=f"attribute_{label}"
            )
            for label in (SourceType.QUOTED, SourceType.OFFICIAL, SourceType.UNKNOWN, NOT_A_STATEMENT)
        ),
        *(rerun_of(stage) for stage in ("screening", "attribution", "triples")),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Pages need the article; lists do not."""
        rows = super().get_queryset(request)
        return rows.select_related("document") if is_page(request, "change") else rows

    @admin.display(description="text", ordering="text")
    def short_text(self, row: Statement) -> str:
        """How it begins."""
        return row.text[:120]

    @admin.display(description="")
    def evidence_in_article(self, row: Statement) -> str:
        """The words of the article it rests on, with what stands around them."""
        return in_context(row.document.text, row.span_start, row.span_end)

    def flow_links(self, row: Statement) -> list[tuple[str, str, str]]:
        """Left: document. Right: decisions, conflicts, triples, events."""
        query = f"statement__id__exact={row.pk}"
        return [
            ("Document", "annotation_document", f"id__exact={row.document_id}"),
            ("Decisions", "annotation_decision", query),
            ("Conflicts, as first", "annotation_conflict", f"first__id__exact={row.pk}"),
            ("Conflicts, as second", "annotation_conflict", f"second__id__exact={row.pk}"),
            ("Triples", "annotation_triple", query),
            ("Events", "annotation_event", query),
            ("How it was judged", "annotation_derivation", query),
        ]
