"""Option likelihood: how S leads RS by sum, per token, per character, or against no question (PMI)."""

from __future__ import annotations

from dataclasses import dataclass

from evaluation.scoring.protocol_kind import ProtocolKind

# Engines compute in single precision, of which a unit is 2**-24 of a number, and records keep six digits. Up
# to sixteen such units of the numbers compared are noise: so much a text moves that is scored beside others.
NOISE = 2.0**-20


@dataclass(frozen=True, slots=True)
class OptionScore:
    """Natural log-likelihood of an option after the question, its length, and its log-likelihood alone where
    that was asked for."""

    total: float
    tokens: int
    characters: int
    alone: float | None = None


def option_value(kind: ProtocolKind, score: OptionScore) -> float:
    """What the options are compared by.

    The sum, per token and per character (as in Gao 2021, "Multiple choice normalization") and the difference
    to the option without its question (domain-conditional PMI, Holtzman et al. 2021). Raises ``ValueError``
    for a protocol that is no likelihood, for an option of no length, and for PMI without what it needs.
    """
    if score.tokens < 1 or score.characters < 1:
        raise ValueError("an option has no token or character to compare by")
    if kind is ProtocolKind.LIKELIHOOD_SUM:
        return score.total
    if kind is ProtocolKind.LIKELIHOOD_TOKEN:
        return score.total / score.tokens
    if kind is ProtocolKind.LIKELIHOOD_CHARACTER:
        return score.total / score.characters
    if kind is ProtocolKind.LIKELIHOOD_PMI and score.alone is not None:
        return score.total - score.alone
    raise ValueError(f"{kind} cannot be read from these log-likelihoods")


def option_lead(kind: ProtocolKind, first: OptionScore, second: OptionScore) -> float:
    """By how much the first option leads the second; 0 where no more than noise is between them. Raises as
    :func:`option_value`."""
    lead = option_value(kind, first) - option_value(kind, second)
    return beyond_noise(lead, *(_size(kind, score) for score in (first, second)))


def beyond_noise(lead: float, *sizes: float) -> float:
    """A difference of numbers of these sizes; 0 where it is within :data:`NOISE` of the largest."""
    return 0.0 if abs(lead) <= NOISE * max(map(abs, sizes)) else lead


def _size(kind: ProtocolKind, score: OptionScore) -> float:
    """Of the largest number that a value is computed from: PMI is a small difference of large ones."""
    if kind is ProtocolKind.LIKELIHOOD_PMI and score.alone is not None:
        return max(abs(score.total), abs(score.alone))
    return option_value(kind, score)
