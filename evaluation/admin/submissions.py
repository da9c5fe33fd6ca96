"""Admin of submissions: what researchers have handed in, to be read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet

from annotation.admin.base import RecordAdmin
from evaluation.models import Submission


@admin.register(Submission)
class SubmissionAdmin(RecordAdmin):
    """A model handed in to be scored. Queued ones are started by ``manage.py run_submissions``."""

    list_display = ["id", "model", "release", "protocol", "base_url", "status", "created_at"]
    list_select_related = ["release"]
    list_filter = ["status", "protocol"]
    search_fields = ["model", "release__name"]

    def visible(self, rows: QuerySet[Submission], user: Any) -> QuerySet[Submission]:
        """All of them: a model has no nation."""
        return rows

    def flow_links(self, row: Submission) -> list[tuple[str, str, str]]:
        """Left: release. Right: the run it became."""
        run = [("Evaluation run", "evaluation_evalrun", f"id__exact={row.run_id}")] if row.run_id else []
        return [("Release", "evaluation_release", f"id__exact={row.release_id}"), *run]
