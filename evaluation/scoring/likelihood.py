"""Option likelihood: how S leads RS by sum, per token, per character, or against no question (PMI)."""

from __future__ import annotations

from dataclasses import dataclass

from evaluation.scoring.protocol_kind import ProtocolKind


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
