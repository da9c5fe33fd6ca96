"""Runs, answers and submissions as the interface tells them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from evaluation.models import Answer, EvalRun, Submission
from evaluation.services.runs.disclosure import Told


class EvalRunSerializer(serializers.ModelSerializer):
    """A run with its figures per nation and type; ``release`` is ``name@version``."""

    release = serializers.CharField(source="release.label", read_only=True)
    model = serializers.SlugRelatedField(source="candidate", slug_field="name", read_only=True)
    summary = serializers.SerializerMethodField()
    control = serializers.SerializerMethodField()

    class Meta:
        model = EvalRun
        fields = [
            "id",
            "release",
            "model",
            "method",
            "protocol",
            "judge",
            "is_holdout",
            "prompt_digest",
            "parameters",
            "status",
            "summary",
            "control",
            "spent",
            "started_at",
            "finished_at",
        ]

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_summary(self, run: EvalRun) -> list[dict[str, Any]]:
        """Per nation and type; figures of few private items are ``null`` for who may not see those."""
        return self._told.summary(run)

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_control(self, run: EvalRun) -> dict[str, Any]:
        """Random weights on the same items, their rows told as those of ``summary``."""
        return self._told.control(run)

    @property
    def _told(self) -> Told:
        found: Told = self.context["told"]
        return found


class EvalRunDetailSerializer(EvalRunSerializer):
    """A run with its figures in every dimension."""

    slices = serializers.SerializerMethodField()

    class Meta(EvalRunSerializer.Meta):
        fields = [*EvalRunSerializer.Meta.fields, "slices"]

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_slices(self, run: EvalRun) -> dict[str, Any]:
        """By dimension: ``nation``, then nation by each other; empty while the run is under way."""
        found: dict[str, Any] = self.context["slices"](run)
        return found


class AnswerSerializer(serializers.ModelSerializer):
    """One reply to one item in one order."""

    item = serializers.CharField(source="item.key", read_only=True)
    nation = serializers.CharField(source="item.nation_id", read_only=True)
    source_type = serializers.CharField(source="item.source_type", read_only=True)

    class Meta:
        model = Answer
        fields = [
            "id",
            "item",
            "nation",
            "source_type",
            "order",
            "outcome",
            "probability",
            "reply",
            "judge_reply",
            "error",
            "prompt_digest",
            "prompt_tokens",
            "completion_tokens",
            "cost",
        ]


class SubmissionSerializer(serializers.ModelSerializer):
    """How a submission stands; ``result`` holds aggregated figures once there is a run."""

    release = serializers.CharField(source="release.label", read_only=True)
    result = serializers.SerializerMethodField()

    class Meta:
        model = Submission
        fields = [
            "id",
            "release",
            "model",
            "protocol",
            "judge",
            "base_url",
            "key_variable",
            "is_holdout",
            "status",
            "error",
            "run",
            "result",
            "created_at",
            "finished_at",
        ]

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_result(self, submission: Submission) -> dict[str, Any] | None:
        """``summary`` per nation and type, ``control``, ``spent``, and ``holdout`` where it was asked."""
        found: dict[str, Any] | None = self.context["result"](submission)
        return found
