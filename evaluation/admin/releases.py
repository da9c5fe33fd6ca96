"""Admin of releases and their items: made by a recipe, published, withdrawn; never edited."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from unfold.decorators import action

from annotation.admin.actions import on_rows, report
from annotation.admin.base import NationFilter, RecordAdmin, RecordInline, is_page
from annotation.services.curation import triage
from evaluation.admin.release_forms import MakeReleaseForm, WithdrawForm
from evaluation.models import Release, ReleaseEvent, ReleaseItem
from evaluation.publishing.recipe import RecipeError
from evaluation.publishing.rows import Part
from evaluation.services.releases.access import sees_private, works_for_all_of
from evaluation.services.releases.make import GateError, ReleaseError, make_release
from evaluation.services.releases.statuses import publish_release, withdraw_release
from evaluation.views.release_words import GateLine, gate_lines, recipe_words

_FAILED = (
    "fails its gates and stays a draft: put the rows right, let the recipe balance them, or give a reason to "
    "override the gates."
)


class ReleaseEventInline(RecordInline):
    """History: every move of the release's status, newest first."""

    model = ReleaseEvent
    fields = readonly_fields = ["at", "old", "new", "actor_name", "note"]
    verbose_name_plural = "history"
    show_change_link = False


def _publish(release: Release, user: Any) -> None:
    _check_nations(release, user)
    publish_release(release=release, actor=user)


def _check_nations(release: Release, user: Any) -> None:
    if not works_for_all_of(user, release):
        raise triage.NotDoneError("has items of nations you do not work for")


@admin.register(Release)
class ReleaseAdmin(RecordAdmin):
    """Approved triples, frozen. A release spans nations; its items are shown by nation."""

    list_display = ["name", "version", "status", "origin", "frozen_at", "published_at", "short_digest"]
    list_display_links = ["name", "version"]
    list_filter = ["status", "origin"]
    search_fields = ["name", "version", "digest"]
    inlines = [ReleaseEventInline]
    fieldsets = [
        (None, {"fields": ["page", "name", "version", "status", "origin", "previous"]}),
        ("How it was made", {"fields": ["recipe_in_words", "found_by_gates", "override", "created_by"]}),
        ("What was written", {"fields": ["digest", "folder", "created_at", "frozen_at", "published_at"]}),
    ]
    readonly_fields = ["page", "recipe_in_words", "found_by_gates"]
    actions_list = ["make"]
    actions = [
        on_rows("Publish, once its folder is verified", _publish, name="publish", done="published"),
        "withdraw",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Release]:
        """Lists need neither manifest nor gates."""
        rows = super().get_queryset(request)
        if is_page(request, "changelist"):
            return rows.defer("manifest", "gates", "recipe")
        return rows.select_related("previous")

    def visible(self, rows: QuerySet[Release], user: object) -> QuerySet[Release]:
        """All of them: a release has no nation."""
        return rows

    def has_make_permission(self, request: HttpRequest) -> bool:
        """Whether the person may make releases."""
        return request.user.has_perm("evaluation.add_release")

    @admin.display(description="digest", ordering="digest")
    def short_digest(self, row: Release) -> str:
        """How it begins."""
        return row.digest[:12]

    @admin.display(description="page")
    def page(self, row: Release) -> str:
        """Where it is shown to readers; a draft among the others."""
        built = bool(row.digest and row.version)
        address = reverse("evaluation:release", args=[row.label]) if built else reverse("evaluation:releases")
        return format_html('<a href="{}">{}</a>', address, row.label)

    @admin.display(description="recipe")
    def recipe_in_words(self, row: Release) -> str:
        """Each field of the recipe."""
        try:
            words = recipe_words(row.recipe_followed, {}) if row.recipe else []
        except RecipeError as error:
            return str(error)
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}: {}</li>", words))

    @admin.display(description="gates")
    def found_by_gates(self, row: Release) -> str:
        """What each gate found, with links to the triples to fix."""
        asked = [gate for gate in gate_lines(row.gates, with_rows=True) if gate.is_asked]
        lines = (
            (_verdict(gate), gate.title, gate.slice, gate.value, gate.limit, gate.detail, _links(gate))
            for gate in asked
        )
        return format_html_join("", "<p>{}: {}, {}, found {}, limit {}. {} {}</p>", lines)

    @action(description="Make a release", url_path="make", permissions=["make"])
    def make(self, request: HttpRequest) -> HttpResponse:
        """A form of the recipe's fields. A draft that fails its gates is shown with the rows to fix."""
        form = MakeReleaseForm(request.POST or None, user=request.user)
        gates = []
        if request.method == "POST" and form.is_valid():
            try:
                release = make_release(
                    name=form.cleaned_data["name"],
                    recipe=form.cleaned_data["recipe"],
                    actor=request.user,
                    override=form.cleaned_data["override"],
                )
            except GateError as error:
                form.add_error(None, f"{error.release.name} {_FAILED}")
                gates = [gate for gate in gate_lines(error.release.gates, with_rows=True) if not gate.passed]
            except (ReleaseError, RecipeError) as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, f"{release.label} is made: a candidate, to be looked at.")
                return HttpResponseRedirect(reverse(self._page("change"), args=[release.pk]))
        return self._form_page(request, "make.html", "Make a release", form=form, gates=gates)

    @admin.action(permissions=["act"], description="Withdraw, with a reason")
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Release]) -> HttpResponse | None:
        """Ask for the reason, then withdraw."""
        rows = list(queryset.order_by("pk")[:20])
        is_told = "reason" in request.POST
        form = WithdrawForm(request.POST if is_told else None)
        if is_told and form.is_valid():
            reason = form.cleaned_data["reason"]
            report(request, triage.each(rows, lambda row: _withdraw(row, request.user, reason)), "withdrawn")
            return None
        title = f"Withdraw {', '.join(row.label for row in rows)}"
        return self._form_page(
            request, "withdraw.html", title, form=form, rows=rows, row=request.POST.get("row", "")
        )

    def _form_page(self, request: HttpRequest, name: str, title: str, **context: Any) -> TemplateResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = context["form"]
        return TemplateResponse(
            request,
            f"admin/evaluation/release/{name}",
            {**self.admin_site.each_context(request), "opts": self.opts, "title": title, **context},
            status=400 if form.is_bound and form.errors else 200,
        )

    def flow_links(self, row: Release) -> list[tuple[str, str, str]]:
        """Left: items. Right: runs."""
        query = f"release__id__exact={row.pk}"
        return [("Items", "evaluation_releaseitem", query), ("Evaluation runs", "evaluation_evalrun", query)]


def _withdraw(release: Release, user: Any, reason: str) -> None:
    _check_nations(release, user)
    withdraw_release(release=release, reason=reason, actor=user)


def _verdict(gate: GateLine) -> str:
    return "passed" if gate.passed else "FAILED"


def _links(gate: GateLine) -> str:
    links = format_html_join(", ", '<a href="{1}">triple {0}</a>', gate.triples)
    return format_html("{} and {} more", links, gate.more) if gate.more else links


@admin.register(ReleaseItem)
class ReleaseItemAdmin(RecordAdmin):
    """A triple in a release, with the words it had then. Items held back are for who keeps the server."""

    list_display = ["key", "release", "nation", "source_type", "part", "question", "topic", "is_contested"]
    list_select_related = ["release", "nation"]
    list_filter = [
        NationFilter,
        "part",
        "source_type",
        "is_contested",
        "period",
        "language",
        ("release", admin.RelatedOnlyFieldListFilter),
    ]
    search_fields = ["key", "question", "statement"]
    fieldsets = [
        (None, {"fields": ["page", "release", "triple", "nation", "source_type", "language", "part"]}),
        ("Words", {"fields": ["question", "statement", "reversed_statement"]}),
        ("Slices", {"fields": ["topic", "period", "is_contested"]}),
        ("As it is told", {"fields": ["key", "origin", "article_key", "row", "passport"]}),
    ]
    readonly_fields = ["page"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReleaseItem]:
        """Lists need neither row nor passport."""
        rows = super().get_queryset(request)
        return rows.defer("row", "passport") if is_page(request, "changelist") else rows

    def visible(self, rows: QuerySet[ReleaseItem], user: Any) -> QuerySet[ReleaseItem]:
        """The person's nations, without what is held back."""
        rows = super().visible(rows, user)
        return rows if sees_private(user) else rows.exclude(part=Part.HOLDOUT)

    @admin.display(description="passport")
    def page(self, row: ReleaseItem) -> str:
        """Where its passport is shown."""
        address = reverse("evaluation:passport", args=[row.release.label, row.key])
        return format_html('<a href="{}">{}</a>', address, row.key)

    def flow_links(self, row: ReleaseItem) -> list[tuple[str, str, str]]:
        """Left: triple, release. Right: answers."""
        return [
            ("Triple", "annotation_triple", f"id__exact={row.triple_id}"),
            ("Release", "evaluation_release", f"id__exact={row.release_id}"),
            ("Answers", "evaluation_answer", f"item__id__exact={row.pk}"),
        ]
