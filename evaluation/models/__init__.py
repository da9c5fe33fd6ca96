"""Tables of the evaluation app."""

from evaluation.models.answer_vote import AnswerVote, VoteOutcome
from evaluation.models.release import Origin, Release, ReleaseEvent, ReleaseItem
from evaluation.models.run import (
    Answer,
    Backend,
    CandidateModel,
    EvalRun,
    Method,
    Outcome,
    method_of,
)
from evaluation.models.stored_figures import StoredFigures
from evaluation.models.submission import Submission, SubmittedRecord
from evaluation.scoring.protocol_kind import LIKELIHOODS, ProtocolKind

__all__ = [
    "LIKELIHOODS",
    "Answer",
    "AnswerVote",
    "Backend",
    "CandidateModel",
    "EvalRun",
    "Method",
    "Origin",
    "Outcome",
    "ProtocolKind",
    "Release",
    "ReleaseEvent",
    "ReleaseItem",
    "StoredFigures",
    "Submission",
    "SubmittedRecord",
    "VoteOutcome",
    "method_of",
]
