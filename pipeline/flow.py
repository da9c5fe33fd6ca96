"""The flow: seven stages in order, and who runs each of them on which engine. The page to read first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pipeline.engines.ledger import Ledger, MeteredModel
from pipeline.records import Embedding, Engine
from pipeline.stage import Scope

if TYPE_CHECKING:
    from pipeline.engines.batch import BatchStore
    from pipeline.engines.cache import ReplyStore


@dataclass(frozen=True, slots=True)
class StageInfo:
    """A stage as people see it: what it reads, what it writes, how it works through its rows."""

    name: str
    scope: Scope
    reads: str
    writes: str
    does: str


FLOW: tuple[StageInfo, ...] = (
    StageInfo("ingest", Scope.ITEM, "files", "Document", "cleans, identifies the language, links duplicates"),
    StageInfo(
        "topics", Scope.CORPUS, "Document", "Topic", "clusters documents; tags those that fit no topic"
    ),
    StageInfo("screening", Scope.ITEM, "Topic, Statement", "Decision", "value-sensitive or not"),
    StageInfo(
        "statements", Scope.ITEM, "Document", "Statement", "finds positions, each with its evidence span"
    ),
    StageInfo("attribution", Scope.ITEM, "Statement", "Decision", "quoted (speaker), official or unknown"),
    StageInfo(
        "conflicts", Scope.CORPUS, "Statement", "Conflict", "judges near pairs, proposes the dominant side"
    ),
    StageInfo("triples", Scope.ITEM, "Statement", "Triple", "question, statement, reversed statement"),
)
NAMES: tuple[str, ...] = tuple(stage.name for stage in FLOW)


class EngineNotConfiguredError(ValueError):
    """The chosen engine lacks an endpoint or a model; the message names the setting."""


@dataclass(frozen=True)
class Engines:
    """Builds the judges of one engine. ``models`` maps a task to a model name (``openai`` only).

    ``ledger`` counts what they spend and holds the budget, ``store`` keeps replies; with ``batches`` requests
    go to the endpoint as files that are answered within a day.
    """

    engine: Engine = Engine.RULES
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    models: Mapping[str, str] = field(default_factory=dict)
    embedding: Embedding = Embedding.EMBEDDED
    embedding_model: str = ""
    concurrency: int = 16
    ledger: Ledger = field(default_factory=Ledger)
    store: ReplyStore | None = None
    batches: BatchStore | None = None

    def judge(self, package: str, name: str, *, task: str) -> Any:
        """The judge ``name`` of a stage's package: ``<name>Rules()`` or ``<name>Model(client)``."""
        if self.engine is Engine.RULES:
            return getattr(import_module(f"{package}.rules"), f"{name}Rules")()
        return getattr(import_module(f"{package}.model"), f"{name}Model")(self.client(task))

    @cached_property
    def topic_screening(self) -> Any:
        """Stage[TopicRecord, Judgement]."""
        return self.judge("pipeline.screening", "TopicScreening", task="screening")

    @cached_property
    def statement_screening(self) -> Any:
        """Stage[StatementRecord, Judgement]."""
        return self.judge("pipeline.screening", "StatementScreening", task="screening")

    @cached_property
    def statements(self) -> Any:
        """Stage[DocumentRecord, ExtractedStatement]: drawn, held against their evidence."""
        from pipeline.conflicts.lexicon import lexicons_digest
        from pipeline.conflicts.polarity import turns_round
        from pipeline.statements.faithful import FaithfulStatements

        drawn = self.judge("pipeline.statements", "Statements", task="statements")
        return FaithfulStatements(drawn, turns_round, lexicons_digest())

    @cached_property
    def attribution(self) -> Any:
        """Stage[StatementRecord, Attribution]."""
        return self.judge("pipeline.attribution", "Attribution", task="attribution")

    @cached_property
    def pair_judge(self) -> Any:
        """Judge of candidate pairs: ``version`` and ``judge(pairs) -> Iterator[Edge]``."""
        return self.judge("pipeline.conflicts", "PairJudge", task="conflicts")

    @cached_property
    def triples(self) -> Any:
        """Stage[StatementRecord, TripleDraft]: drafts, held against the judge of pairs."""
        from pipeline.triples.gate import GatedTriples

        return GatedTriples(self.judge("pipeline.triples", "Triples", task="triples"), self.pair_judge)

    @cached_property
    def topic_labeller(self) -> Any:
        """TopicLabeller."""
        if self.engine is Engine.RULES:
            from pipeline.topics.labels import KeywordLabeller

            return KeywordLabeller()
        from pipeline.topics.model import TopicLabelModel

        return TopicLabelModel(self.client("topics"))

    def tagger(self, language: str) -> Any:
        """Tagger of documents that fit no topic."""
        if self.engine is Engine.RULES:
            from pipeline.tagging.rules import TaggerRules

            return TaggerRules(language)
        from pipeline.tagging.model import TaggingModel

        return TaggingModel(self.client("topics"))

    @cached_property
    def embedder(self) -> Any:
        """Embedder, as ``embedding`` says; an error that names the missing setting."""
        if self.embedding is Embedding.EMBEDDED:
            from pipeline.embedding.hybrid import HybridEmbedder

            return HybridEmbedder()
        if not self.embedding_model:
            raise EngineNotConfiguredError(f"the {self.embedding} embedder needs NAVAB_EMBEDDING_MODEL")
        if self.embedding is Embedding.SENTENCE_TRANSFORMERS:
            from pipeline.embedding.sentence_transformer import SentenceTransformerEmbedder

            return SentenceTransformerEmbedder(self.embedding_model)
        if not self.base_url:
            raise EngineNotConfiguredError("the openai embedder needs OPENAI_BASE_URL")
        from pipeline.embedding.model import OpenAIEmbedder

        return OpenAIEmbedder(_client(self.base_url, self.api_key, self.embedding_model, self.concurrency))

    @cached_property
    def topics_version(self) -> str:
        """Version of the topics stage: parameters, words, embedder, labeller, tagger."""
        from pipeline.topics.parameters import TopicParameters, stage_version

        return stage_version(
            TopicParameters(),
            engine=self.engine,
            embedder=self.embedder.name,
            labeller=self.topic_labeller.version,
            tagger=self.tagger("en").version,
        )

    def client(self, task: str) -> Any:
        """A language model client for a task, or an error that names the missing setting."""
        if not self.base_url:
            raise EngineNotConfiguredError("the openai engine needs OPENAI_BASE_URL")
        if not self.models.get(task):
            raise EngineNotConfiguredError(
                f"the openai engine needs NAVAB_MODEL or NAVAB_MODEL_{task.upper()}"
            )
        return self._wrapped(_client(self.base_url, self.api_key, self.models[task], self.concurrency))

    def _wrapped(self, client: Any) -> Any:
        """The client with what this run wants around it: batches, a meter, a cache outermost."""
        from pipeline.engines.batch import MOST_LINES, BatchModel
        from pipeline.engines.cache import READY, CachedModel

        model, ready = client, READY
        if self.batches is not None:
            if self.store is None:
                raise EngineNotConfiguredError("batches need the cache of replies (NAVAB_REPLY_CACHE)")
            model, ready = BatchModel(client, self.batches), MOST_LINES
        model = MeteredModel(model, self.ledger, is_reserving=self.batches is not None)
        return (
            model if self.store is None else CachedModel(model, self.store, self.base_url, self.ledger, ready)
        )


@cache
def _client(base_url: str, api_key: str, model: str, concurrency: int) -> Any:
    from pipeline.engines.openai import OpenAIModel

    return OpenAIModel(base_url=base_url, api_key=api_key, model=model, concurrency=concurrency)


def stage_versions(engines: Engines) -> list[tuple[str, str, str, str, str, str]]:
    """Rows (name, version, scope, reads, writes, does) of the seven stages, in order."""
    from pipeline.ingest import VERSION as INGEST

    screening = (engines.topic_screening.version, engines.statement_screening.version)
    versions = {
        "ingest": INGEST,
        "topics": engines.topics_version,
        "screening": " / ".join(dict.fromkeys(screening)),
        "statements": engines.statements.version,
        "attribution": engines.attribution.version,
        "conflicts": engines.pair_judge.version,
        "triples": engines.triples.version,
    }
    return [(s.name, versions[s.name], s.scope, s.reads, s.writes, s.does) for s in FLOW]
