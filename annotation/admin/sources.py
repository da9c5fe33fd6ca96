"""Admin of sources, the rows they could not give, and documents."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from annotation.admin.actions import rerun_of
from annotation.admin.base import FlowAdmin, NationFilter, RecordAdmin, RecordInline, is_page
from annotation.admin.evidence import marked
from annotation.models import (
    Document,
    DocumentTag,
    RejectedRow,
    Source,
    Statement,
    TopicMembership,
)
from annotation.models.person import nations_of


class SourceForm(ModelForm):
    """What a curator says of a source."""

    class Meta:
        model = Source
        fields = ["disclosure"]
        help_texts = {
            "disclosure": "How much of its documents a release may carry, by their licence. Full text: the "
            "whole article. Span: the words a statement rests on. Reference: digest and address only. Holds "
            "for releases made from now on; those there are stay as they are.",
        }


@admin.register(Source)
class SourceAdmin(FlowAdmin):
    """Files that were read. A person sees those that gave documents of the person's nations. What a release
    may carry of their documents is for curators to say; everything else is as it was read."""

    list_display = ["name", "format", "licence", "disclosure", "created_at"]
    list_filter = ["format", "disclosure"]
    search_fields = ["name", "digest"]
    fields = ["name", "format", "digest", "licence", "created_at", "disclosure"]
    readonly_fields = ["name", "format", "digest", "licence", "created_at"]
    form = SourceForm

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never: files are read by ``manage.py ingest``."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Source | None = None) -> bool:
        """A curator of every nation the source gave documents of: the rule holds for all of them."""
        if not super().has_change_permission(request, obj):
            return False
        nations = nations_of(request.user) if obj is not None else None
        if nations is None:
            return True
        return not Document.objects.filter(source=obj).exclude(nation__in=nations).exists()

    def construct_change_message(
        self, request: HttpRequest, form: ModelForm, formsets: Any, add: bool = False
    ) -> str:
        """Old and new value, for the page's history."""
        return "; ".join(
            f"{name}: {form.initial[name]} -> {form.cleaned_data[name]}" for name in form.changed_data
        )

    def visible(self, rows: QuerySet[Source], user: Any) -> QuerySet[Source]:
        """Sources with a document of the person's nations."""
        nations = nations_of(user)
        if nations is None:
            return rows
        return rows.filter(Exists(Document.objects.filter(source=OuterRef("pk"), nation__in=nations)))

    def flow_links(self, row: Source) -> list[tuple[str, str, str]]:
        """What it gave, and what it could not."""
        query = f"source__id__exact={row.pk}"
        return [
            ("Documents", "annotation_document", query),
            ("Rejected rows", "annotation_rejectedrow", query),
        ]


@admin.register(RejectedRow)
class RejectedRowAdmin(RecordAdmin):
    """Rows that could not become documents. Their nation is unknown, so only those see them who see all."""

    list_display = ["file", "line", "reason", "source"]
    list_select_related = ["source"]
    search_fields = ["file", "reason", "excerpt"]

    def visible(self, rows: QuerySet[RejectedRow], user: Any) -> QuerySet[RejectedRow]:
        """All or none."""
        return rows if nations_of(user) is None else rows.none()


class MembershipInline(RecordInline):
    """Topics of a document."""

    model = TopicMembership
    fields = readonly_fields = ["topic", "strength", "is_current"]
    verbose_name_plural = "topics"
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the topic."""
        return super().get_queryset(request).select_related("topic")


class DocumentTagInline(RecordInline):
    """Tags of a document."""

    model = DocumentTag
    fields = readonly_fields = ["tag", "run", "is_current"]
    verbose_name_plural = "tags"
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the tag and its run."""
        return super().get_queryset(request).select_related("tag", "run")


class StatementInline(RecordInline):
    """Statements found in a document."""

    model = Statement
    fields = readonly_fields = ["text", "source_type", "speaker", "status"]


@admin.register(Document)
class DocumentAdmin(RecordAdmin):
    """Cleaned articles, with the statements found in each marked in its text."""

    list_display = ["id", "headline", "nation", "language", "outlet", "published", "duplicate_kind"]
    list_display_links = ["id", "headline"]
    list_select_related = ["nation", "outlet"]
    list_filter = [NationFilter, "language", "duplicate_kind"]
    search_fields = ["title", "external_id", "pk__exact"]
    search_help_text = "Title, id at the source, or number"
    actions = [rerun_of("statements")]
    inlines = [StatementInline, MembershipInline, DocumentTagInline]
    fieldsets = [
        (None, {"fields": ["title", "nation", "language", "outlet", "published", "date_precision"]}),
        ("Article, statements marked", {"fields": ["article"]}),
        ("Origin", {"fields": ["source", "position", "external_id", "url", "licence", "speaker", "party"]}),
        ("Copies", {"fields": ["duplicate_of", "duplicate_kind"]}),
        ("Further fields of the row", {"fields": ["claimed_language", "metadata", "created_at"]}),
    ]
    readonly_fields = ["article"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Document]:
        """Lists do not need the text."""
        rows = super().get_queryset(request)
        return rows.defer("text", "metadata") if is_page(request, "changelist") else rows

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Also the documents of a topic or a tag."""
        return lookup in {
            "topic_memberships__topic__id__exact",
            "document_tags__tag__id__exact",
        } or super().lookup_allowed(lookup, value, request)

    @admin.display(description="title", ordering="title")
    def headline(self, row: Document) -> str:
        """Title, where it has one."""
        return row.title[:90] or f"document {row.pk}"

    @admin.display(description="")
    def article(self, row: Document) -> str:
        """The text with the statements found in it marked."""
        return marked(row.text, row.statements.values_list("span_start", "span_end"))

    def flow_links(self, row: Document) -> list[tuple[str, str, str]]:
        """Left: source. Right: statements, copies, derivations."""
        return [
            ("Source", "annotation_source", f"id__exact={row.source_id}"),
            ("Statements", "annotation_statement", f"document__id__exact={row.pk}"),
            ("Copies of it", "annotation_document", f"duplicate_of__id__exact={row.pk}"),
            ("How it was derived", "annotation_derivation", f"document__id__exact={row.pk}"),
        ]
