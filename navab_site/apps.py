"""Puts the admin in the order of the flow in the place of Django's."""

from django.contrib.admin.apps import AdminConfig


class FlowAdminConfig(AdminConfig):
    """Django's admin on our site class."""

    default_site = "navab_site.admin_site.FlowAdminSite"
