"""Multiple choice by log-probabilities: the letters A and B among the alternatives of the answer token."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from itertools import accumulate

from evaluation.scoring.multiple_choice import LETTERS, parse_letter
from evaluation.scoring.reasoning import without_reasoning
from pipeline.engines.client import TokenLogprob
from pipeline.engines.likelihood import ROUNDING

# What tokenizers and models put around a letter; ▁ and Ġ are how some vocabularies write a space.
_AROUND = " \t\n\r▁Ġ\"'“”‘’«»「」*_`()[]{}<>.:,。：、，"

LEAST_MASS = 0.5  # of both letters together
# Of one letter, each with a probability of its own: vocabularies have "A", " A", "(A", "A." and the like.
_SPELLINGS = 32
_EXCESS = 0.01  # how far above 1 printed probabilities may sum; some servers compute in two bytes


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

    A letter that is not among them is left out, for all that is known is a bound (:func:`unseen_at_most`); so
    is one whose value is not finite.
    """
    spelled: Mapping[str, float] = {token.token: token.logprob, **token.top}
    found: dict[str, float] = {}
    for letter in LETTERS:
        values = [value for name, value in spelled.items() if letter_of(name) == letter]
        if values and all(math.isfinite(value) for value in values):
            most = max(values)
            found[letter] = most + math.log(math.fsum(math.exp(value - most) for value in values))
    return found


def unseen_at_most(token: TokenLogprob) -> float:
    """The most that the natural log-probability of a letter can be that is not among a token's alternatives,
    all its spellings together.

    No more is left than what the alternatives leave of 1, and, since those are the likeliest, no spelling is
    likelier than the least of them.
    """
    if token.unseen is not None:
        return token.unseen
    spelled = {token.token: token.logprob, **token.top}
    given = [value for value in spelled.values() if math.isfinite(value)]
    left = max(0.0, 1 - math.fsum(map(math.exp, given))) + ROUNDING
    is_known = bool(token.top) and all(map(math.isfinite, token.top.values()))
    least = min(token.top.values()) if is_known else 0.0
    return min(0.0, math.log(left), least + math.log(_SPELLINGS))


def impossible(token: TokenLogprob) -> str:
    """Why the log-probabilities of a token and its alternatives can be none; empty where they can."""
    spelled = {token.token: token.logprob, **token.top}
    given = [value for value in spelled.values() if not math.isnan(value)]
    if any(value > ROUNDING for value in given):
        return f"log-probability {max(given):.6g} is above 0"
    total = math.fsum(map(math.exp, given))
    return f"the probabilities of its alternatives sum to {total:.4g}" if total > 1 + _EXCESS else ""


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
