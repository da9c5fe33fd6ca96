"""Tables of the record, one noun a file, in the order of the flow."""

# ruff: noqa: I001

from annotation.models.nation import Nation, Outlet
from annotation.models.source import Document, DocumentBand, RejectedRow, Source
from annotation.models.run import CachedReply, Derivation, Embedding, Run
from annotation.models.topic import DocumentTag, Tag, TagRound, Topic, TopicMembership
from annotation.models.statement import Statement
from annotation.models.conflict import Conflict, ConflictGroup, ConflictSide
from annotation.models.triple import Triple
from annotation.models.decision import ConsensusRule, Decision, DecisionKind, Guarantee, GuaranteeState
from annotation.models.decision import JudgeType, Policy
from annotation.models.person import Person
from annotation.models.studio import IncidentKind, ProjectKind, ServerState, StudioAccount, StudioIncident
from annotation.models.studio import StudioProject, StudioServer
from annotation.models.qualification import GoldQuestion, Qualification, QuizAttempt
from annotation.models.guideline import GuidelineReading
from annotation.models.review import CountedVote, Review, ReviewPurpose, ReviewStatus, SetAside, Vote
from annotation.models.review import VoteRevision
from annotation.models.inquiry import Inquiry
from annotation.models.event import Event
from annotation.models.batch import BatchedRequest

__all__ = [
    "BatchedRequest",
    "CachedReply",
    "Conflict",
    "ConflictGroup",
    "ConflictSide",
    "ConsensusRule",
    "CountedVote",
    "Decision",
    "DecisionKind",
    "Derivation",
    "Document",
    "DocumentBand",
    "DocumentTag",
    "Embedding",
    "Event",
    "GoldQuestion",
    "Guarantee",
    "GuaranteeState",
    "GuidelineReading",
    "IncidentKind",
    "Inquiry",
    "JudgeType",
    "Nation",
    "Outlet",
    "Person",
    "Policy",
    "ProjectKind",
    "Qualification",
    "QuizAttempt",
    "RejectedRow",
    "Review",
    "ReviewPurpose",
    "ReviewStatus",
    "Run",
    "ServerState",
    "SetAside",
    "Source",
    "Statement",
    "StudioAccount",
    "StudioIncident",
    "StudioProject",
    "StudioServer",
    "Tag",
    "TagRound",
    "Topic",
    "TopicMembership",
    "Triple",
    "Vote",
    "VoteRevision",
]
