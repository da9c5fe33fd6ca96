"""Topics written as a clustering would, with what machines and people say of them."""

from __future__ import annotations

from collections.abc import Sequence

from annotation.models import Decision, DecisionKind, Document, JudgeType, Statement, Topic
from annotation.services.decisions.recording import DecisionDraft, record_decisions, settle_decision
from annotation.services.stages.topic_rows import write_topics
from pipeline.records import Judgement
from pipeline.topics.find import FoundTopic, TopicModel
from pipeline.topics.labels import LabelResult
from pipeline.topics.parameters import TopicParameters
from tests import factories


def documents(count: int) -> list[Document]:
    return [factories.DocumentFactory(nation=factories.nation("GB"), language="en") for _ in range(count)]


def clustered(*groups: Sequence[Document]) -> list[Topic]:
    """Topics of these documents take the place of those before them."""
    run = factories.RunFactory(stage="topics", nation=factories.nation("GB"), version="topics-1")
    found = [
        FoundTopic("parks", ("park",), tuple((row.pk, 1.0) for row in group), (), LabelResult("parks"))
        for group in groups
    ]
    write_topics(run, "en", TopicModel(tuple(found), (), TopicParameters(), "embedder"))
    return list(Topic.objects.filter(run=run).order_by("pk"))


def judged_again(
    subject: Topic | Statement, label: str = "sensitive", confidence: float = 0.5
) -> list[Decision]:
    """The rules' decision, confident ones settled; none where the question is left to people."""
    kind = DecisionKind.TOPIC_SCREENING if isinstance(subject, Topic) else DecisionKind.STATEMENT_SCREENING
    draft = DecisionDraft(kind, subject, subject.nation_id, Judgement(label, confidence), "key")
    return record_decisions([draft], judge_type=JudgeType.RULES, judge="rules-1")


def judged(subject: Topic | Statement, label: str, confidence: float = 0.5) -> Decision:
    """The rules' decision, confident ones settled."""
    [decision] = judged_again(subject, label, confidence)
    return decision


def people(decision: Decision, label: str) -> Decision:
    """A verdict of annotators."""
    return settle_decision(
        decision=decision, label=label, judge_type=JudgeType.ANNOTATORS, judge="annotators:2/2"
    )


def status_of(statement: Statement) -> str:
    return Statement.objects.get(pk=statement.pk).status
