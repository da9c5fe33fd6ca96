"""Releases and their items, to be read. What is held back is never told here, not even to superusers."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.viewsets import ReadOnlyModelViewSet

from annotation.api.access import RecordCursor, RecordViewSet, ViewPermission
from annotation.lifecycle import ReleaseStatus
from evaluation.models import Release, ReleaseItem
from evaluation.publishing.rows import PUBLIC_PARTS


class ReleaseSerializer(serializers.ModelSerializer):
    """A release: its recipe, and what its manifest counts."""

    label = serializers.CharField(read_only=True)
    previous = serializers.SerializerMethodField()
    counts = serializers.SerializerMethodField()

    class Meta:
        model = Release
        fields = [
            "id",
            "label",
            "name",
            "version",
            "status",
            "origin",
            "previous",
            "recipe",
            "counts",
            "digest",
            "created_at",
            "frozen_at",
            "published_at",
        ]

    def get_previous(self, release: Release) -> str | None:
        """``name@version`` of the version before it."""
        return release.previous.label if release.previous else None

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_counts(self, release: Release) -> dict[str, Any]:
        """Items per slice of the evaluation part, preference pairs by part, and how many are held back."""
        told = json.loads(release.manifest) if release.manifest else {}
        return {
            "evaluation": told.get("counts", {}),
            "preferences": told.get("preferences", {}),
            "holdout": told.get("holdout", {}).get("items", 0),
        }


class ReleaseItemSerializer(serializers.ModelSerializer):
    """An item with the words it had when it was frozen."""

    class Meta:
        model = ReleaseItem
        fields = [
            "id",
            "release",
            "key",
            "nation",
            "source_type",
            "part",
            "language",
            "topic",
            "period",
            "is_contested",
            "question",
            "statement",
            "reversed_statement",
        ]


class ReleaseFilter(filters.FilterSet):
    """Releases by name, version and status."""

    class Meta:
        model = Release
        fields = ["name", "version", "status"]


class ReleaseItemFilter(filters.FilterSet):
    """Items by release, part and slice."""

    nation = filters.CharFilter(field_name="nation_id")
    release = filters.CharFilter(method="of_release", label="name, or name@version")
    part = filters.ChoiceFilter(choices=[(str(part), str(part)) for part in PUBLIC_PARTS])

    class Meta:
        model = ReleaseItem
        fields = ["source_type", "language", "topic", "period", "is_contested"]

    def of_release(self, items: QuerySet[ReleaseItem], name: str, value: str) -> QuerySet[ReleaseItem]:
        """Items of ``name@version``, or of every version of a name."""
        label, at, version = value.partition("@")
        found = items.filter(release__name=label)
        return found.filter(release__version=version) if at else found


class ReleaseViewSet(ReadOnlyModelViewSet):
    """Built releases: they span nations, so everyone with the permission sees them all. Drafts are for those
    who make releases."""

    queryset = Release.objects.select_related("previous").defer("gates")
    serializer_class = ReleaseSerializer
    permission_classes = [ViewPermission]
    pagination_class = RecordCursor
    filterset_class = ReleaseFilter

    def get_queryset(self) -> QuerySet[Release]:
        """Without drafts, unless one makes them."""
        rows = super().get_queryset()
        if self.request.user.has_perm("evaluation.add_release"):
            return rows
        return rows.exclude(status=ReleaseStatus.DRAFT)


class ReleaseItemViewSet(RecordViewSet):
    """Public items of releases, of the reader's nations."""

    queryset = ReleaseItem.objects.public()
    serializer_class = ReleaseItemSerializer
    filterset_class = ReleaseItemFilter

    def get_queryset(self) -> QuerySet[ReleaseItem]:
        """Own nations only; row and passport are read where they are told."""
        rows = super().get_queryset()
        return rows if self.action == "passport" else rows.defer("row", "passport")

    @extend_schema(responses=OpenApiTypes.OBJECT)
    @action(detail=True, url_name="passport")
    def passport(self, request: Request, pk: str | None = None) -> Response:
        """The chain from the item's document to the reviews that made it gold."""
        item = self.get_object()
        if not item.passport:
            raise NotFound("This item came without a passport.")
        return Response(json.loads(item.passport))


router = SimpleRouter()
router.register("releases", ReleaseViewSet)
router.register("release-items", ReleaseItemViewSet)
