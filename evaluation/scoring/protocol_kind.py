"""How a choice or an answer is read off a model: the closed list of protocols."""

from __future__ import annotations

from enum import StrEnum


class ProtocolKind(StrEnum):
    """One per run; scores of different protocols are not the same quantity."""

    LETTERS = "letters"  # both options shown, in both orders; the letter the model writes
    LETTERS_LOGPROB = "letters_logprob"  # the same; the likelier letter at the answer token
    LIKELIHOOD_SUM = "likelihood_sum"  # the option with the higher log-likelihood after the question
    LIKELIHOOD_TOKEN = "likelihood_token"  # noqa: S105  # the same, per token of the model
    LIKELIHOOD_CHARACTER = "likelihood_character"  # the same, per character
    LIKELIHOOD_PMI = "likelihood_pmi"  # the same, less the log-likelihood without the question
    DECISIONS = "decisions"  # a typed choice with probabilities, in both orders
    FREE_ANSWER = "free_answer"  # the model answers freely, another one judges


LETTER_KINDS = (ProtocolKind.LETTERS, ProtocolKind.LETTERS_LOGPROB)
LIKELIHOODS = (
    ProtocolKind.LIKELIHOOD_SUM,
    ProtocolKind.LIKELIHOOD_TOKEN,
    ProtocolKind.LIKELIHOOD_CHARACTER,
    ProtocolKind.LIKELIHOOD_PMI,
)
