"""What all admin pages share: access by nation, capped counts, links along the flow, actions on one row."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from unfold.admin import ModelAdmin, TabularInline

from annotation.models import Event, Nation

COUNT_CAP = 10_000


def is_page(request: HttpRequest, name: str) -> bool:
    """Whether the request is for a ``changelist`` or a ``change`` page."""
    match = request.resolver_match
    return match is not None and (match.url_name or "").endswith(f"_{name}")


class CappedPaginator(Paginator):
    """Counts no further than a list is ever leafed through, so that a table of millions opens at once."""

    @cached_property
    def count(self) -> int:
        """Number of rows, at most the cap."""
        return self.object_list.order_by().values("pk")[:COUNT_CAP].count()


class NationFilter(admin.SimpleListFilter):
    """Rows of one nation; offers only the nations this person may see."""

    title = "nation"
    parameter_name = "nation"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Codes and names."""
        return list(Nation.objects.for_user(request.user).values_list("code", "name"))

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        """Rows of the chosen nation."""
        if not self.value():
            return queryset
        path = getattr(queryset.model, "nation_path", "nation")
        return queryset.filter(**{path: self.value()})


class VisibleRows:
    """Admin mixin: rows and choices are those this person may see, wherever they come from."""

    def visible(self, rows: models.QuerySet[Any], user: Any) -> models.QuerySet[Any]:
        """The part of ``rows`` a user may see; by nation unless a table says otherwise."""
        return rows.for_user(user)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Rows of lists, pages, actions and autocompletion."""
        return self.visible(super().get_queryset(request), request.user)  # type: ignore[misc]

    def get_field_queryset(self, db: Any, db_field: Any, request: HttpRequest) -> models.QuerySet[Any] | None:
        """Choices of a relation: what the related table's own admin shows this person."""
        related = self.admin_site._registry.get(db_field.remote_field.model)  # type: ignore[attr-defined]
        if related is None:
            return super().get_field_queryset(db, db_field, request)  # type: ignore[misc]
        return related.get_queryset(request)


class FlowAdmin(VisibleRows, ModelAdmin):
    """A table of the flow. ``flow_links`` names neighbours left and right, ``actions`` what people may do."""

    show_full_result_count = False
    paginator = CappedPaginator
    list_per_page = 50
    list_filter_submit = False
    list_filter_sheet = False
    compressed_fields = True
    change_form_outer_before_template = "admin/flow_panel.html"

    def flow_links(self, row: Any) -> Sequence[tuple[str, str, str]]:
        """``(title, admin page as app_model, query)`` of lists to the left and right of ``row``."""
        return ()

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Whether the person may use this table's actions: the ``change`` permission."""
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        """Add the links and the actions of the row to its page."""
        row = kwargs.get("obj")
        if row is not None:
            context["flow_links"] = [
                (title, f"{reverse(f'admin:{page}_changelist')}?{query}")
                for title, page, query in self.flow_links(row)
                if request.user.has_perm("{}.view_{}".format(*page.split("_", 1)))
            ]
            context["row_actions"] = [
                (name, description)
                for _, name, description in self.get_actions(request).values()
                if name != "delete_selected"
            ]
            context["row_actions_url"] = reverse(self._page("changelist"))
        return super().render_change_form(request, context, *args, **kwargs)

    def response_action(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> Any:
        """After an action from a row's own page, go back to that page."""
        response = super().response_action(request, queryset)
        row = request.POST.get("row", "")
        if row.isdigit() and (response is None or isinstance(response, HttpResponseRedirect)):
            return HttpResponseRedirect(reverse(self._page("change"), args=[row]))
        return response

    def _page(self, name: str) -> str:
        return f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}"


class RecordAdmin(FlowAdmin):
    """A table machines write: nobody adds, types into or deletes its rows; people use actions."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False


class RecordInline(TabularInline):
    """Rows of a record shown on another's page, read-only."""

    extra = 0
    can_delete = False
    show_change_link = True
    tab = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Rows this person may see."""
        rows = super().get_queryset(request)
        return rows.for_user(request.user) if hasattr(rows, "for_user") else rows


class EventInline(RecordInline):
    """History: every move of the row's status, newest first."""

    model = Event
    fields = readonly_fields = ["at", "old", "new", "actor_name", "note"]
    verbose_name_plural = "history"
    show_change_link = False
