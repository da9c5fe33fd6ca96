"""Who may read what through the interface, and in what portions."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import DjangoModelPermissions
from rest_framework.viewsets import ReadOnlyModelViewSet


class ViewPermission(DjangoModelPermissions):
    """Reading needs the ``view`` permission of the table; Django REST framework's own class asks for none."""

    perms_map = {
        **DjangoModelPermissions.perms_map,
        "GET": ["%(app_label)s.view_%(model_name)s"],
        "OPTIONS": ["%(app_label)s.view_%(model_name)s"],
        "HEAD": ["%(app_label)s.view_%(model_name)s"],
    }


class RecordCursor(CursorPagination):
    """Portions by rising key: no count, so that a table of millions is as fast as a small one."""

    ordering = "pk"
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 500


class RecordViewSet(ReadOnlyModelViewSet):
    """Rows of a table that the reader's nations allow."""

    permission_classes = [ViewPermission]
    pagination_class = RecordCursor

    def get_queryset(self) -> QuerySet[Any]:
        """Own nations only."""
        return super().get_queryset().for_user(self.request.user)
