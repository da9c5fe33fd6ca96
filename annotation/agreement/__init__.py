"""What people's answers amount to: consensus rule, agreement coefficients, annotators' competence. Pure."""

from annotation.agreement.consensus import Ballot, Consensus, Outcome, consensus

__all__ = ["Ballot", "Consensus", "Outcome", "consensus"]
