"""How a release was made and judged, for the data card: from votes in the rows and facts of the manifest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evaluation.publishing.formats.card_counts import Counts
from evaluation.publishing.formats.figures import NONE, number
from evaluation.publishing.formats.left_out import REASONS
from evaluation.publishing.formats.making import Making
from evaluation.publishing.formats.markdown import plain, table, verbatim
from evaluation.publishing.rows import EXCERPT_LENGTH

_EMPTY = {"nations": "all", "balance": "no rule"}


def dated(making: Making) -> str:
    """What the release's date is the date of."""
    day = plain(making.manifest.as_of)
    if making.imported_from:
        return f"The paper appeared in {day}; its files carry no date."
    return f"The newest decision in it is of {day}."


def decided(making: Making) -> str:
    """Who had the last word, in numbers."""
    found = making.tally.decided_by
    return "Items by who decided them: " + ", ".join(f"{plain(name)} {found[name]}" for name in sorted(found))


def raw_agreement(counts: Counts, making: Making) -> str:
    """Agreement on the evaluation items, counted from the rows."""
    if making.imported_from:
        return "The files have no vote and name no annotator, so agreement is not computable."
    if not counts.votes:
        all_by_curator = making.by_curator == making.items
        return (
            "No annotator's vote is on record for the evaluation items"
            + (": a curator decided every one of them.\n" if all_by_curator else ".\n")
            + "Agreement on them is not computable, for it needs two votes on an item."
        )
    people = (
        f"Annotators of the evaluation items (pseudonymous): {len(counts.annotators)}."
        f" Votes on them: {counts.votes}."
    )
    if not counts.pairs:
        return f"{people}\nRaw agreement is not computable: no item has two votes."
    return (
        f"{people}\nRaw agreement: {counts.agreeing / counts.pairs:.3f} of the vote pairs on {counts.doubly}"
        " items with two votes or more.\nReleased items are those held valid, so this tends to be higher than"
        " over all items people saw."
    )


def agreement(making: Making) -> str:
    """Krippendorff's alpha over everything people saw, as the server computed it."""
    rows = making.manifest.facts.get("agreement")
    if making.imported_from:
        return "Nothing is known of items that were rejected."
    if rows is None:
        return "There are no figures over all items people saw: they were not computed."
    if not rows:
        return "There are no figures over all items people saw: nobody voted on any of these nations."
    header = ("nation", "decision", "alpha", "95 % interval", "raw", "items", "votes", "annotators")
    return "Krippendorff's alpha (nominal) over all items people saw, released or not:\n\n" + table(
        header, [_agreement_row(row) for row in rows]
    )


def engines(making: Making) -> str:
    """What took part in making the items."""
    if making.imported_from:
        return "The files do not say which models took part."
    rows = making.engines()
    if not rows:
        return "No engine is on record for any item of this release."
    columns = ("stage", "engine", "version", "items")
    return (
        "Each row is an engine and the number of items of all parts that it took part in making.\n\n"
        + table(columns, [tuple(number(row.get(column)) for column in columns) for row in rows])
    )


def left_out(making: Making) -> str:
    """Approved items the recipe did not take, or rows that were not taken in, by reason."""
    found = making.manifest.facts.get("left_out")
    what = "row of the files" if making.imported_from else "approved item"
    if not found:
        return f"No {what} was left out."
    title = "Rows of the files" if making.imported_from else "Approved items"
    return f"{title} left out, by the first reason that holds:\n\n" + table(
        ("reason", "items", "in words"),
        [(reason, str(found[reason]), REASONS.get(reason, NONE)) for reason in sorted(found)],
    )


def gates(making: Making) -> str:
    """What the gates found, and why a failed one was overridden, in the curator's words."""
    manifest = making.manifest
    if making.imported_from:
        return "No gate was checked: the items are taken as they stand."
    if not manifest.gates:
        found = "The recipe asks for no gate."
    else:
        columns = ("name", "slice", "limit", "value")
        rows = [
            (
                *(number(gate.get(column)) for column in columns),
                "not asked" if gate.get("limit") is None else "yes" if gate.get("passed") else "NO",
                number(gate.get("detail")),
            )
            for gate in manifest.gates
        ]
        found = "What is measured without being asked for has no limit.\n\n" + table(
            ("gate", "slice", "limit", "found", "passed", "in words"), rows
        )
    reason = manifest.overridden_because
    if not reason:
        return f"{found}\n\nNo gate was overridden."
    return f"{found}\n\nA curator released it all the same, for this reason:\n\n{verbatim(reason)}"


def recipe(making: Making) -> str:
    """Every field of the recipe as it is stored, or why there is none."""
    if making.imported_from:
        return (
            "No recipe chose these items: every row of the files that could be an item is one, once. The"
            " recipe in `release.json` only names the nations."
        )
    rows = [(name, _value(name, value)) for name, value in making.manifest.recipe.as_dict().items()]
    return (
        "Which approved items a release takes is told by its recipe, stored in `release.json`:\n\n"
        + table(("field", "value"), rows)
    )


def disclosure(making: Making) -> str:
    """Who decided what leaves of an article."""
    if making.imported_from:
        return (
            "The files name no licence; rights in a text stay with its source. A source text of at most"
            f" {EXCERPT_LENGTH} characters is in the column `evidence` (`span`); of a longer one only the"
            f" digest is here (`reference`).{_paper_articles(making)}"
        )
    return (
        "The policy of each source decides what leaves: `full_text` the whole article, `span` the words a"
        " statement rests on, `reference` the article's address and digest only. Rights in a text stay with"
        " its source, under the licence named."
    )


def _paper_articles(making: Making) -> str:
    """How articles are told apart that nothing names."""
    found = making.manifest.facts.get("articles")
    if not isinstance(found, Mapping):
        return ""
    articles, cut = (plain(number(found.get(name))) for name in ("all", "cut"))
    return (
        " The files name no article either: the column `article` is told by the source text as it is there,"
        f" {articles} in all. {cut} of them are cut short, so that the whole article cannot be known by them."
    )


def passports(making: Making) -> str:
    """What passports tell."""
    if making.imported_from:
        return "for each item the file and place it was read from"
    return "for each item the chain from document to reviews"


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
