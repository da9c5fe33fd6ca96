"""Admin of reviews and votes."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet

from annotation.admin.base import NationFilter, RecordAdmin, RecordInline
from annotation.models import CountedVote, Review, Vote, VoteRevision
from annotation.services.people.access import sees_all_votes


class VoteInline(RecordInline):
    """Votes on a review."""

    model = Vote
    fields = ["annotator", "label", "note", "is_skipped", "is_withdrawn", "remote_updated_at"]
    readonly_fields = fields

    def get_queryset(self, request: Any) -> QuerySet[Any]:
        """With who voted; only one's own where that is all one may see."""
        return _own_or_all(super().get_queryset(request), request.user).select_related("annotator")


@admin.register(Review)
class ReviewAdmin(RecordAdmin):
    """Decisions put to people."""

    list_display = ["id", "kind", "question", "nation", "status", "votes_required", "priority"]
    list_select_related = ["nation", "decision"]
    list_filter = [NationFilter, "kind", "purpose", "status"]
    search_fields = ["key", "pk__exact"]
    search_help_text = "Key in the task, or number"
    inlines = [VoteInline]

    @admin.display(description="decision")
    def question(self, row: Review) -> str:
        """The machine's answer people are asked about."""
        return str(row.decision)

    def flow_links(self, row: Review) -> list[tuple[str, str, str]]:
        """Left: decision. Right: votes, project."""
        links = [
            ("Decision", "annotation_decision", f"id__exact={row.decision_id}"),
            ("Votes", "annotation_vote", f"review__id__exact={row.pk}"),
        ]
        if row.project_id:
            links.append(("Label Studio project", "annotation_studioproject", f"id__exact={row.project_id}"))
        return links


class RevisionInline(RecordInline):
    """What a vote has said, from the first on."""

    model = VoteRevision
    fields = readonly_fields = ["at", "label", "value", "note", "reason", "is_blind"]
    show_change_link = False


class CountedInInline(RecordInline):
    """Verdicts a vote counted for."""

    model = CountedVote
    fields = readonly_fields = ["verdict", "label", "qualification"]
    verbose_name_plural = "counted in"
    show_change_link = False


@admin.register(Vote)
class VoteAdmin(RecordAdmin):
    """One person's answer to one review. Annotators see their own only."""

    list_display = ["id", "review", "annotator", "label", "is_skipped", "is_withdrawn", "set_aside"]
    inlines = [RevisionInline, CountedInInline]
    list_select_related = ["review", "annotator"]
    list_filter = [NationFilter, "review__kind", "is_skipped", "is_withdrawn", "set_aside"]
    search_fields = ["annotator__username", "note"]

    def visible(self, rows: QuerySet[Vote], user: Any) -> QuerySet[Vote]:
        """Own nations; own votes where one may not see reviews."""
        return _own_or_all(super().visible(rows, user), user)

    def flow_links(self, row: Vote) -> list[tuple[str, str, str]]:
        """The review."""
        return [("Review", "annotation_review", f"id__exact={row.review_id}")]


def _own_or_all(rows: QuerySet[Any], user: Any) -> QuerySet[Any]:
    return rows if sees_all_votes(user) else rows.filter(annotator=user)
