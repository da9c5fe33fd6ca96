"""Runs as the interface tells them."""

from __future__ import annotations

from rest_framework import serializers

from evaluation.models import EvalRun


class EvalRunSerializer(serializers.ModelSerializer):
    """A run with its figures per slice."""

    release = serializers.SlugRelatedField(slug_field="name", read_only=True)
    model = serializers.SlugRelatedField(source="candidate", slug_field="name", read_only=True)

    class Meta:
        model = EvalRun
        fields = [
            "id",
            "release",
            "model",
            "method",
            "protocol",
            "judge",
            "prompt_digest",
            "status",
            "summary",
            "started_at",
            "finished_at",
        ]
