"""Admin of triples."""

from __future__ import annotations

from django.contrib import admin
from django.utils.html import format_html, format_html_join

from annotation.admin.actions import review_of, verdict_on
from annotation.admin.base import NationFilter, RecordAdmin, RecordInline
from annotation.admin.evidence import in_context
from annotation.models import Decision, DecisionKind, Triple
from pipeline.records import TripleValidity

_KIND = DecisionKind.TRIPLE


class TripleDecisionInline(RecordInline):
    """Judgements of a triple."""

    model = Decision
    fk_name = "triple"
    fields = readonly_fields = ["label", "confidence", "judge", "status", "rationale"]


@admin.register(Triple)
class TripleAdmin(RecordAdmin):
    """Question, statement, reversed statement. Approve and reject are a curator's verdict on the item."""

    list_display = ["id", "question", "statement_text", "nation", "statement_status", "confidence"]
    list_display_links = ["id", "question"]
    list_select_related = ["nation", "statement"]
    list_filter = [NationFilter, "statement__status", "statement__source_type", "language"]
    search_fields = ["question", "reversed_statement", "statement__text", "pk__exact"]
    inlines = [TripleDecisionInline]
    fieldsets = [
        (None, {"fields": ["question", "statement", "reversed_statement", "nation", "language"]}),
        ("Evidence in its article", {"fields": ["evidence_in_article"]}),
        ("Checks", {"fields": ["checks_passed", "confidence"]}),
        ("Provenance", {"fields": ["derivation", "revises", "created_at"]}),
    ]
    readonly_fields = ["evidence_in_article", "checks_passed"]
    actions = [
        review_of([_KIND]),
        verdict_on(_KIND, TripleValidity.VALID, "Approve: valid", name="approve"),
        verdict_on(_KIND, TripleValidity.INVALID, "Reject: invalid", name="reject"),
    ]

    @admin.display(description="statement")
    def statement_text(self, row: Triple) -> str:
        """How the statement begins."""
        return row.statement.text[:80]

    @admin.display(description="status", ordering="statement__status")
    def statement_status(self, row: Triple) -> str:
        """Where its statement stands."""
        return row.statement.get_status_display()

    @admin.display(description="")
    def evidence_in_article(self, row: Triple) -> str:
        """The statement's evidence with what stands around it."""
        statement = row.statement
        return in_context(statement.document.text, statement.span_start, statement.span_end)

    @admin.display(description="checks")
    def checks_passed(self, row: Triple) -> str:
        """Each validity check and whether it passed."""
        lines = format_html_join(
            "", "<li>{}: {}</li>", ((name, "passed" if ok else "failed") for name, ok in row.checks.items())
        )
        return format_html("<ul>{}</ul>", lines)

    def flow_links(self, row: Triple) -> list[tuple[str, str, str]]:
        """Left: statement, document. Right: decisions, release items."""
        return [
            ("Statement", "annotation_statement", f"id__exact={row.statement_id}"),
            ("Document", "annotation_document", f"id__exact={row.statement.document_id}"),
            ("Decisions", "annotation_decision", f"triple__id__exact={row.pk}"),
            ("In releases", "evaluation_releaseitem", f"triple__id__exact={row.pk}"),
        ]
