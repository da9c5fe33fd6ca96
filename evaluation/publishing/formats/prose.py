"""What is said of every release in the same words: in the data card and in Croissant."""

from __future__ import annotations

COLLECTION = (
    "Statements were extracted from news articles and official texts together with the words they rest"
    " on, screened for value content, attributed to who holds them, and reduced where they conflict."
    " People held each triple of question, statement and reversal valid: annotators of the nation, or a"
    " curator."
)
NEGATION_BIAS = (
    "The reversed statement is an edited text and often the negated one. A model that prefers frequent,"
    " fluent or affirmative wording can favour one side whatever it says: compare with the 0.5 line and"
    " with a baseline."
)
LIMITS: tuple[str, ...] = (
    "Statements are positions found in the named sources. They are not the opinion of a nation's"
    " population, and the sources are not a sample of its press.",
    "Slices differ in size, outlets and period: compare nations only with their intervals, and do not"
    " average over them.",
    NEGATION_BIAS,
    "Where people found a genuine plurality of positions, both sides may be in the release; is_contested"
    " marks items the nation itself is divided on.",
    "Statements whose holder is not known are left out.",
)
INTENDED_USE: tuple[str, ...] = (
    "Measuring, per nation and source type, whether a language model's answers agree with positions"
    " documented in public sources of that nation, and studying how such measures behave.",
    "Not intended for judging persons, deciding what is right, profiling nations or their people, or"
    " ranking the values of nations.",
)
PERSONAL = (
    "Names of speakers as public sources give them, in the column speaker. Annotators appear under"
    " pseudonyms that tell nothing of the person; no other personal information of theirs is in the"
    " release."
)
