"""Admin of runs and derivations: which engine, version and prompt made what, and what failed."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from annotation.admin.actions import on_rows
from annotation.admin.base import NationFilter, RecordAdmin
from annotation.models import Derivation, Nation, Run
from annotation.models.person import nations_of
from annotation.models.run import MAX_ATTEMPTS
from annotation.services.curation import triage


@admin.register(Run)
class RunAdmin(RecordAdmin):
    """One call of one stage."""

    list_display = ["id", "stage", "engine", "nation", "status", "counts", "started_at", "finished_at"]
    list_select_related = ["nation"]
    list_filter = [NationFilter, "stage", "status", "engine"]
    search_fields = ["stage", "version", "pk__exact"]

    def flow_links(self, row: Run) -> list[tuple[str, str, str]]:
        """What it derived."""
        return [("Derivations", "annotation_derivation", f"run__id__exact={row.pk}")]


class DerivationNationFilter(NationFilter):
    """Derivations reach their nation by their run."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Of the chosen nation."""
        return queryset.filter(run__nation=self.value()) if self.value() else queryset


class OutcomeFilter(admin.SimpleListFilter):
    """How a derivation stands."""

    title = "outcome"
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Finished, waiting for another try, given up."""
        return [("finished", "finished"), ("waiting", "to be tried again"), ("given_up", "given up")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The chosen part."""
        if self.value() == "finished":
            return queryset.filter(is_finished=True)
        if self.value() == "waiting":
            return queryset.filter(is_finished=False, attempts__lt=MAX_ATTEMPTS)
        return queryset.given_up() if self.value() == "given_up" else queryset


@admin.register(Derivation)
class DerivationAdmin(RecordAdmin):
    """What one version of a stage made of one input, with the raw reply."""

    list_display = ["id", "stage", "version", "input", "attempts", "is_finished", "error"]
    list_select_related = ["run"]
    list_filter = [DerivationNationFilter, "stage", OutcomeFilter]
    search_fields = ["error", "version", "pk__exact"]
    actions = [
        on_rows(
            "Run again",
            lambda row, user: triage.try_again(row),
            name="run_again",
            done="will be repeated by the next run_pipeline",
        )
    ]

    def visible(self, rows: QuerySet[Derivation], user: Any) -> QuerySet[Derivation]:
        """Of the person's nations, by the input, else by the run."""
        nations = nations_of(user)
        if nations is None:
            return rows
        own = Nation.objects.filter(pk__in=nations)
        return rows.filter(
            Q(document__nation__in=own)
            | Q(topic__nation__in=own)
            | Q(statement__nation__in=own)
            | Q(document=None, topic=None, statement=None, run__nation__in=own)
        )

    @admin.display(description="input")
    def input(self, row: Derivation) -> str:
        """The row it read."""
        for name in ("document", "topic", "statement"):
            if pk := getattr(row, f"{name}_id"):
                return f"{name} {pk}"
        return "all of the nation"

    def flow_links(self, row: Derivation) -> list[tuple[str, str, str]]:
        """Left: run, input. Right: what came of it."""
        links = [("Run", "annotation_run", f"id__exact={row.run_id}")]
        links += [
            (f"The {name}", f"annotation_{name}", f"id__exact={pk}")
            for name in ("document", "topic", "statement")
            if (pk := getattr(row, f"{name}_id"))
        ]
        query = f"derivation__id__exact={row.pk}"
        return [
            *links,
            ("Statements", "annotation_statement", query),
            ("Decisions", "annotation_decision", query),
            ("Triples", "annotation_triple", query),
        ]
