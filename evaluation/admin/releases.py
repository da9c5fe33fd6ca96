"""Admin of releases and their items."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet

from annotation.admin.base import NationFilter, RecordAdmin, RecordInline
from evaluation.models import Release, ReleaseEvent, ReleaseItem


class ReleaseEventInline(RecordInline):
    """History: every move of the release's status, newest first."""

    model = ReleaseEvent
    fields = readonly_fields = ["at", "old", "new", "actor_name", "note"]
    verbose_name_plural = "history"
    show_change_link = False


@admin.register(Release)
class ReleaseAdmin(RecordAdmin):
    """Approved triples, frozen. A release spans nations; its items are shown by nation."""

    list_display = ["name", "status", "created_at", "frozen_at", "digest"]
    list_filter = ["status"]
    search_fields = ["name"]
    inlines = [ReleaseEventInline]

    def visible(self, rows: QuerySet[Release], user: object) -> QuerySet[Release]:
        """All of them: a release has no nation."""
        return rows

    def flow_links(self, row: Release) -> list[tuple[str, str, str]]:
        """Left: items. Right: runs."""
        query = f"release__id__exact={row.pk}"
        return [("Items", "evaluation_releaseitem", query), ("Evaluation runs", "evaluation_evalrun", query)]


@admin.register(ReleaseItem)
class ReleaseItemAdmin(RecordAdmin):
    """A triple in a release, with the words it had then."""

    list_display = ["key", "release", "nation", "source_type", "question", "topic"]
    list_select_related = ["release", "nation"]
    list_filter = [NationFilter, "source_type", "language", ("release", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["key", "question", "statement"]

    def flow_links(self, row: ReleaseItem) -> list[tuple[str, str, str]]:
        """Left: triple, release. Right: answers."""
        return [
            ("Triple", "annotation_triple", f"id__exact={row.triple_id}"),
            ("Release", "evaluation_release", f"id__exact={row.release_id}"),
            ("Answers", "evaluation_answer", f"item__id__exact={row.pk}"),
        ]
