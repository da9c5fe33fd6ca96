"""Tables of the record, to be read."""

from __future__ import annotations

from typing import Any

from rest_framework.routers import SimpleRouter

from annotation.api import filters, serializers
from annotation.api.access import RecordViewSet
from annotation.models import Conflict, Decision, Document, Nation, Statement, Topic, Triple


class NationViewSet(RecordViewSet):
    """Nations."""

    queryset = Nation.objects.all()
    serializer_class = serializers.NationSerializer


class DocumentViewSet(RecordViewSet):
    """Documents; the text only one at a time."""

    queryset = Document.objects.select_related("outlet")
    filterset_class = filters.DocumentFilter

    def get_queryset(self) -> Any:
        """Lists leave the text in the database."""
        rows = super().get_queryset()
        return rows if self.action == "retrieve" else rows.defer("text", "metadata")

    def get_serializer_class(self) -> Any:
        """With the text for one document."""
        if self.action == "retrieve":
            return serializers.DocumentDetailSerializer
        return serializers.DocumentSerializer


class TopicViewSet(RecordViewSet):
    """Topics."""

    queryset = Topic.objects.all()
    serializer_class = serializers.TopicSerializer
    filterset_class = filters.TopicFilter


class StatementViewSet(RecordViewSet):
    """Statements."""

    queryset = Statement.objects.all()
    serializer_class = serializers.StatementSerializer
    filterset_class = filters.StatementFilter


class ConflictViewSet(RecordViewSet):
    """Judged pairs of statements."""

    queryset = Conflict.objects.all()
    serializer_class = serializers.ConflictSerializer
    filterset_class = filters.ConflictFilter


class TripleViewSet(RecordViewSet):
    """Triples."""

    queryset = Triple.objects.select_related("statement")
    serializer_class = serializers.TripleSerializer
    filterset_class = filters.TripleFilter


class DecisionViewSet(RecordViewSet):
    """Judgements."""

    queryset = Decision.objects.all()
    serializer_class = serializers.DecisionSerializer
    filterset_class = filters.DecisionFilter


router = SimpleRouter()
router.register("nations", NationViewSet)
router.register("documents", DocumentViewSet)
router.register("topics", TopicViewSet)
router.register("statements", StatementViewSet)
router.register("conflicts", ConflictViewSet)
router.register("triples", TripleViewSet)
router.register("decisions", DecisionViewSet)
