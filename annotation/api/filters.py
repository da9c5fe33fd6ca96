"""Filters of the interface. Relations are matched by id: a choice field would list other nations' rows."""

from __future__ import annotations

from django_filters import rest_framework as filters

from annotation.models import Conflict, Decision, Document, Statement, Topic, Triple


class NationFilterSet(filters.FilterSet):
    """Rows of a nation."""

    nation = filters.CharFilter(field_name="nation_id")


class DocumentFilter(NationFilterSet):
    """Documents."""

    class Meta:
        model = Document
        fields = ["language", "duplicate_kind"]


class TopicFilter(NationFilterSet):
    """Topics."""

    class Meta:
        model = Topic
        fields = ["language", "is_current"]


class StatementFilter(NationFilterSet):
    """Statements."""

    document = filters.NumberFilter(field_name="document_id")

    class Meta:
        model = Statement
        fields = ["status", "source_type", "language"]


class ConflictFilter(NationFilterSet):
    """Conflicts; ``kind`` is the relation."""

    kind = filters.CharFilter(field_name="relation")

    class Meta:
        model = Conflict
        fields = ["sign"]


class TripleFilter(NationFilterSet):
    """Triples; ``status`` is that of the statement."""

    status = filters.CharFilter(field_name="statement__status")
    statement = filters.NumberFilter(field_name="statement_id")

    class Meta:
        model = Triple
        fields = ["language"]


class DecisionFilter(NationFilterSet):
    """Decisions."""

    class Meta:
        model = Decision
        fields = ["kind", "status", "label", "judge_type", "is_audit"]
