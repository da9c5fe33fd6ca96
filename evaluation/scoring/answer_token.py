"""Multiple choice by log-probabilities: the letters A and B among the alternatives of the answer token."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from itertools import accumulate

from evaluation.scoring.multiple_choice import LETTERS, parse_letter
from evaluation.scoring.reasoning import without_reasoning
from pipeline.engines.client import TokenLogprob

# What tokenizers and models put around a letter; ▁ and Ġ are how some vocabularies write a space.
_AROUND = " \t\n\r▁Ġ\"'“”‘’«»「」*_`()[]{}<>.:,。：、，"

LEAST_MASS = 0.5  # of both letters together


def letter_of(token: str) -> str | None:
    """``"A"`` or ``"B"`` where a token is that letter in a frame; a small letter is a word."""
    plain = unicodedata.normalize("NFKC", token).strip(_AROUND)
    return plain if plain in LETTERS else None


def answer_token(text: str, tokens: Sequence[TokenLogprob], options: tuple[str, str]) -> TokenLogprob | None:
    """The token at which a reply chooses: that of its letter where it can be read, else the first behind its
    reasoning that is not white space. ``None`` without tokens."""
    spoken = _behind_reasoning(tokens)
    letter = parse_letter(text, *options)
    if letter is not None:
        for token in spoken:
            if letter_of(token.token) == letter:
                return token
    return next((token for token in spoken if token.token.strip(_AROUND)), tokens[0] if tokens else None)


def letter_logprobs(token: TokenLogprob) -> dict[str, float]:
    """Natural log-probability of each letter: that of all its spellings among the alternatives together.

    A letter that is not among them is left out, for its probability is not known; so is one whose value is
    not finite.
    """
    spelled: Mapping[str, float] = {token.token: token.logprob, **token.top}
    found: dict[str, float] = {}
    for letter in LETTERS:
        values = [value for name, value in spelled.items() if letter_of(name) == letter]
        if values and all(math.isfinite(value) for value in values):
            most = max(values)
            found[letter] = most + math.log(math.fsum(math.exp(value - most) for value in values))
    return found


def letter_mass(letters: Mapping[str, float]) -> float:
    """Probability in [0, 1] that the token is one of the letters, from their log-probabilities."""
    return min(1.0, math.fsum(math.exp(value) for value in letters.values()))


def chooses(token: TokenLogprob, letters: Mapping[str, float]) -> bool:
    """Whether a model chooses at a token: it is a letter, or a letter is likelier there than anything else.

    Below, the likelier letter of two that the model would hardly have written says nothing of what it said.
    """
    return letter_of(token.token) is not None or letter_mass(letters) >= LEAST_MASS


def first_probability(lead: float) -> float:
    """Probability of the first of two whose log-probabilities differ by ``lead``."""
    if lead >= 0:
        return 1 / (1 + math.exp(-lead))
    return math.exp(lead) / (1 + math.exp(lead))


def _behind_reasoning(tokens: Sequence[TokenLogprob]) -> Sequence[TokenLogprob]:
    whole = "".join(token.token for token in tokens)
    said = without_reasoning(whole)
    begin = whole.rindex(said) if said else len(whole)
    ends = accumulate(len(token.token) for token in tokens)
    return [token for token, end in zip(tokens, ends, strict=True) if end > begin]
