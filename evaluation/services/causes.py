"""Which decision made an item come, go or read otherwise between two releases, in words."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from django.db.models import Q

from annotation.lifecycle import DecisionStatus, StatementStatus
from annotation.models import Decision, DecisionKind, JudgeType, Statement, TopicMembership, Triple
from annotation.models.decision import NOT_A_STATEMENT
from evaluation.models import Origin, Release
from evaluation.publishing.causes import UNKNOWN, cause_of
from evaluation.publishing.content import Manifest
from evaluation.publishing.diff import Change, Diff, Kind
from evaluation.publishing.rows import digest_of
from evaluation.services.gold import gold_decisions
from pipeline.records import APPROVING, ConflictOutcome, Sensitivity, TripleValidity

_CHUNK = 400
_LOSER = {ConflictOutcome.KEEP_FIRST: "second", ConflictOutcome.KEEP_SECOND: "first"}
_DRAWS = ("slice_size", "balance", "holdout_share", "preference_share")
_OF_ATTRIBUTION = frozenset({"source_type", "speaker"})
_OF_TRIPLE = frozenset({"votes", "decided_by", "is_contested"})
_OF_SOURCE = frozenset(
    {"outlet", "url", "published", "licence", "disclosure", "evidence", "text", "document_digest"}
)


@dataclass(slots=True)
class _Told:
    """What is on record of an item's statement: how it stands, and decisions since the older release."""

    status: str = ""
    decisions: list[Decision] = field(default_factory=list)

    def newest(self, kind: DecisionKind, *labels: str) -> Decision | None:
        """The newest decision that stands, of a kind, with one of ``labels`` where any are given."""
        for decision in reversed(self.decisions):
            stands = decision.kind == kind and decision.status != DecisionStatus.SUPERSEDED
            if stands and (not labels or decision.label in labels):
                return decision
        return None


def causes_of(changes: Diff, old: Release, new: Release) -> dict[str, str]:
    """The cause of every change by :attr:`~evaluation.publishing.diff.Change.key`.

    Looks into the record where both releases were made here: at decisions since ``old`` was frozen. Where no
    decision tells, recipes and passports do. ``new`` may have no items yet. Names kinds of judges and days,
    no person.
    """
    found: dict[str, str] = {}
    if not changes.changes:
        return found
    is_here = old.origin == Origin.HERE and new.origin == Origin.HERE
    triples = _triples_of(new) if is_here else {}
    before, after = old.told, _manifest_of(new)
    rest = iter(changes.changes)
    while chunk := list(islice(rest, _CHUNK)):
        record = _Record(chunk, old, triples) if is_here else None
        ours, theirs = _passports(old, [c.old_id for c in chunk]), _passports(new, [c.new_id for c in chunk])
        for change in chunk:
            told = record.of(change) if record else None
            why = _why(change, told, record) if told and record else ""
            if not why:
                why = cause_of(change, ours.get(change.old_id), theirs.get(change.new_id), before, after)
            if why == UNKNOWN and told:
                why = _how_it_stands(change, told, after)
            found[change.key] = why
    return found


def _manifest_of(release: Release) -> Manifest:
    """Its manifest; of a release that is being made, what is known by then."""
    if release.manifest:
        return release.told
    return Manifest(release.name, release.version, "", "", "", release.recipe_followed, {})


def _passports(release: Release, keys: Sequence[str]) -> dict[str, Any]:
    if not release.pk:
        return {}
    items = release.items.filter(key__in=[key for key in keys if key]).exclude(passport="")
    return {key: json.loads(passport) for key, passport in items.values_list("key", "passport")}


def _how_it_stands(change: Change, told: _Told, after: Manifest) -> str:
    if change.kind is Kind.REMOVED and told.status != StatementStatus.APPROVED:
        return f"its statement is {told.status.replace('_', ' ')}"
    if any(getattr(after.recipe, name) for name in _DRAWS):
        return "other items changed, and with them which ones the recipe takes"
    return "no decision on record"


class _Record:
    """What is on record of some changes' items, read in a few queries."""

    def __init__(self, changes: Sequence[Change], old: Release, triples: Mapping[str, int]) -> None:
        self._since: datetime | None = old.frozen_at
        before = {change.old_id for change in changes if change.old_id}
        items = old.items.filter(key__in=before, triple__isnull=False)
        old_triples = dict(items.values_list("key", "triple_id"))
        self.new_triple = {change.key: triples.get(change.new_id) for change in changes}
        self._triple = {
            change.key: self.new_triple[change.key] or old_triples.get(change.old_id) for change in changes
        }
        wanted = {pk for pk in self._triple.values() if pk is not None}
        rows = Triple.objects.filter(pk__in=wanted).values_list(
            "pk", "statement_id", "revises_id", "derivation__version", "statement__document_id"
        )
        self.triples: dict[int, tuple[int, int | None, str | None, int]] = {
            pk: (statement, revises, version, document) for pk, statement, revises, version, document in rows
        }
        statements = {statement for statement, *_ in self.triples.values()}
        self._told: dict[int, _Told] = defaultdict(_Told)
        for pk, status in Statement.objects.filter(pk__in=statements).values_list("pk", "status"):
            self._told[pk].status = status
        documents = {document for *_, document in self.triples.values()}
        members = TopicMembership.objects.filter(is_current=True, document__in=documents)
        self.topics = {
            document: (topic, made)
            for document, topic, made in members.values_list("document_id", "topic_id", "topic__created_at")
        }
        self._read(statements)

    def of(self, change: Change) -> _Told | None:
        """``None`` where nothing is on record."""
        triple = self.triples.get(self._triple[change.key] or 0)
        return self._told[triple[0]] if triple else None

    def triple_of(self, change: Change) -> tuple[int, int | None, str | None, int] | None:
        """Statement, what it revises, version and document of the newer triple."""
        return self.triples.get(self._triple[change.key] or 0)

    def topic_made(self, change: Change) -> datetime | None:
        """When the present topic was made, if since the older release."""
        triple = self.triple_of(change)
        found = self.topics.get(triple[3]) if triple else None
        is_since = found and (self._since is None or found[1] > self._since)
        return found[1] if found and is_since else None

    def _read(self, statements: set[int]) -> None:
        since = Q(created_at__gt=self._since) if self._since else Q()
        by_topic: dict[int, set[int]] = defaultdict(set)
        for statement, *_, document in self.triples.values():
            if document in self.topics:
                by_topic[self.topics[document][0]].add(statement)
        for where, ids in (
            ("statement_id", statements),
            ("triple__statement_id", statements),
            ("conflict__first_id", statements),
            ("conflict__second_id", statements),
            ("topic_id", set(by_topic)),
        ):
            rows = Decision.objects.filter(since, **{f"{where.removesuffix('_id')}__in": ids})
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


def _triples_of(release: Release) -> dict[str, int]:
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


def _why(change: Change, told: _Told, record: _Record) -> str:
    return {
        Kind.ADDED: _why_added,
        Kind.REMOVED: _why_removed,
        Kind.REWORDED: _why_reworded,
        Kind.RELABELLED: _why_told_otherwise,
        Kind.DESCRIBED: _why_told_otherwise,
    }[change.kind](change, told, record)


def _why_added(change: Change, told: _Told, record: _Record) -> str:
    if approved := told.newest(DecisionKind.TRIPLE, *APPROVING):
        return f"approved by {_by(approved)}"
    if attributed := told.newest(DecisionKind.ATTRIBUTION):
        return f"attributed by {_by(attributed)}"
    if settled := told.newest(DecisionKind.CONFLICT):
        return f"conflict settled by {_by(settled)}"
    screened = told.newest(DecisionKind.STATEMENT_SCREENING) or told.newest(DecisionKind.TOPIC_SCREENING)
    return f"screened by {_by(screened)}" if screened else ""


def _why_removed(change: Change, told: _Told, record: _Record) -> str:
    if told.status == StatementStatus.SET_ASIDE and (lost := _lost(change, told, record)):
        return f"conflict settled by {_by(lost)}"
    if told.status == StatementStatus.CONTESTED and (found := told.newest(DecisionKind.CONFLICT)):
        return f"in a conflict that is not settled since {found.created_at.date()}"
    if told.status == StatementStatus.SUPERSEDED:
        return "its statement is no longer found by the stage that draws statements"
    for kind, label, what in (
        (DecisionKind.TRIPLE, TripleValidity.INVALID, "triple refused"),
        (DecisionKind.TRIPLE, TripleValidity.NO_LONGER_CURRENT, "no longer current"),
        (DecisionKind.ATTRIBUTION, NOT_A_STATEMENT, "refused as a statement"),
        (DecisionKind.STATEMENT_SCREENING, Sensitivity.NOT_SENSITIVE, "screened out"),
        (DecisionKind.TOPIC_SCREENING, Sensitivity.NOT_SENSITIVE, "its topic screened out"),
    ):
        if found := told.newest(kind, label):
            return f"{what} by {_by(found)}"
    if (found := told.newest(DecisionKind.TRIPLE)) and found.status != DecisionStatus.SETTLED:
        return f"its triple waits for people since {found.created_at.date()}"
    attributed = told.newest(DecisionKind.ATTRIBUTION)
    return f"attributed by {_by(attributed)}" if attributed and attributed.label != change.source_type else ""


def _lost(change: Change, told: _Told, record: _Record) -> Decision | None:
    triple = record.triple_of(change)
    for decision in reversed(told.decisions):
        side = _LOSER.get(decision.label) if decision.kind == DecisionKind.CONFLICT else None
        if triple is None or side is None or decision.status != DecisionStatus.SETTLED:
            continue
        if getattr(decision.conflict, f"{side}_id") == triple[0]:
            return decision
    return None


def _why_reworded(change: Change, told: _Told, record: _Record) -> str:
    triple, approved = record.triple_of(change), told.newest(DecisionKind.TRIPLE, *APPROVING)
    if approved is None:
        return ""
    if triple and triple[1] is not None:
        return f"corrected by {_by(approved)}"
    return f"made anew, then approved by {_by(approved)}"


def _why_told_otherwise(change: Change, told: _Told, record: _Record) -> str:
    names = set(change.fields)
    parts = []
    if names & _OF_ATTRIBUTION and (found := told.newest(DecisionKind.ATTRIBUTION)):
        parts.append(f"attributed by {_by(found)}")
    plural = told.newest(DecisionKind.CONFLICT) if "is_contested" in names else None
    if plural:
        parts.append(f"conflict settled by {_by(plural)}")
    elif names & _OF_TRIPLE and (found := told.newest(DecisionKind.TRIPLE)):
        parts.append(f"judged anew by {_by(found)}")
    elif "votes" in names:
        parts.append("votes were given or taken back")
    if "topic" in names and (made := record.topic_made(change)):
        parts.append(f"topics made anew on {made.date()}")
    if names & _OF_SOURCE:
        parts.append("what is on record of its source changed")
    return "; ".join(parts)


def _by(decision: Decision) -> str:
    """Who decided, when and what; of people only whether a curator or annotators."""
    who = {
        JudgeType.CURATOR: "a curator",
        JudgeType.ANNOTATORS: "annotators",
        JudgeType.RULES: f"rules {decision.judge}",
        JudgeType.MODEL: f"model {decision.judge}",
        JudgeType.LEARNED: f"classifier {decision.judge}",
    }[JudgeType(decision.judge_type)]
    return f"{who} on {decision.created_at.date().isoformat()} ({decision.label})"
