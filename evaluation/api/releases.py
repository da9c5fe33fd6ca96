"""Releases and their items, to be read."""

from __future__ import annotations

from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.routers import SimpleRouter
from rest_framework.viewsets import ReadOnlyModelViewSet

from annotation.api.access import RecordCursor, RecordViewSet, ViewPermission
from evaluation.models import Release, ReleaseItem


class ReleaseSerializer(serializers.ModelSerializer):
    """A release."""

    class Meta:
        model = Release
        fields = ["id", "name", "status", "seed", "digest", "created_at", "frozen_at"]


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
            "language",
            "topic",
            "question",
            "statement",
            "reversed_statement",
        ]


class ReleaseItemFilter(filters.FilterSet):
    """Items by release and slice."""

    nation = filters.CharFilter(field_name="nation_id")
    release = filters.CharFilter(field_name="release__name")

    class Meta:
        model = ReleaseItem
        fields = ["source_type", "language"]


class ReleaseViewSet(ReadOnlyModelViewSet):
    """Releases: they span nations, so everyone with the permission sees them all."""

    queryset = Release.objects.all()
    serializer_class = ReleaseSerializer
    permission_classes = [ViewPermission]
    pagination_class = RecordCursor
    filterset_fields = ["status"]


class ReleaseItemViewSet(RecordViewSet):
    """Items of releases, of the reader's nations."""

    queryset = ReleaseItem.objects.all()
    serializer_class = ReleaseItemSerializer
    filterset_class = ReleaseItemFilter


router = SimpleRouter()
router.register("releases", ReleaseViewSet)
router.register("release-items", ReleaseItemViewSet)
