"""Causes of what differs between any two releases: next to each other or not, either way round."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from evaluation.publishing.causes import cause_of, stored_cause, why_unknown
from evaluation.publishing.content import Content
from evaluation.publishing.diff import Diff
from evaluation.publishing.folder import FolderError
from evaluation.publishing.steps import cause_over, steps_of
from evaluation.services.releases.causes import found_causes
from evaluation.services.releases.sides import Side, is_earlier, versions_between

NOT_YET = "had not happened yet"

Causes = dict[str, str]
_Way = Callable[[Diff, Side, Side], Causes]


def causes_between(changes: Diff, old: Side, new: Side) -> Causes:
    """The cause of every change by its key, or why it is not known.

    What the versions between were published with, where ``new`` is a later version of ``old``; else what
    records, recipes and passports tell. From a later release to an earlier one it is what happened the other
    way round and had not happened yet.
    """
    found: Causes = {}
    ways: list[_Way] = [_versions, _pair]
    for way in ways:
        found |= _kept(way(_without(changes, found), old, new))
        if is_earlier(new, old):
            left = _without(changes, found)
            turned = {change.key: change.turned() for change in left.changes}
            told = way(replace(left, changes=tuple(turned.values())), new, old)
            found |= _kept(
                {
                    key: f"{NOT_YET}: {cause}"
                    for key, change in turned.items()
                    if (cause := told.get(change.key))
                }
            )
    if unknown := _without(changes, found).changes:
        missing = versions_between(old, new).missing or versions_between(new, old).missing
        manifests = old.content.manifest, new.content.manifest
        found |= {change.key: why_unknown(change, *manifests, missing) for change in unknown}
    return found


def _versions(changes: Diff, old: Side, new: Side) -> Causes:
    """What versions were published with, one after the other; nothing where the two are of no one line."""
    before, after = old.content.manifest, new.content.manifest
    if after.previous == before.label:
        return {change.key: stored_cause(change, before, after) for change in changes.changes}
    between = versions_between(old, new)
    if not between.versions or not changes.changes:
        return {}
    try:
        steps = steps_of(between.versions, changes, between.missing)
    except FolderError:  # of a folder between, which nobody named
        return {}
    return {change.key: cause_over(change, steps) for change in changes.changes}


def _pair(changes: Diff, old: Side, new: Side) -> Causes:
    """From the two alone: the record where both are on it, else their folders."""
    if old.release is not None and new.release is not None:
        return found_causes(changes, old.release, new.release)
    before = _passports(old.content, {change.old_id for change in changes.changes})
    after = _passports(new.content, {change.new_id for change in changes.changes})
    manifests = old.content.manifest, new.content.manifest
    return {
        change.key: cause_of(change, before.get(change.old_id), after.get(change.new_id), *manifests)
        for change in changes.changes
    }


def _kept(causes: Causes) -> Causes:
    return {key: cause for key, cause in causes.items() if cause}


def _without(changes: Diff, found: Causes) -> Diff:
    """Changes whose cause is still looked for."""
    return replace(changes, changes=tuple(change for change in changes.changes if change.key not in found))


def _passports(content: Content, wanted: set[str]) -> dict[str, Any]:
    found = {}
    for line in _lines(content) if wanted - {""} else ():
        passport = json.loads(line)
        if isinstance(passport, dict) and passport.get("id") in wanted:
            found[passport["id"]] = passport
    return found


def _lines(content: Content) -> Iterator[str]:
    for where in (*content.slices(), None):
        yield from content.passports(where)
