"""Why an item is not in a release, in words for the data card."""

from __future__ import annotations

REASONS: dict[str, str] = {
    "nation": "of a nation the recipe does not ask for",
    "source_type": "of a type the recipe does not ask for",
    "undated": "without a date, where the recipe has a window of time",
    "window": "published outside the recipe's window of time",
    "contested": "the nation itself is divided on it, and the recipe leaves such items out",
    "choices": "its wording gives the statement away",
    "outlets": "its outlet would take too large a share of its slice",
    "years": "its year would take too large a share of its slice",
    "nations": "its slice was larger than the smallest of its type",
    "size": "its slice was larger than the recipe asks for",
    "excerpts": "with it, too much of its article would leave",
    "pairs": "length or negation of pairs would tell the chosen text",
    "published_on_both_sides": "tied to items that earlier releases put into different parts",
    "published_as_preference": "taught by an earlier release, and this recipe makes no preference pairs",
    "held_back": "held back by an earlier release, and this recipe holds nothing back",
    # of files that were taken in
    "duplicate": "the words of an earlier row of the same article",
    "missing": "a field is missing or blank",
    "encoding": "a field has characters that no text has",
    "filtered": "the files themselves say that it is no value statement",
    "too long": "a text is so long that it may be an article",
    "unreadable": "could not be read",
    "unknown file": "a file of a name the paper does not have",
    "unknown nation": "in the folder of no known nation",
}
