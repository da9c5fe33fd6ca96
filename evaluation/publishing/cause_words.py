"""The words in which causes of changes are told, whether a database or two folders were asked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.publishing.diff import Change
from evaluation.publishing.recipe import Balance, Recipe
from pipeline.records import APPROVING

OF_ATTRIBUTION = frozenset({"source_type", "speaker"})
OF_TRIPLE = frozenset({"votes", "decided_by", "is_contested"})
OF_SOURCE = ("outlet", "url", "published", "document_digest", "licence", "disclosure", "evidence", "text")
OF_DISCLOSURE = frozenset({"disclosure", "evidence", "text"})
# Settings of a recipe by the reason for which an item is left out; a reason that is not here has none.
_SETTINGS = {
    "nation": ("nations",),
    "source_type": ("source_types",),
    "undated": ("published_from", "published_to"),
    "window": ("published_from", "published_to"),
    "contested": ("with_contested",),
    "choices": ("balance",),
    "outlets": ("balance", "gates", "seed"),
    "years": ("balance", "gates", "seed"),
    "nations": ("balance", "seed"),
    "size": ("slice_size", "seed"),
    "pairs": ("balance", "seed"),
}
_SHARED = ("holdout_share", "preference_share", "seed")


@dataclass(frozen=True, slots=True)
class Decided:
    """What is told of a decision: of people only whether they were annotators or a curator. ``day`` is an
    ISO date."""

    kind: str
    label: str
    judge_type: str
    judge: str
    day: str

    def __str__(self) -> str:
        who = {
            "curator": "a curator",
            "annotators": "annotators",
            "rules": f"rules {self.judge}",
            "model": f"model {self.judge}",
            "learned": f"classifier {self.judge}",
        }.get(self.judge_type, "an unknown judge")
        return f"{who}{f' on {self.day}' if self.day else ''} ({self.label})"


def newest(decisions: Sequence[Decided], kind: str, *labels: str) -> Decided | None:
    """The last decision of a kind, with one of ``labels`` where any are given; the older stand first."""
    fitting = (found for found in reversed(decisions) if found.kind == kind)
    return next((found for found in fitting if not labels or found.label in labels), None)


def why_added(decisions: Sequence[Decided]) -> str:
    """The decision among the new ones that made an item gold."""
    if approved := newest(decisions, "triple", *APPROVING):
        return f"approved by {approved}"
    if attributed := newest(decisions, "attribution"):
        return f"attributed by {attributed}"
    if settled := newest(decisions, "conflict"):
        return f"conflict settled by {settled}"
    screened = newest(decisions, "statement_screening") or newest(decisions, "topic_screening")
    return f"screened by {screened}" if screened else ""


def why_reworded(decisions: Sequence[Decided], *, is_correction: bool) -> str:
    """Who approved the new wording; ``is_correction`` where it revises the older."""
    approved = newest(decisions, "triple", *APPROVING)
    if approved is None:
        return ""
    return f"corrected by {approved}" if is_correction else f"made anew, then approved by {approved}"


def why_told_otherwise(change: Change, decisions: Sequence[Decided], topics_made: str = "") -> str:
    """What changed of an item that has the same words, part by part. ``topics_made`` says that its topics
    were, where that is known."""
    names = set(change.fields)
    parts = []
    if names & OF_ATTRIBUTION and (found := newest(decisions, "attribution")):
        parts.append(f"attributed by {found}")
    plural = newest(decisions, "conflict") if "is_contested" in names else None
    if plural:
        parts.append(f"conflict settled by {plural}")
    elif names & OF_TRIPLE and (found := newest(decisions, "triple")):
        parts.append(f"judged anew by {found}")
    elif "votes" in names:
        parts.append("votes were given or taken back")
    if "topic" in names and topics_made:
        parts.append(topics_made)
    if source := of_source(change):
        parts.append(source)
    return "; ".join(parts)


def of_source(change: Change) -> str:
    """What changed on record of an item's document or source. Words that its disclosure lets out or keeps in
    follow from that."""
    named = [name for name in OF_SOURCE if name in change.fields]
    parts = []
    if "disclosure" in named:
        parts.append(f"the source's disclosure is now {change.fields['disclosure'][1]}")
        named = [name for name in named if name not in OF_DISCLOSURE]
    if named:
        parts.append(f"the record of its document: {', '.join(named)}")
    return "; ".join(parts)


def left_out(reason: str, before: Recipe, after: Recipe) -> str:
    """An item that could be in a release was left out by its recipe, for ``reason``; with the settings that
    decide this where they differ."""
    settings = settings_told(_SETTINGS.get(reason, ()), before, after)
    return f"left out: {reason}{f' (recipe: {settings})' if settings else ''}"


def drawn_otherwise(before: Recipe, after: Recipe, *, lost: bool | None = None) -> str:
    """Settings that differ and decide which of the fitting items are taken. ``lost``: whether the item lost a
    conflict, if that is known: it is taken where conflicts do not matter."""
    either = (before, after)
    names = []
    if lost is not False:
        names.append("conflict_reduction")
    names += ["balance", "slice_size", *_SHARED[:2]]
    if any(recipe.slice_size or recipe.balance for recipe in either) or _has_parts(either):
        names.append("seed")
    if any({Balance.OUTLETS, Balance.YEARS}.intersection(recipe.balance) for recipe in either):
        names.append("gates")
    if lost and before.conflict_reduction != after.conflict_reduction:
        names = ["conflict_reduction"]
    told = settings_told(names, before, after)
    return f"recipe: {told}" if told else ""


def other_part(before: Recipe, after: Recipe) -> str:
    """Why an item is of another part."""
    told = settings_told(_SHARED if _has_parts((before, after)) else _SHARED[:2], before, after)
    return f"recipe: {told}" if told else "parts were drawn anew for the items there are now"


def settings_told(names: Iterable[str], before: Recipe, after: Recipe) -> str:
    """Those of the settings that differ, now and before."""
    old, new = before.as_dict(), after.as_dict()
    return "; ".join(
        f"{name} is {told(new[name])}, was {told(old[name])}" for name in names if old[name] != new[name]
    )


def told(value: Any) -> str:
    """A setting as its file has it; ``none`` for what is not asked."""
    return json.dumps(value, ensure_ascii=False) if value or value == 0 else "none"


def _has_parts(recipes: Iterable[Recipe]) -> bool:
    return any(recipe.holdout_share or recipe.preference_share for recipe in recipes)
