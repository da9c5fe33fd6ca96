"""Which decision made an item come, go or read otherwise between two releases, in words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from annotation.lifecycle import DecisionStatus, StatementStatus
from annotation.models import Decision, DecisionKind
from annotation.models.decision import NOT_A_STATEMENT
from evaluation.models import Origin, Release
from evaluation.publishing import cause_words as words
from evaluation.publishing.cause_words import Decided
from evaluation.publishing.causes import cause_of, stored_cause, why_unknown
from evaluation.publishing.content import Manifest
from evaluation.publishing.diff import Change, Diff, Kind
from evaluation.services.releases.cause_records import Record, Told, triples_of
from pipeline.records import ConflictOutcome, Sensitivity, TripleValidity

_CHUNK = 400
_LOSER = {ConflictOutcome.KEEP_FIRST: "second", ConflictOutcome.KEEP_SECOND: "first"}
_DRAWS = ("slice_size", "balance", "holdout_share", "preference_share")


def causes_of(
    changes: Diff, old: Release, new: Release, *, left_out: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The cause of every change by :attr:`~evaluation.publishing.diff.Change.key`, or why it is not known.
    ``new`` may have no items yet. Otherwise as :func:`found_causes`."""
    found = found_causes(changes, old, new, left_out=left_out)
    before, after = old.told, _manifest_of(new)
    return {change.key: found[change.key] or why_unknown(change, before, after) for change in changes.changes}


def found_causes(
    changes: Diff, old: Release, new: Release, *, left_out: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The cause of every change by its key, empty where it is not found.

    Those that ``new`` was published with, where ``old`` is the release before it. Otherwise, of an item that
    the recipe left out, the reason, where ``left_out`` tells it by id; then, where both releases were made
    here and ``old`` was first, decisions on record since it was frozen, until ``new`` was; then recipes and
    passports. Names kinds of judges and days, no person.
    """
    found: dict[str, str] = {}
    if not changes.changes:
        return found
    has_record = old.origin == Origin.HERE and new.origin == Origin.HERE and _is_first(old, new)
    before, after = old.told, _manifest_of(new)
    triples = triples_of(new) if has_record else {}
    reasons = left_out or {}
    rest = iter(changes.changes)
    while chunk := list(islice(rest, _CHUNK)):
        record = Record(chunk, old, new, triples) if has_record else None
        ours, theirs = _passports(old, [c.old_id for c in chunk]), _passports(new, [c.new_id for c in chunk])
        for change in chunk:
            told = record.of(change) if record else None
            why = stored_cause(change, before, after)
            if not why and change.kind is Kind.REMOVED and change.old_id in reasons:
                why = words.left_out(reasons[change.old_id], before.recipe, after.recipe)
            if not why and told and record:
                why = _why(change, told, record)
            if not why:
                why = cause_of(
                    change,
                    ours.get(change.old_id),
                    theirs.get(change.new_id),
                    before,
                    after,
                    is_left_out_known=left_out is not None,
                )
            if not why and told:
                why = _how_it_stands(change, told, after)
            found[change.key] = why
    return found


def _is_first(old: Release, new: Release) -> bool:
    return new.frozen_at is None or (old.frozen_at is not None and old.frozen_at <= new.frozen_at)


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
    return ""


def _why(change: Change, told: Told, record: Record) -> str:
    since = [_decided(found) for found in told.standing()]
    if change.kind is Kind.ADDED:
        return words.why_added(since)
    if change.kind is Kind.REMOVED:
        return _why_removed(change, told, record)
    if change.kind is Kind.REWORDED:
        triple = record.triple_of(change)
        return words.why_reworded(since, is_correction=bool(triple and triple.revises is not None))
    made = record.topic_made(change)
    return words.why_told_otherwise(change, since, f"topics made anew on {made.date()}" if made else "")


def _why_removed(change: Change, told: Told, record: Record) -> str:
    if told.status == StatementStatus.SET_ASIDE and (lost := _lost(change, told, record)):
        return f"conflict settled by {_decided(lost)}"
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
            return f"{what} by {_decided(found)}"
    if (found := told.newest(DecisionKind.TRIPLE)) and found.status != DecisionStatus.SETTLED:
        return f"its triple waits for people since {found.created_at.date()}"
    attributed = told.newest(DecisionKind.ATTRIBUTION)
    return (
        f"attributed by {_decided(attributed)}"
        if attributed and attributed.label != change.source_type
        else ""
    )


def _lost(change: Change, told: Told, record: Record) -> Decision | None:
    triple = record.triple_of(change)
    for decision in reversed(told.decisions):
        side = _LOSER.get(decision.label) if decision.kind == DecisionKind.CONFLICT else None
        if triple is None or side is None or decision.status != DecisionStatus.SETTLED:
            continue
        if getattr(decision.conflict, f"{side}_id") == triple.statement:
            return decision
    return None


def _decided(found: Decision) -> Decided:
    day = found.created_at.date().isoformat()
    return Decided(found.kind, found.label, found.judge_type, found.judge, day)
