"""Admin of who may annotate, by what quiz, and of what annotators ask."""

from __future__ import annotations

from django.contrib import admin

from annotation.admin.actions import on_rows
from annotation.admin.base import NationFilter, RecordAdmin
from annotation.models import GoldQuestion, Inquiry, Qualification, QuizAttempt
from annotation.services.people.qualifications import stop_gold_question


@admin.register(Qualification)
class QualificationAdmin(RecordAdmin):
    """Who may judge for which nation, and until when."""

    list_display = ["person", "nation", "passed_at", "expires_at", "score", "granted_by", "revoked_at"]
    list_select_related = ["person__user", "nation", "granted_by"]
    list_filter = [NationFilter]
    search_fields = ["person__user__username"]


@admin.register(GoldQuestion)
class GoldQuestionAdmin(RecordAdmin):
    """Verdicts of people that annotators are tried on."""

    list_display = ["id", "decision", "nation", "is_active", "chosen_by"]
    list_select_related = ["decision", "nation", "chosen_by"]
    list_filter = [NationFilter, "is_active", "decision__kind"]
    search_fields = ["pk__exact"]
    actions = [
        on_rows("Stop using", lambda row, user: stop_gold_question(row), name="stop", done="no longer used")
    ]

    def flow_links(self, row: GoldQuestion) -> list[tuple[str, str, str]]:
        """The verdict."""
        return [("Decision", "annotation_decision", f"id__exact={row.decision_id}")]


@admin.register(QuizAttempt)
class QuizAttemptAdmin(RecordAdmin):
    """Tries at quizzes."""

    list_display = ["person", "nation", "started_at", "finished_at", "score"]
    list_select_related = ["person__user", "nation"]
    list_filter = [NationFilter]
    search_fields = ["person__user__username"]


@admin.register(Inquiry)
class InquiryAdmin(RecordAdmin):
    """What annotators asked curators."""

    list_display = ["asked_at", "asked_by", "nation", "text", "answered_at"]
    list_select_related = ["asked_by", "nation"]
    list_filter = [NationFilter]
    search_fields = ["text", "answer"]
