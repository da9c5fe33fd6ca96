"""Whether a text negates: the negation words of its language, alone."""

from __future__ import annotations

from functools import cache

from pipeline.text.lexicon import Lexicon
from pipeline.text.profile import LANGUAGES, profile


def is_negated(text: str, language: str) -> bool | None:
    """Whether a negation word stands in ``text``; ``None`` for a language without a list of them."""
    if language not in LANGUAGES:
        return None
    return next(iter(_negations(language).find(profile(language).fold(text), text)), None) is not None


@cache
def _negations(language: str) -> Lexicon:
    # Not the profile's markers: there "should not" is one word of obligation, and its "not" is not seen.
    facts = profile(language)
    return Lexicon({"negation": facts.negations}, words_have_spaces=facts.words_have_spaces)
