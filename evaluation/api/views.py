"""Runs to be read: aggregated figures for everyone logged in, answers by nation."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework.generics import GenericAPIView, ListAPIView, RetrieveAPIView
from rest_framework.permissions import IsAuthenticated

from annotation.api.access import RecordCursor, ViewPermission
from annotation.lifecycle import BUILT
from annotation.models.person import nations_of
from evaluation.api.serializers import AnswerSerializer, EvalRunDetailSerializer, EvalRunSerializer
from evaluation.models import Answer, EvalRun
from evaluation.publishing.rows import Part
from evaluation.scoring.metrics import Dimension
from evaluation.services.runs.disclosure import Told
from evaluation.services.runs.run_slices import run_slices

_WIDE = (Dimension.NATION, Dimension.SOURCE_TYPE)
_RUNS = (
    EvalRun.objects.filter(release__status__in=BUILT)
    .select_related("release", "candidate")
    .defer("release__manifest", "release__gates", "release__recipe", "probe", "place")
)


class ToldContext(GenericAPIView):
    """Serializers know what the reader may be told."""

    def get_serializer_context(self) -> dict[str, Any]:
        """With ``told``."""
        return {**super().get_serializer_context(), "told": Told(self.request.user)}


class EvalRunList(ToldContext, ListAPIView):
    """All runs, newest first; filters: release__name, release__version, candidate__name, method, protocol,
    status, is_holdout."""

    queryset = _RUNS
    serializer_class = EvalRunSerializer
    permission_classes = [IsAuthenticated]
    filterset_fields = {
        "release__name": ["exact"],
        "release__version": ["exact"],
        "candidate__name": ["exact"],
        "method": ["exact"],
        "protocol": ["exact"],
        "status": ["exact"],
        "is_holdout": ["exact"],
    }


class EvalRunDetail(ToldContext, RetrieveAPIView):
    """One run with its figures in every dimension."""

    queryset = _RUNS
    serializer_class = EvalRunDetailSerializer
    permission_classes = [IsAuthenticated]

    def get_serializer_context(self) -> dict[str, Any]:
        """With what the reader may see of slices."""
        return {**super().get_serializer_context(), "slices": self._slices}

    def _slices(self, run: EvalRun) -> dict[str, Any]:
        """Narrow slices of private items could tell of single ones: for who may see those."""
        if run.status == EvalRun.Status.RUNNING:
            return {}
        found = run_slices(run)
        told = Told(self.request.user)
        if not run.is_holdout or told.sees_private:
            return found
        if told.of_run(run):
            return {}  # what is not told could be had from them
        return {name: rows for name, rows in found.items() if name in _WIDE}


class EvalRunAnswers(ListAPIView):
    """Answers of a run to public items of the reader's nations; filters: outcome, order, item__key. Answers
    to private items are never told here."""

    queryset = Answer.objects.exclude(item__part=Part.HOLDOUT).select_related("item").order_by("pk")
    serializer_class = AnswerSerializer
    permission_classes = [ViewPermission]
    pagination_class = RecordCursor
    filterset_fields = {"outcome": ["exact"], "order": ["exact"], "item__key": ["exact"]}

    def get_queryset(self) -> QuerySet[Answer]:
        """Own nations only."""
        rows = super().get_queryset().defer("item__row", "item__passport", "details")
        rows = rows.filter(run__release__status__in=BUILT)
        nations = nations_of(self.request.user)
        if nations is not None:
            rows = rows.filter(item__nation__in=nations)
        return rows.filter(run=self.kwargs["pk"]) if "pk" in self.kwargs else rows.none()
