"""Rows of the record as the interface tells them."""

from __future__ import annotations

from rest_framework import serializers

from annotation.models import Conflict, Decision, Document, Nation, Statement, Topic, Triple


class NationSerializer(serializers.ModelSerializer):
    """A nation."""

    class Meta:
        model = Nation
        fields = ["code", "name", "aliases", "languages", "script"]


class DocumentSerializer(serializers.ModelSerializer):
    """A document without its text."""

    outlet = serializers.CharField(source="outlet.name", default="", read_only=True)

    class Meta:
        model = Document
        fields = [
            "id",
            "nation",
            "language",
            "outlet",
            "title",
            "url",
            "licence",
            "published",
            "date_precision",
            "duplicate_of",
            "duplicate_kind",
        ]


class DocumentDetailSerializer(DocumentSerializer):
    """A document with its text, which the offsets of statements point into (code points)."""

    class Meta(DocumentSerializer.Meta):
        fields = [*DocumentSerializer.Meta.fields, "text"]


class TopicSerializer(serializers.ModelSerializer):
    """A topic."""

    class Meta:
        model = Topic
        fields = ["id", "nation", "language", "label", "keywords", "size", "is_current", "run", "succeeds"]


class StatementSerializer(serializers.ModelSerializer):
    """A statement and the span of its document it rests on."""

    class Meta:
        model = Statement
        fields = [
            "id",
            "nation",
            "document",
            "language",
            "text",
            "span_start",
            "span_end",
            "source_type",
            "speaker",
            "as_of",
            "status",
            "confidence",
        ]


class ConflictSerializer(serializers.ModelSerializer):
    """A judged pair."""

    class Meta:
        model = Conflict
        fields = ["id", "nation", "first", "second", "relation", "sign", "score", "similarity", "rationale"]


class TripleSerializer(serializers.ModelSerializer):
    """A triple with its statement's words."""

    statement_text = serializers.CharField(source="statement.text", read_only=True)
    status = serializers.CharField(source="statement.status", read_only=True)

    class Meta:
        model = Triple
        fields = [
            "id",
            "nation",
            "language",
            "statement",
            "question",
            "statement_text",
            "reversed_statement",
            "status",
            "checks",
            "confidence",
            "revises",
        ]


class DecisionSerializer(serializers.ModelSerializer):
    """A judgement."""

    class Meta:
        model = Decision
        fields = [
            "id",
            "nation",
            "kind",
            "topic",
            "statement",
            "conflict",
            "triple",
            "label",
            "confidence",
            "judge_type",
            "judge",
            "rationale",
            "supersedes",
            "status",
            "is_audit",
            "created_at",
        ]
