"""How a release was made and judged, for the data card: from votes in the rows and facts of the manifest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evaluation.publishing.content import Manifest
from evaluation.publishing.formats.card_counts import Counts
from evaluation.publishing.formats.figures import NONE, number
from evaluation.publishing.formats.markdown import plain, table, verbatim

_EMPTY = {"nations": "all", "balance": "no rule"}


def decided(counts: Counts) -> str:
    """Who had the last word."""
    return "Items decided by " + ", by ".join(
        f"{plain(label)}: {counts.decided_by[label]}" for label in sorted(counts.decided_by)
    )


def raw_agreement(counts: Counts) -> str:
    """Agreement on released items, counted from the rows."""
    if not counts.votes:
        return (
            "No annotator's vote is on record for the released items: a curator decided every one of them.\n"
            "Agreement on them is not computable, for it needs two votes on an item."
        )
    people = (
        f"Annotators of the released items (pseudonymous): {len(counts.annotators)}."
        f" Votes on them: {counts.votes}."
    )
    if not counts.pairs:
        return f"{people}\nRaw agreement is not computable: no item has two votes."
    return (
        f"{people}\nRaw agreement: {counts.agreeing / counts.pairs:.3f} of the vote pairs on {counts.doubly}"
        " items with two votes or more.\nReleased items are those held valid, so this tends to be higher than"
        " over all items people saw."
    )


def agreement(facts: Mapping[str, Any]) -> str:
    """Krippendorff's alpha over everything people saw, as the server computed it."""
    rows = facts.get("agreement")
    if not rows:
        return "There are no figures over all items people saw: nobody voted, or they were not computed."
    header = ("nation", "decision", "alpha", "95 % interval", "raw", "items", "votes", "annotators")
    return "Krippendorff's alpha (nominal) over all items people saw, released or not:\n\n" + table(
        header, [_agreement_row(row) for row in rows]
    )


def engines(facts: Mapping[str, Any]) -> str:
    """What took part in making the items."""
    rows = facts.get("engines")
    if not rows:
        return "No engine is on record: the items were entered by people. The passports say so item by item."
    columns = ("stage", "engine", "version", "items")
    return table(columns, [tuple(number(row.get(column)) for column in columns) for row in rows])


def left_out(facts: Mapping[str, Any]) -> str:
    """Approved items the recipe did not take, by reason."""
    found = facts.get("left_out")
    if not found:
        return "No approved item was left out."
    return "Approved items left out, by the first reason that holds:\n\n" + table(
        ("reason", "items"), [(reason, str(found[reason])) for reason in sorted(found)]
    )


def gates(manifest: Manifest) -> str:
    """What the gates found, and why a failed one was overridden, in the curator's words."""
    if not manifest.gates:
        found = "The recipe asks for no gate."
    else:
        columns = ("name", "slice", "limit", "value")
        rows = [
            (
                *(number(gate.get(column)) for column in columns),
                "yes" if gate.get("passed") else "NO",
                number(gate.get("detail")),
            )
            for gate in manifest.gates
        ]
        found = "What is measured without being asked for has no limit.\n\n" + table(
            ("gate", "slice", "limit", "found", "passed", "in words"), rows
        )
    if not manifest.override:
        return f"{found}\n\nNo gate was overridden."
    return f"{found}\n\nA curator released it all the same, for this reason:\n\n{verbatim(manifest.override)}"


def recipe(manifest: Manifest) -> str:
    """Every field of the recipe as it is stored."""
    return table(
        ("field", "value"), [(name, _value(name, value)) for name, value in manifest.recipe.as_dict().items()]
    )


def _agreement_row(row: Mapping[str, Any]) -> tuple[str, ...]:
    low, high = row.get("low"), row.get("high")
    interval = f"{number(low)} to {number(high)}" if low is not None and high is not None else NONE
    value = row.get("alpha")
    alpha = (
        number(value) if value is not None else f"undefined: {row.get('why_undefined') or 'too few votes'}"
    )
    numbers = (number(row.get(name)) for name in ("raw", "items", "votes", "annotators"))
    return (str(row.get("nation", "")), str(row.get("kind", "")), alpha, interval, *numbers)


def _value(name: str, value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{part}: {_value(part, found)}" for part, found in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value)) or _EMPTY.get(name, "none")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "not asked for" if value in (None, "") else str(value)
