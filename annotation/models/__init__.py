"""Tables of the record, one noun a file, in the order of the flow."""

# ruff: noqa: I001

from annotation.models.nation import Nation, Outlet
from annotation.models.source import Document, DocumentBand, RejectedRow, Source
from annotation.models.run import CachedReply, Derivation, Embedding, Run
from annotation.models.topic import DocumentTag, Tag, TagRound, Topic, TopicMembership
from annotation.models.statement import Statement
from annotation.models.conflict import Conflict, ConflictGroup, ConflictSide
from annotation.models.triple import Triple
from annotation.models.decision import Decision, DecisionKind, JudgeType, Policy
from annotation.models.review import ProjectKind, Review, ReviewStatus, StudioProject, Vote
from annotation.models.event import Event
from annotation.models.person import Person
from annotation.models.batch import BatchedRequest

__all__ = [
    "BatchedRequest",
    "CachedReply",
    "Conflict",
    "ConflictGroup",
    "ConflictSide",
    "Decision",
    "DecisionKind",
    "Derivation",
    "Document",
    "DocumentBand",
    "DocumentTag",
    "Embedding",
    "Event",
    "JudgeType",
    "Nation",
    "Outlet",
    "Person",
    "Policy",
    "ProjectKind",
    "RejectedRow",
    "Review",
    "ReviewStatus",
    "Run",
    "Source",
    "Statement",
    "StudioProject",
    "Tag",
    "TagRound",
    "Topic",
    "TopicMembership",
    "Triple",
    "Vote",
]
