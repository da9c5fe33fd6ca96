"""Admin of people's votes on free answers: entered by whoever may, under their own name."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from annotation.admin.base import FlowAdmin, NationFilter
from annotation.models.person import nations_of
from evaluation.models import Answer, AnswerVote, Method, VoteOutcome
from evaluation.publishing.rows import Part
from evaluation.services.runs.answer_votes import vote_on_answer
from evaluation.services.runs.errors import EvaluationError


class VoteNationFilter(NationFilter):
    """Votes reach their nation by their answer's item."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Of the chosen nation."""
        return queryset.filter(answer__item__nation=self.value()) if self.value() else queryset


class VoteForm(ModelForm):
    """An answer and what it says."""

    class Meta:
        model = AnswerVote
        fields = ["answer", "outcome"]

    def clean_answer(self) -> Answer:
        """Only free answers are voted on."""
        answer: Answer = self.cleaned_data["answer"]
        if answer.run.method != Method.ANSWER_JUDGEMENT:
            raise ValidationError("Only a free answer that was judged can be voted on.")
        return answer


@admin.register(AnswerVote)
class AnswerVoteAdmin(FlowAdmin):
    """One person's reading of one free answer. A second vote on it takes the first one's place."""

    form = VoteForm
    list_display = ["id", "answer", "person", "outcome", "created_at"]
    list_select_related = ["answer", "person"]
    list_filter = [VoteNationFilter, "outcome"]
    search_fields = ["answer__item__key", "pk__exact"]
    autocomplete_fields = ["answer"]

    def visible(self, rows: QuerySet[AnswerVote], user: Any) -> QuerySet[AnswerVote]:
        """Votes on answers of the person's nations; on private items for who keeps the server."""
        nations = nations_of(user)
        if nations is None:
            return rows
        return rows.filter(answer__item__nation__in=nations).exclude(answer__item__part=Part.HOLDOUT)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: whoever changes their mind votes again."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def save_model(self, request: HttpRequest, obj: AnswerVote, form: Any, change: bool) -> None:
        """Under the name of whoever is logged in."""
        kept = vote_on_answer(answer=obj.answer, person=request.user, outcome=VoteOutcome(obj.outcome))
        obj.pk, obj.person = kept.pk, kept.person

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        """Refusals of the service are told on the page."""
        try:
            return super().add_view(request, form_url, extra_context)
        except EvaluationError as error:
            self.message_user(request, str(error), level="error")
            return self.changelist_view(request)

    def flow_links(self, row: AnswerVote) -> list[tuple[str, str, str]]:
        """Left: the answer."""
        return [("Answer", "evaluation_answer", f"id__exact={row.answer_id}")]
