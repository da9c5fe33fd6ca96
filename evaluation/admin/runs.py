"""Admin of candidate models, evaluation runs and answers."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from annotation.admin.base import FlowAdmin, NationFilter, RecordAdmin
from annotation.models.person import nations_of
from evaluation.models import Answer, CandidateModel, EvalRun
from evaluation.publishing.rows import Part
from evaluation.services.releases.access import sees_private


@admin.register(CandidateModel)
class CandidateModelAdmin(FlowAdmin):
    """Models under test. The key itself stays in the environment."""

    list_display = ["name", "backend", "base_url", "key_variable"]
    list_filter = ["backend"]
    search_fields = ["name", "description"]

    def visible(self, rows: QuerySet[CandidateModel], user: Any) -> QuerySet[CandidateModel]:
        """All of them: a model has no nation."""
        return rows

    def flow_links(self, row: CandidateModel) -> list[tuple[str, str, str]]:
        """Its runs."""
        return [("Evaluation runs", "evaluation_evalrun", f"candidate__id__exact={row.pk}")]


@admin.register(EvalRun)
class EvalRunAdmin(RecordAdmin):
    """A candidate on a release by one method."""

    list_display = ["id", "candidate", "release", "method", "protocol", "status", "started_at"]
    list_select_related = ["candidate", "release"]
    list_filter = ["method", "status", ("release", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["candidate__name", "release__name"]

    def visible(self, rows: QuerySet[EvalRun], user: Any) -> QuerySet[EvalRun]:
        """Figures are public to everyone with the permission, answers go by nation. Of runs on private items
        a page tells what may be told; here all figures stand, so they are for who keeps the server."""
        return rows if sees_private(user) else rows.filter(is_holdout=False)

    def flow_links(self, row: EvalRun) -> list[tuple[str, str, str]]:
        """Left: release, model. Right: answers."""
        return [
            ("Release", "evaluation_release", f"id__exact={row.release_id}"),
            ("Model", "evaluation_candidatemodel", f"id__exact={row.candidate_id}"),
            ("Answers", "evaluation_answer", f"run__id__exact={row.pk}"),
        ]


class AnswerNationFilter(NationFilter):
    """Answers reach their nation by their item."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Of the chosen nation."""
        return queryset.filter(item__nation=self.value()) if self.value() else queryset


@admin.register(Answer)
class AnswerAdmin(RecordAdmin):
    """One reply of a candidate to one item."""

    list_display = ["id", "run", "item", "order", "outcome", "probability"]
    list_select_related = ["run", "item"]
    list_filter = [AnswerNationFilter, "outcome", "order", "run__method"]
    search_fields = ["reply", "item__key", "pk__exact"]

    def visible(self, rows: QuerySet[Answer], user: Any) -> QuerySet[Answer]:
        """Answers to items of the person's nations; to those held back for who keeps the server."""
        nations = nations_of(user)
        if nations is not None:
            rows = rows.filter(item__nation__in=nations)
        return rows if sees_private(user) else rows.exclude(item__part=Part.HOLDOUT)

    def flow_links(self, row: Answer) -> list[tuple[str, str, str]]:
        """Left: item, run."""
        return [
            ("Item", "evaluation_releaseitem", f"id__exact={row.item_id}"),
            ("Run", "evaluation_evalrun", f"id__exact={row.run_id}"),
        ]
