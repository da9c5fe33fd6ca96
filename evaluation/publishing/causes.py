"""Why an item changed between two releases, as far as their manifests and passports tell."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from evaluation.publishing import cause_words as words
from evaluation.publishing.cause_words import Decided
from evaluation.publishing.content import Manifest
from evaluation.publishing.dates import day_range
from evaluation.publishing.diff import PART, Change, Kind
from evaluation.publishing.recipe import Recipe
from pipeline.records import ConflictOutcome, TripleValidity

Passport = Mapping[str, Any]

# What makes a decision the same in two passports: its place, standing and votes may change, and how much of
# its reason is told follows from the source's disclosure.
_SAME = ("kind", "label", "judge_type", "judge", "decided_on", "confidence", "relation", "side")


def cause_of(
    change: Change,
    old_passport: Passport | None,
    new_passport: Passport | None,
    old_manifest: Manifest,
    new_manifest: Manifest,
    *,
    is_left_out_known: bool = False,
) -> str:
    """One sentence part: the cause that the newer release was published with, if the older is the one before
    it; else the recipe's difference that concerns the item, the decision that one passport has and the other
    has not, or what changed of its document; empty where nothing of that shows (:func:`why_unknown`).

    ``is_left_out_known``: the caller knows what the newer recipe left out, and the item is none of it.
    """
    if stored := stored_cause(change, old_manifest, new_manifest):
        return stored
    before, after = old_manifest.recipe, new_manifest.recipe
    if change.kind is Kind.ADDED:
        return (
            _unfit(change, new_passport, before, "earlier")
            or words.why_added(_since(new_passport, old_manifest.as_of))
            or words.drawn_otherwise(before, after, lost=_lost(new_passport))
            or words.why_added(_since_that_day(new_passport, old_manifest))
        )
    if change.kind is Kind.REMOVED:
        drawn = "" if is_left_out_known else words.drawn_otherwise(before, after, lost=_lost(old_passport))
        if is_left_out_known and before.conflict_reduction != after.conflict_reduction:
            drawn = f"recipe: {words.settings_told(('conflict_reduction',), before, after)}"
        return _unfit(change, old_passport, after, "later") or drawn
    if PART in change.fields:
        return words.other_part(before, after)
    other = _other(old_passport, new_passport)
    if change.kind is Kind.REWORDED:
        is_correction = _revisions(new_passport) > _revisions(old_passport)
        return words.why_reworded(other, is_correction=is_correction)
    parts = [words.why_told_otherwise(change, other, "topics made anew")]
    if "period" in change.fields and before.recent_from != after.recent_from:
        parts.append(f"recipe: {words.settings_told(('recent_from',), before, after)}")
    return "; ".join(filter(None, parts))


def stored_cause(change: Change, old: Manifest, new: Manifest) -> str:
    """The cause that ``new`` was published with, if ``old`` is the release before it."""
    return str(new.causes.get(change.key, "")) if new.previous == old.label else ""


def why_unknown(change: Change, old: Manifest, new: Manifest, missing: str = "") -> str:
    """Why :func:`cause_of` is empty, in words. ``missing`` is a version between the two that was looked for
    and is not there."""
    if missing:
        return (
            f"not known: {missing} came between and may tell, but is neither on record here nor in a folder "
            "beside these two"
        )
    if new.previous == old.label:
        return f"not known: {new.label} was published without it"
    if change.kind is Kind.ADDED:
        day = old.as_of[:10]
        return f"not known: its passport has no decision after {day}, the day of the newest in {old.label}"
    if change.kind is Kind.REMOVED:
        return "not known: a passport tells what was decided on an item, not what took it out afterwards"
    return "not known: its passports tell the same decisions before and after"


def _unfit(change: Change, passport: Passport | None, recipe: Recipe, which: str) -> str:
    """Why the other release's recipe does not take the item, if it does not."""
    if recipe.nations and change.nation not in recipe.nations:
        return f"recipe: nation {change.nation} is not in the {which} one"
    if change.source_type not in recipe.source_types:
        return f"recipe: type {change.source_type} is not in the {which} one"
    if passport is None:
        return ""
    if recipe.published_from or recipe.published_to:
        days = day_range(str(_object(passport, "document").get("published", "")))
        if days is None:
            return f"recipe: the {which} one has a window and the document has no date"
        if days[0] < recipe.published_from or days[1] > (recipe.published_to or days[1]):
            return f"recipe: {days[0]} to {days[1]} is outside the window of the {which} one"
    if not recipe.with_contested and any(
        found.get("kind") == "triple" and found.get("label") == TripleValidity.CONTESTED_HERE
        for found in _decisions(passport)
    ):
        return f"recipe: the {which} one takes no contested items"
    return ""


def _lost(passport: Passport | None) -> bool | None:
    """Whether a settled conflict went against the item; ``None`` where there is no passport."""
    if passport is None:
        return None
    loser = {ConflictOutcome.KEEP_FIRST: "second", ConflictOutcome.KEEP_SECOND: "first"}
    return any(
        found.get("kind") == "conflict"
        and found.get("status") == "settled"
        and loser.get(found.get("label", "")) == found.get("side")
        for found in _decisions(passport)
    )


def _since(passport: Passport | None, day: str) -> list[Decided]:
    """Decisions after ``day``: they completed what was not gold before."""
    found = _decisions(passport) if passport is not None else []
    return [_decided(each) for each in found if str(each.get("decided_on", "")) > day[:10]]


def _since_that_day(passport: Passport | None, old: Manifest) -> list[Decided]:
    """Decisions of the day of ``old``'s newest one, where that release left out and held back nothing that
    was gold: then they came after it, on the same day. None where it did or does not tell."""
    is_whole = old.facts.get("left_out") == {} and not old.holdout
    found = _decisions(passport) if passport is not None and is_whole else []
    return [_decided(each) for each in found if str(each.get("decided_on", "")) == old.as_of[:10]]


def _other(before: Passport | None, after: Passport | None) -> list[Decided]:
    """Decisions that only the newer passport has."""
    if before is None or after is None:
        return []
    known = set(map(_same, _decisions(before)))
    return [_decided(found) for found in _decisions(after) if _same(found) not in known]


def _decided(found: Passport) -> Decided:
    names = ("kind", "label", "judge_type", "judge", "decided_on")
    return Decided(*(str(found.get(name) or "") for name in names))


def _same(found: Passport) -> str:
    return json.dumps([found.get(name) for name in _SAME], sort_keys=True, default=str)


def _revisions(passport: Passport | None) -> int:
    found = _object(passport, "triple").get("revisions") if passport is not None else 0
    return found if isinstance(found, int) else 0


def _decisions(passport: Passport) -> list[Passport]:
    found = passport.get("decisions")
    return [item for item in found if isinstance(item, Mapping)] if isinstance(found, Iterable) else []


def _object(passport: Passport, name: str) -> Passport:
    found = passport.get(name)
    return found if isinstance(found, Mapping) else {}
