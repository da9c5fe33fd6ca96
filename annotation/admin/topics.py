"""Admin of topics, tags and rounds of tagging."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from annotation.admin.actions import rerun_of, review_of, verdict_on
from annotation.admin.base import NationFilter, RecordAdmin, RecordInline
from annotation.models import Decision, DecisionKind, Tag, TagRound, Topic
from annotation.models.person import nations_of
from pipeline.records import Sensitivity

_KIND = DecisionKind.TOPIC_SCREENING


class TopicDecisionInline(RecordInline):
    """Judgements of a topic."""

    model = Decision
    fk_name = "topic"
    fields = readonly_fields = ["kind", "label", "confidence", "judge", "status", "rationale"]


@admin.register(Topic)
class TopicAdmin(RecordAdmin):
    """Clusters of documents. Approve keeps a topic as value-sensitive, reject screens it out."""

    list_display = ["label", "nation", "language", "size", "words", "is_current"]
    list_select_related = ["nation"]
    list_filter = [NationFilter, "language", "is_current"]
    search_fields = ["label", "keywords"]
    inlines = [TopicDecisionInline]
    actions = [
        review_of([_KIND]),
        verdict_on(_KIND, Sensitivity.SENSITIVE, "Approve: value-sensitive", name="approve"),
        verdict_on(_KIND, Sensitivity.NOT_SENSITIVE, "Reject: not value-sensitive", name="reject"),
        rerun_of("screening"),
    ]

    @admin.display(description="keywords")
    def words(self, row: Topic) -> str:
        """The best keywords."""
        return ", ".join(str(word) for word in row.keywords[:8])

    def flow_links(self, row: Topic) -> list[tuple[str, str, str]]:
        """Left: documents, run. Right: decisions."""
        links = [
            ("Documents", "annotation_document", f"topic_memberships__topic__id__exact={row.pk}"),
            ("Run", "annotation_run", f"id__exact={row.run_id}"),
            ("Decisions", "annotation_decision", f"topic__id__exact={row.pk}"),
        ]
        if row.succeeds_id:
            links.append(("Topic it succeeds", "annotation_topic", f"id__exact={row.succeeds_id}"))
        return links


@admin.register(Tag)
class TagAdmin(RecordAdmin):
    """Tags given to documents that fit no topic."""

    list_display = ["name", "nation", "language"]
    list_select_related = ["nation"]
    list_filter = [NationFilter, "language"]
    search_fields = ["name"]

    def flow_links(self, row: Tag) -> list[tuple[str, str, str]]:
        """Its documents."""
        return [("Documents", "annotation_document", f"document_tags__tag__id__exact={row.pk}")]


@admin.register(TagRound)
class TagRoundAdmin(RecordAdmin):
    """The tag set after each round of tagging."""

    list_display = ["run", "language", "number"]
    list_select_related = ["run"]
    list_filter = ["language"]

    def visible(self, rows: QuerySet[TagRound], user: Any) -> QuerySet[TagRound]:
        """Rounds of runs of the person's nations."""
        nations = nations_of(user)
        return rows if nations is None else rows.filter(run__nation__in=nations)

    def get_queryset(self, request: HttpRequest) -> QuerySet[TagRound]:
        """With the run."""
        return super().get_queryset(request).select_related("run")
