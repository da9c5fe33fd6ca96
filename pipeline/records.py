"""Values that travel between stages: frozen dataclasses and closed vocabularies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any


class Engine(StrEnum):
    """Who judges: the embedded rules, a language model behind an OpenAI-compatible endpoint, or a classifier
    learned from people's votes. The first two are chosen; the third joins by itself."""

    RULES = "rules"
    OPENAI = "openai"
    LEARNED = "learned"


CHOSEN_ENGINES = (Engine.RULES, Engine.OPENAI)


class Embedding(StrEnum):
    """What turns texts into vectors for topics, whoever judges: the embedded TF-IDF, the endpoint's
    ``/embeddings``, or a sentence-transformers model on this machine."""

    EMBEDDED = "embedded"
    OPENAI = "openai"
    SENTENCE_TRANSFORMERS = "sentence-transformers"


class OutletKind(StrEnum):
    """What kind of voice an outlet is; a government outlet speaks for the state."""

    PRESS = "press"
    GOVERNMENT = "government"
    PARLIAMENT = "parliament"
    PARTY = "party"
    ORGANISATION = "organisation"
    UNKNOWN = "unknown"


class DatePrecision(StrEnum):
    """How much of a date the source gives."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class Sensitivity(StrEnum):
    """Whether a topic or a statement expresses or touches values."""

    SENSITIVE = "sensitive"
    NOT_SENSITIVE = "not_sensitive"


class SourceType(StrEnum):
    """Who holds a statement: a quoted speaker, the state itself, or nobody we can name."""

    QUOTED = "quoted"
    OFFICIAL = "official"
    UNKNOWN = "unknown"


class Disclosure(StrEnum):
    """How much of a source's documents a release may carry beside the statement itself."""

    FULL_TEXT = "full_text"
    SPAN = "span"  # the words a statement rests on
    REFERENCE = "reference"  # digest and address only


class Relation(StrEnum):
    """How two statements relate; only a contradiction carries a negative sign."""

    CONTRADICTION = "contradiction"
    COMPATIBLE = "compatible"
    DIFFERENT_TIME = "different_time"
    DIFFERENT_SCOPE = "different_scope"
    DUPLICATE = "duplicate"


class ConflictOutcome(StrEnum):
    """How a conflict ends: one side stands, both stand, or there was none."""

    KEEP_FIRST = "keep_first"
    KEEP_SECOND = "keep_second"
    PLURALITY = "plurality"
    COMPATIBLE = "compatible"
    DIFFERENT_TIME = "different_time"
    DIFFERENT_SCOPE = "different_scope"
    DUPLICATE = "duplicate"


class TripleValidity(StrEnum):
    """Whether question, statement and reversed statement make a fair item. Machines say valid or invalid."""

    VALID = "valid"
    INVALID = "invalid"
    CONTESTED_HERE = "contested_here"  # fair, and the nation itself is divided on it
    NO_LONGER_CURRENT = "no_longer_current"  # it was held once


APPROVING = (TripleValidity.VALID, TripleValidity.CONTESTED_HERE)  # verdicts that make a triple gold


@dataclass(frozen=True, slots=True)
class Judgement:
    """One answer of one judge: a label of a closed set, confidence in [0, 1], and why."""

    label: str
    confidence: float
    rationale: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0.0 <= self.confidence <= 1.0:
            raise ValueError(f"confidence {self.confidence!r} is outside [0, 1]")


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """A cleaned article as stages see it. ``text`` is what evidence offsets point into (code points)."""

    key: int
    nation: str
    language: str
    text: str
    title: str = ""
    outlet: str = ""
    outlet_kind: OutletKind = OutletKind.UNKNOWN
    speaker: str = ""
    published: date | None = None


@dataclass(frozen=True, slots=True)
class TopicRecord:
    """A topic to be screened: its label, keywords (best first) and a few exemplar texts."""

    key: int
    nation: str
    language: str
    label: str
    keywords: tuple[str, ...]
    exemplars: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StatementRecord:
    """A statement with the document it was found in; ``span`` is a half-open range of ``document.text``."""

    key: int
    text: str
    language: str
    span: tuple[int, int]
    document: DocumentRecord
    speaker: str = ""
    source_type: SourceType = SourceType.UNKNOWN
    as_of: date | None = None


@dataclass(frozen=True, slots=True)
class ExtractedStatement:
    """Output of the statements stage. ``document.text[start:end]`` is the evidence, verbatim."""

    text: str
    start: int
    end: int
    confidence: float
    rationale: str = ""


@dataclass(frozen=True, slots=True)
class Attribution:
    """Output of the attribution stage: a judgement over :class:`SourceType` and the speaker, if any.

    ``is_office_holder``: the speaker holds an executive office and may speak for the state."""

    judgement: Judgement
    speaker: str = ""
    is_office_holder: bool = False


@dataclass(frozen=True, slots=True)
class ConflictItem:
    """A statement as the conflict graph sees it. ``block`` is nation and topic; ``cluster`` names the
    group of duplicate documents it comes from, so that syndicated copies count once."""

    key: int
    text: str
    language: str
    block: str
    outlet: str = ""
    speaker: str = ""
    country: str = ""
    party: str = ""
    as_of: date | None = None
    cluster: int = 0


@dataclass(frozen=True, slots=True)
class Edge:
    """A judged pair, ``first < second``. ``similarity`` is in [-1, 1], ``confidence`` of ``relation``;
    ``probabilities`` are those of other relations, where the judge has an opinion of them. ``is_one_way``:
    asked in the other order, the judge named another relation."""

    first: int
    second: int
    relation: Relation
    confidence: float
    similarity: float
    rationale: str = ""
    raw: str = ""
    probabilities: Mapping[Relation, float] = field(default_factory=dict)
    is_one_way: bool = False

    def probability(self, relation: Relation) -> float:
        """Probability in [0, 1] that the pair is in ``relation``, as far as the judge says."""
        if relation is self.relation:
            return self.confidence
        return self.probabilities.get(relation, 1.0 - self.confidence)

    @property
    def sign(self) -> int:
        """-1 for a contradiction, +1 for a duplicate or compatible pair, 0 where the two do not meet."""
        return {
            Relation.CONTRADICTION: -1,
            Relation.COMPATIBLE: 1,
            Relation.DUPLICATE: 1,
        }.get(self.relation, 0)


@dataclass(frozen=True, slots=True)
class ConflictGroup:
    """Statements joined by judged edges, split in two sides.

    ``sides`` maps a statement key to +1 (proposed dominant) or -1; ``margin`` in [0, 1] is the evidence
    lead of the dominant side; ``frustration`` in [0, 1] the weight share of edges no split satisfies.
    """

    sides: Mapping[int, int]
    margin: float
    frustration: float


@dataclass(frozen=True, slots=True)
class TripleDraft:
    """Output of the triples stage: question and reversed statement in the statement's own language.

    ``checks`` names each validity check and whether it passed; a draft that fails one is kept and says so.
    """

    question: str
    reversed_statement: str
    confidence: float
    checks: Mapping[str, bool] = field(default_factory=dict)
    rationale: str = ""
