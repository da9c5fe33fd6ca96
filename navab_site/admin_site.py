"""The admin's front page in the order of the flow."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from unfold.sites import UnfoldAdminSite

from navab_site.navigation import FLOW


class FlowAdminSite(UnfoldAdminSite):
    """The admin with its tables in the order of the flow instead of the alphabet."""

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """Tables this person may see, grouped and ordered as :data:`FLOW`."""
        if app_label is not None:
            return super().get_app_list(request, app_label)
        tables = {
            f"{app['app_label']}.{table['object_name'].lower()}": table
            for app in super().get_app_list(request)
            for table in app["models"]
        }
        groups = []
        for title, names in FLOW:
            models = [tables[name] for name, _ in names if name in tables]
            if models:
                groups.append(
                    {
                        "name": title,
                        "app_label": title.lower().replace(" ", "-"),
                        "app_url": models[0]["admin_url"],
                        "has_module_perms": True,
                        "models": models,
                    }
                )
        return groups
