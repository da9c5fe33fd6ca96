"""Which decision made an item come, go or read otherwise between two releases, in words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import islice
from typing import Any

from annotation.lifecycle import DecisionStatus, StatementStatus
from annotation.models import Decision, DecisionKind, JudgeType
from annotation.models.decision import NOT_A_STATEMENT
from evaluation.models import Origin, Release
from evaluation.publishing.causes import UNKNOWN, cause_of
from evaluation.publishing.content import Manifest
from evaluation.publishing.diff import Change, Diff, Kind
from evaluation.services.cause_records import Record, Told, triples_of
from pipeline.records import APPROVING, ConflictOutcome, Sensitivity, TripleValidity

_CHUNK = 400
_LOSER = {ConflictOutcome.KEEP_FIRST: "second", ConflictOutcome.KEEP_SECOND: "first"}
_DRAWS = ("slice_size", "balance", "holdout_share", "preference_share")
_OF_ATTRIBUTION = frozenset({"source_type", "speaker"})
_OF_TRIPLE = frozenset({"votes", "decided_by", "is_contested"})
_OF_SOURCE = frozenset(
    {"outlet", "url", "published", "licence", "disclosure", "evidence", "text", "document_digest"}
)


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
    triples = triples_of(new) if is_here else {}
    before, after = old.told, _manifest_of(new)
    rest = iter(changes.changes)
    while chunk := list(islice(rest, _CHUNK)):
        record = Record(chunk, old, triples) if is_here else None
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


def _how_it_stands(change: Change, told: Told, after: Manifest) -> str:
    if change.kind is Kind.REMOVED and told.status != StatementStatus.APPROVED:
        return f"its statement is {told.status.replace('_', ' ')}"
    if any(getattr(after.recipe, name) for name in _DRAWS):
        return "other items changed, and with them which ones the recipe takes"
    return "no decision on record"


def _why(change: Change, told: Told, record: Record) -> str:
    return {
        Kind.ADDED: _why_added,
        Kind.REMOVED: _why_removed,
        Kind.REWORDED: _why_reworded,
        Kind.RELABELLED: _why_told_otherwise,
        Kind.DESCRIBED: _why_told_otherwise,
    }[change.kind](change, told, record)


def _why_added(change: Change, told: Told, record: Record) -> str:
    if approved := told.newest(DecisionKind.TRIPLE, *APPROVING):
        return f"approved by {_by(approved)}"
    if attributed := told.newest(DecisionKind.ATTRIBUTION):
        return f"attributed by {_by(attributed)}"
    if settled := told.newest(DecisionKind.CONFLICT):
        return f"conflict settled by {_by(settled)}"
    screened = told.newest(DecisionKind.STATEMENT_SCREENING) or told.newest(DecisionKind.TOPIC_SCREENING)
    return f"screened by {_by(screened)}" if screened else ""


def _why_removed(change: Change, told: Told, record: Record) -> str:
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


def _lost(change: Change, told: Told, record: Record) -> Decision | None:
    triple = record.triple_of(change)
    for decision in reversed(told.decisions):
        side = _LOSER.get(decision.label) if decision.kind == DecisionKind.CONFLICT else None
        if triple is None or side is None or decision.status != DecisionStatus.SETTLED:
            continue
        if getattr(decision.conflict, f"{side}_id") == triple.statement:
            return decision
    return None


def _why_reworded(change: Change, told: Told, record: Record) -> str:
    triple, approved = record.triple_of(change), told.newest(DecisionKind.TRIPLE, *APPROVING)
    if approved is None:
        return ""
    if triple and triple.revises is not None:
        return f"corrected by {_by(approved)}"
    return f"made anew, then approved by {_by(approved)}"


def _why_told_otherwise(change: Change, told: Told, record: Record) -> str:
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
