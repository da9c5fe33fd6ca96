"""Why an item changed between two releases, as far as their passports and recipes tell."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from evaluation.publishing.content import Manifest
from evaluation.publishing.dates import day_range
from evaluation.publishing.diff import PART, WORDS, Change, Kind
from evaluation.publishing.recipe import Recipe
from pipeline.records import TripleValidity

UNKNOWN = "not known from the folder"
Passport = Mapping[str, Any]

# Fields of a row by the kind of decision that sets them.
_DECIDED = {
    "source_type": "attribution",
    "speaker": "attribution",
    "topic": "topic_screening",
    **dict.fromkeys((*WORDS, "is_contested", "votes", "decided_by"), "triple"),
}
_OF_DOCUMENT = {
    "outlet": "outlet",
    "url": "url",
    "published": "published",
    "document_digest": "digest",
    "licence": "licence",
    "disclosure": "disclosure",
}
# Settings of a recipe that decide which of the fitting items are taken, and what for.
_DRAWING = (
    "conflict_reduction",
    "balance",
    "slice_size",
    "seed",
    "holdout_share",
    "preference_share",
    "gates",
)


def cause_of(
    change: Change,
    old_passport: Passport | None,
    new_passport: Passport | None,
    old_manifest: Manifest,
    new_manifest: Manifest,
) -> str:
    """One sentence part: the recipe's difference that concerns the item, the decision that one passport has
    and the other has not, or what changed in its document; ``UNKNOWN`` where nothing of that shows."""
    before, after = old_manifest.recipe, new_manifest.recipe
    if change.kind is Kind.ADDED:
        return (
            _unfit(change, new_passport, before, "earlier")
            or _decided_since(new_passport, old_manifest.as_of)
            or _otherwise_drawn(before, after)
            or UNKNOWN
        )
    if change.kind is Kind.REMOVED:
        return _unfit(change, old_passport, after, "later") or _otherwise_drawn(before, after) or UNKNOWN
    if PART in change.fields:
        return _otherwise_drawn(before, after) or "parts were drawn anew for the items there are now"
    if set(change.fields) == {"period"} and before.recent_from != after.recent_from:
        return f"recipe: recent_from is {_told(after.recent_from)}, was {_told(before.recent_from)}"
    return (
        _other_decision(change, old_passport, new_passport)
        or _other_document(change, old_passport, new_passport)
        or UNKNOWN
    )


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


def _otherwise_drawn(before: Recipe, after: Recipe) -> str:
    old, new = before.as_dict(), after.as_dict()
    found = [
        f"{name} is {_told(new[name])}, was {_told(old[name])}" for name in _DRAWING if old[name] != new[name]
    ]
    return f"recipe: {'; '.join(found)}" if found else ""


def _decided_since(passport: Passport | None, day: str) -> str:
    """The last decision after ``day``: it completed what was not gold before."""
    if passport is None:
        return ""
    newer = [found for found in _decisions(passport) if str(found.get("decided_on", "")) > day[:10]]
    return _decision(newer[-1]) if newer else ""


def _other_decision(change: Change, before: Passport | None, after: Passport | None) -> str:
    if before is None or after is None:
        return ""
    known = set(map(_plain, _decisions(before)))
    other = [found for found in _decisions(after) if _plain(found) not in known]
    kinds = {_DECIDED[name] for name in change.fields if name in _DECIDED}
    fitting = [found for found in other if found.get("kind") in kinds]
    if fitting:
        return _decision(fitting[-1])
    # Without a field of its own, a decision about the item may have changed anything but its document.
    return _decision(other[-1]) if other and set(change.fields) - set(_OF_DOCUMENT) else ""


def _other_document(change: Change, before: Passport | None, after: Passport | None) -> str:
    if before is None or after is None:
        return ""
    old, new = _object(before, "document"), _object(after, "document")
    names = [
        column
        for column, name in _OF_DOCUMENT.items()
        if column in change.fields and old.get(name) != new.get(name)
    ]
    return f"the record of its document: {', '.join(names)}" if names else ""


def _decision(found: Passport) -> str:
    who = found.get("judge_type") or found.get("judge") or "unknown judge"
    day = f" on {found['decided_on']}" if found.get("decided_on") else ""
    return f"decision {found.get('kind', '')} {found.get('label', '')} by {who}{day}"


def _plain(found: Passport) -> str:
    """A decision without its place in the list: new ones move it."""
    return json.dumps(
        {
            name: value
            for name, value in found.items()
            if name not in ("number", "superseded_by", "annotators")
        },
        sort_keys=True,
        default=str,
    )


def _decisions(passport: Passport) -> list[Passport]:
    found = passport.get("decisions")
    return [item for item in found if isinstance(item, Mapping)] if isinstance(found, Iterable) else []


def _object(passport: Passport, name: str) -> Passport:
    found = passport.get(name)
    return found if isinstance(found, Mapping) else {}


def _told(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if value or value == 0 else "none"
