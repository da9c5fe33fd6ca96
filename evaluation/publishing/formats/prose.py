"""Sentences about a release that the data card and Croissant share, each said only where it is true."""

from __future__ import annotations

from evaluation.publishing.formats.figures import counted
from evaluation.publishing.formats.making import Making

NEGATION_BIAS = (
    "The reversed statement is an edited text and can be the negated one. A model that prefers frequent,"
    " fluent or affirmative wording can favour one side whatever it says: compare with the 0.5 line and"
    " with a baseline."
)
INTENDED_USE: tuple[str, ...] = (
    "Measuring, per nation and source type, whether a language model's answers agree with positions"
    " documented in public sources of that nation, and studying how such measures behave.",
    "Not intended for judging persons, deciding what is right, profiling nations or their people, or"
    " ranking the values of nations.",
)


def collection(making: Making) -> str:
    """Where the items come from and what was done to them."""
    if source := making.imported_from.removeprefix("the "):
        return (
            f"The items stand here as in the published files of the {source}. Nobody judged them again."
            " Who held an item valid, which articles were read and which models took part is not in the"
            " files, so it is not known here."
        )
    steps = [
        "Statements were extracted from news articles and official texts together with the words they rest on"
    ]
    stages = making.stages()
    steps += [words for stage, words in _STEPS if stage in stages]
    reduced = (
        "Statements that conflict reduction set aside are left out."
        if making.is_reduced
        else "Conflict reduction is off: statements that it set aside, or that wait for it, are taken like"
        " all others."
    )
    return f"{_listed(steps)}. {reduced} {validity(making)}"


def validity(making: Making) -> str:
    """Who held the items valid before they were released."""
    what = "each triple of question, statement and reversal"
    if making.imported_from:
        return "The files do not say who held the items valid."
    if making.by_annotators and making.by_curator:
        numbers = (counted(number, "item") for number in (making.by_annotators, making.by_curator))
        return (
            "People held {} valid: annotators of the nation by their votes ({}), or a curator ({}).".format(
                what, *numbers
            )
        )
    if making.by_annotators:
        return f"Annotators of the nation held {what} valid by their votes."
    if not making.by_curator:
        return "It is not on record who held the items valid."
    voted = (
        f"annotators had voted on {making.tally.voted} of {counted(making.items, 'item')}"
        if making.tally.voted
        else "no annotator voted on them"
    )
    return f"A curator held {what} valid; {voted}."


def personal(making: Making) -> str:
    """Which personal information a release has."""
    found = ["Questions, statements and the words they rest on may name persons, as their sources do."]
    if making.tally.with_speaker:
        found.append("Names of speakers are in the column speaker, as the sources give them.")
    found.append(
        "Annotators appear under pseudonyms that tell nothing of the person; no other personal information of"
        " theirs is in the release."
        if making.has_annotators
        else "No annotator appears in it."
    )
    return " ".join(found)


def limits(making: Making) -> list[str]:
    """What a reader must know before relying on it."""
    found = [
        "Statements are positions found in public sources. They are not the opinion of a nation's population,"
        " and the sources are not a sample of its press.",
        "Slices differ in size, outlets and period: compare nations only with their intervals, and do not"
        " average over them.",
        NEGATION_BIAS,
    ]
    if making.imported_from:
        return [
            *found,
            "Dates, addresses and licences of articles are not in the files, nor whether a nation is divided"
            " on an item: is_contested is false throughout because nobody asked.",
            "The language of an item is guessed from its words, and the nation's where that is not certain.",
        ]
    found.append(
        "Where people found a genuine plurality of positions, both sides may be in the release; is_contested"
        " marks items the nation itself is divided on."
        if making.manifest.recipe.with_contested
        else "Items that people found the nation itself divided on are left out."
    )
    if not making.is_reduced:
        found.append(
            "Conflict reduction is off, so statements that contradict each other may stand side by side."
        )
    return [*found, "Statements whose holder is not known are left out."]


_STEPS = (("screening", "screened for value content"), ("attribution", "attributed to who holds them"))


def _listed(parts: list[str]) -> str:
    if len(parts) < 3:
        return ", ".join(parts[:1]) + "".join(f", and {part}" for part in parts[1:])
    return f"{', '.join(parts[:-1])}, and {parts[-1]}"
