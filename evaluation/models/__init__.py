"""Tables of the evaluation app."""

from evaluation.models.release import Release, ReleaseEvent, ReleaseItem
from evaluation.models.run import Answer, Backend, CandidateModel, EvalRun, Method, Outcome

__all__ = [
    "Answer",
    "Backend",
    "CandidateModel",
    "EvalRun",
    "Method",
    "Outcome",
    "Release",
    "ReleaseEvent",
    "ReleaseItem",
]
