"""Which way a text leans on what it talks about: words of approval against words of disapproval."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pipeline.text.profile import profile

_SMOOTHING = 2.0  # words; a short text leans little either way
_NEAR = 3  # words before a word in which a negation turns it
_REACH = 24  # characters that so many words take


@dataclass(frozen=True, slots=True)
class Stance:
    """``leaning`` in [-1, 1], positive for approval; ``approving`` and ``disapproving`` count the words."""

    leaning: float
    approving: int
    disapproving: int

    @property
    def confidence(self) -> float:
        """Probability in [0.5, 1) that the sign of ``leaning`` is right."""
        return 1 / (1 + math.exp(-2 * abs(self.leaning)))


def stance(text: str, language: str) -> Stance:
    """Stance of a text towards its subject. A negation shortly before a word turns it.

    Raises UnknownLanguageError.
    """
    facts = profile(language)
    folded = facts.fold(text)
    negations = [hit.start for hit in facts.markers.find(folded, text) if "negation" in hit.groups]
    counts = {"approve": 0, "disapprove": 0}
    at = 0
    for hit in facts.stance.find(folded, text):
        while at < len(negations) and negations[at] < hit.start - _REACH:
            at += 1
        turned = at < len(negations) and negations[at] < hit.start
        for group in hit.groups:
            counts[group if not turned else {"approve": "disapprove", "disapprove": "approve"}[group]] += 1
    for_, against = counts["approve"], counts["disapprove"]
    return Stance((for_ - against) / (for_ + against + _SMOOTHING), for_, against)
