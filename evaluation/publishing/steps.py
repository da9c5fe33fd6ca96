"""Why items changed over several versions: the causes each version was published with, put together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from evaluation.publishing.content import Content
from evaluation.publishing.diff import Change, Diff, Kind, diff, preference_parts, public_rows
from evaluation.publishing.rows import ReleaseRow


@dataclass(frozen=True, slots=True)
class Step:
    """A version against the one before it: changes by the id they left and by the one they made, and causes
    by key. ``missing`` names the version before where that is not there: then only the causes are known."""

    label: str
    causes: Mapping[str, str]
    by_old: Mapping[str, Change] = field(default_factory=dict)
    by_new: Mapping[str, Change] = field(default_factory=dict)
    missing: str = ""


def steps_of(versions: Sequence[Content], changes: Diff, missing: str = "") -> list[Step]:
    """Steps from each of ``versions``, the oldest first, to the next; only of items that ``changes`` are of.

    ``missing`` is the version before the first, where it is not there; the first step then has what the first
    version was published with. Each version is read once. Raises what reading one raises.
    """
    first = versions[0].manifest
    found = [Step(first.label, first.causes, missing=missing)] if missing else []
    origins = {change.origin for change in changes.changes}
    ids = {id for change in changes.changes for id in (change.old_id, change.new_id) if id}
    kept = ((version, _kept(version, origins, ids)) for version in versions)
    for (_, before), (version, after) in pairwise(kept):
        step = diff(before.rows, after.rows, old_parts=before.parts, new_parts=after.parts)
        found.append(
            Step(
                version.manifest.label,
                version.manifest.causes,
                {change.old_id: change for change in step.changes if change.old_id},
                {change.new_id: change for change in step.changes if change.new_id},
            )
        )
    return found


def cause_over(change: Change, steps: Sequence[Step]) -> str:
    """What made an item come, go or read otherwise, version by version, with what of it is not known; empty
    where no step tells."""
    told = _forward(change.old_id, steps) if change.kind is Kind.REMOVED else _backward(change, steps)
    missing = {step.missing for step in steps}
    if not any(cause for label, cause in told if label not in missing):
        return ""
    return "; ".join(f"in {label}: {cause}" for label, cause in told if cause)


@dataclass(frozen=True, slots=True)
class _Rows:
    rows: Sequence[ReleaseRow]
    parts: Mapping[str, str]


def _kept(version: Content, origins: set[str], ids: Collection[str]) -> _Rows:
    """Rows of the items in question. Adds the origins of those that are known by id alone."""
    rows = [row for row in public_rows(version) if row.origin in origins or row.id in ids]
    origins.update(row.origin for row in rows)
    return _Rows(rows, preference_parts(version))


def _forward(now: str, steps: Sequence[Step]) -> list[tuple[str, str]]:
    """Labels and causes from an id on, to where it was taken out for good."""
    told = []
    for step in steps:
        if step.missing:
            told.append((step.label, step.causes.get(now, "")))
        elif found := step.by_old.get(now):
            told.append((step.label, step.causes.get(found.key, "")))
            now = found.new_id or now
    return told


def _backward(change: Change, steps: Sequence[Step]) -> list[tuple[str, str]]:
    """Labels and causes to the new id: from where it came in, or from the first version if it was there."""
    told: list[tuple[str, str]] = []
    now = change.new_id
    for step in reversed(steps):
        if step.missing:  # it may have changed before, too
            told += [(step.label, step.causes.get(now, "")), (step.missing, "not known, for it is not here")]
        elif found := step.by_new.get(now) or step.by_old.get(now):
            told.append((step.label, step.causes.get(found.key, "")))
            if found.kind is Kind.ADDED and change.kind is Kind.ADDED:
                break
            now = found.old_id or now
    return told[::-1]
