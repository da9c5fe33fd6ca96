"""Admin of Label Studio's servers and projects, and of what was found wrong there."""

from __future__ import annotations

from django.contrib import admin

from annotation.admin.base import NationFilter, RecordAdmin
from annotation.models import StudioIncident, StudioProject, StudioServer


@admin.register(StudioServer)
class StudioServerAdmin(RecordAdmin):
    """How each Label Studio was when we last turned to it."""

    list_display = ["__str__", "state", "state_since", "checked_at", "answered_at", "fully_pulled_at"]
    search_fields = ["name"]

    def flow_links(self, row: StudioServer) -> list[tuple[str, str, str]]:
        """Its projects and incidents."""
        return [
            ("Projects", "annotation_studioproject", f"server__id__exact={row.pk}"),
            ("Incidents", "annotation_studioincident", f"server__id__exact={row.pk}"),
        ]


@admin.register(StudioProject)
class StudioProjectAdmin(RecordAdmin):
    """Label Studio projects of ours."""

    list_display = ["title", "nation", "kind", "server", "remote_id", "pulled_until"]
    list_select_related = ["nation", "server"]
    list_filter = [NationFilter, "kind", "server"]
    search_fields = ["title"]

    def flow_links(self, row: StudioProject) -> list[tuple[str, str, str]]:
        """Its reviews."""
        return [("Reviews", "annotation_review", f"project__id__exact={row.pk}")]


@admin.register(StudioIncident)
class StudioIncidentAdmin(RecordAdmin):
    """What was found wrong in a Label Studio, and what was done about it."""

    list_display = ["found_at", "kind", "subject", "server", "nation", "resolved_at"]
    list_select_related = ["server", "nation"]
    list_filter = [NationFilter, "kind", "server"]
    search_fields = ["subject", "detail"]

    def flow_links(self, row: StudioIncident) -> list[tuple[str, str, str]]:
        """The server."""
        return [("Label Studio", "annotation_studioserver", f"id__exact={row.server_id}")]
