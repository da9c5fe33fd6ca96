"""What is on record of the statements behind changed items: where they stand, what was decided since."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q

from annotation.lifecycle import DecisionStatus
from annotation.models import Decision, DecisionKind, Statement, TopicMembership, Triple
from evaluation.models import Release
from evaluation.publishing.diff import Change
from evaluation.publishing.rows import digest_of
from evaluation.services.gold.collect import gold_decisions

_CHUNK = 400


class Chained(NamedTuple):
    """Where a triple hangs: keys of its statement, of the triple it revises, of its document."""

    statement: int
    revises: int | None
    document: int


@dataclass(slots=True)
class Told:
    """What is on record of an item's statement: how it stands, and decisions between the two releases."""

    status: str = ""
    decisions: list[Decision] = field(default_factory=list)

    def standing(self) -> list[Decision]:
        """Those that were not superseded, the older first."""
        return [found for found in self.decisions if found.status != DecisionStatus.SUPERSEDED]

    def newest(self, kind: DecisionKind, *labels: str) -> Decision | None:
        """The newest decision that stands, of a kind, with one of ``labels`` where any are given."""
        for decision in reversed(self.standing()):
            if decision.kind == kind and (not labels or decision.label in labels):
                return decision
        return None


class Record:
    """What is on record of some changes' items, read in a few queries; of decisions those between the moments
    at which the two releases were frozen."""

    def __init__(
        self, changes: Sequence[Change], old: Release, new: Release, triples: Mapping[str, int]
    ) -> None:
        self._since: datetime | None = old.frozen_at
        self._until: datetime | None = new.frozen_at
        before = {change.old_id for change in changes if change.old_id}
        items = old.items.filter(key__in=before, triple__isnull=False)
        old_triples = dict(items.values_list("key", "triple_id"))
        self._triple = {
            change.key: triples.get(change.new_id) or old_triples.get(change.old_id) for change in changes
        }
        wanted = {pk for pk in self._triple.values() if pk is not None}
        rows = Triple.objects.filter(pk__in=wanted).values_list(
            "pk", "statement_id", "revises_id", "statement__document_id"
        )
        self._triples = {pk: Chained(*found) for pk, *found in rows}
        statements = {triple.statement for triple in self._triples.values()}
        self._told: dict[int, Told] = defaultdict(Told)
        for pk, status in Statement.objects.filter(pk__in=statements).values_list("pk", "status"):
            self._told[pk].status = status
        documents = {triple.document for triple in self._triples.values()}
        members = TopicMembership.objects.filter(is_current=True, document__in=documents)
        self._topics = {
            document: (topic, made)
            for document, topic, made in members.values_list("document_id", "topic_id", "topic__created_at")
        }
        self._read(statements)

    def of(self, change: Change) -> Told | None:
        """``None`` where nothing is on record."""
        triple = self.triple_of(change)
        return self._told[triple.statement] if triple else None

    def triple_of(self, change: Change) -> Chained | None:
        """The triple of the newer release, or of the older one where the newer has none."""
        return self._triples.get(self._triple[change.key] or 0)

    def topic_made(self, change: Change) -> datetime | None:
        """When the present topic was made, if since the older release."""
        triple = self.triple_of(change)
        found = self._topics.get(triple.document) if triple else None
        return found[1] if found and self._is_between(found[1]) else None

    def _is_between(self, at: datetime) -> bool:
        return (self._since is None or at > self._since) and (self._until is None or at <= self._until)

    def _read(self, statements: set[int]) -> None:
        between = Q(created_at__gt=self._since) if self._since else Q()
        between &= Q(created_at__lte=self._until) if self._until else Q()
        by_topic: dict[int, set[int]] = defaultdict(set)
        for triple in self._triples.values():
            if triple.document in self._topics:
                by_topic[self._topics[triple.document][0]].add(triple.statement)
        for where, ids in (
            ("statement_id", statements),
            ("triple__statement_id", statements),
            ("conflict__first_id", statements),
            ("conflict__second_id", statements),
            ("topic_id", set(by_topic)),
        ):
            rows = Decision.objects.filter(between, **{f"{where.removesuffix('_id')}__in": ids})
            for decision in rows.select_related("conflict", "triple").order_by("created_at", "pk"):
                for statement in _subjects(decision, where, by_topic):
                    self._told[statement].decisions.append(decision)
        for told in self._told.values():
            told.decisions.sort(key=lambda decision: (decision.created_at, decision.pk))


def _subjects(decision: Decision, where: str, by_topic: Mapping[int, set[int]]) -> set[int]:
    if where == "topic_id":
        return by_topic[decision.topic_id]
    if where == "statement_id":
        return {decision.statement_id}
    if where == "triple__statement_id":
        return {decision.triple.statement_id}
    return {getattr(decision.conflict, where.removeprefix("conflict__"))}


def triples_of(release: Release) -> dict[str, int]:
    """Id of every item to its triple; of a release without items yet, of everything that is gold."""
    if release.pk and release.items.exists():
        items = release.items.filter(triple__isnull=False).values_list("key", "triple_id")
        return dict(items.iterator())
    fields = (
        "triple_id",
        "nation_id",
        "triple__question",
        "triple__statement_text",
        "triple__reversed_statement",
        "triple__statement__text",
        "triple__statement__span_start",
        "triple__statement__span_end",
        "triple__statement__document__nation_id",
        "triple__statement__document__text_digest",
    )
    found = {}
    rows = gold_decisions(release.recipe_followed).order_by("pk").values(*fields)
    for row in rows.iterator(chunk_size=_CHUNK):
        statement = "triple__statement__"
        key = digest_of(
            row[f"{statement}document__nation_id"],
            row[f"{statement}document__text_digest"],
            f"{row[f'{statement}span_start']}-{row[f'{statement}span_end']}",
            row["triple__question"],
            row["triple__statement_text"] or row[f"{statement}text"],
            row["triple__reversed_statement"],
        )
        found[key] = row["triple_id"]
    return found
