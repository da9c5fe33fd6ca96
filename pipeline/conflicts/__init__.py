"""Conflicts: candidate pairs, a weak judge of pairs, and the signed graph that proposes a dominant side."""

from pipeline.conflicts.candidates import candidate_pairs
from pipeline.conflicts.graph import conflict_groups, oriented, proposed_outcome, weighted_degrees
from pipeline.conflicts.rules import PairJudgeRules

__all__ = [
    "PairJudgeRules",
    "candidate_pairs",
    "conflict_groups",
    "oriented",
    "proposed_outcome",
    "weighted_degrees",
]
