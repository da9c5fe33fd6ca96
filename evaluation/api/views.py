"""Read-only interface to runs: aggregated figures, for everyone logged in."""

from __future__ import annotations

from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.permissions import IsAuthenticated

from evaluation.api.serializers import EvalRunSerializer
from evaluation.models import EvalRun


class EvalRunList(ListAPIView):
    """All runs, newest first; filters: release__name, candidate__name, method, status."""

    queryset = EvalRun.objects.select_related("release", "candidate")
    serializer_class = EvalRunSerializer
    permission_classes = [IsAuthenticated]
    filterset_fields = {
        "release__name": ["exact"],
        "candidate__name": ["exact"],
        "method": ["exact"],
        "status": ["exact"],
    }


class EvalRunDetail(RetrieveAPIView):
    """One run."""

    queryset = EvalRun.objects.select_related("release", "candidate")
    serializer_class = EvalRunSerializer
    permission_classes = [IsAuthenticated]
