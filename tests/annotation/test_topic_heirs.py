"""What was decided about topics, and about their statements, after the documents were clustered anew."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from annotation.label_studio.client import RemoteTask
from annotation.lifecycle import StatementStatus
from annotation.models import Decision, DecisionKind, Document, Event, JudgeType, Statement, Topic
from annotation.services.calibration import calibrations
from annotation.services.decisions import DecisionDraft, record_decisions, settle_decision
from annotation.services.reviews import close_stale_reviews
from annotation.services.stages.topic_rows import add_members, write_topics
from annotation.services.triage import give_verdict
from annotation.services.votes import Change, VoteSummary, record_task
from pipeline.records import Judgement
from pipeline.topics.find import FoundTopic, TopicModel
from pipeline.topics.labels import LabelResult
from pipeline.topics.parameters import TopicParameters
from tests import factories

pytestmark = pytest.mark.django_db

S = StatementStatus


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


def test_statement_follows_its_document_into_a_topic_about_values() -> None:
    parks, ships = documents(5), documents(4)
    statement = factories.StatementFactory(document=parks[0])
    first, second = clustered(parks, ships)
    people(judged(first, "sensitive"), "not_sensitive")
    people(judged(second, "sensitive"), "sensitive")
    before = status_of(statement)

    clustered(parks[1:], [*ships, parks[0]])

    assert (before, status_of(statement)) == (S.REJECTED, S.CANDIDATE)


def test_statement_follows_its_document_into_a_topic_without_values() -> None:
    parks, ships = documents(5), documents(4)
    statement = factories.StatementFactory(document=parks[0])
    first, second = clustered(parks, ships)
    people(judged(first, "sensitive"), "sensitive")
    people(judged(second, "sensitive"), "not_sensitive")
    before = status_of(statement)

    clustered(parks[1:], [*ships, parks[0]])

    assert (before, status_of(statement)) == (S.CANDIDATE, S.REJECTED)
    note = Event.objects.filter(statement=statement).latest("pk").note
    assert note == "its topic does not concern values: not value-sensitive"


def test_statement_comes_back_when_its_document_fits_no_topic_any_more() -> None:
    parks = documents(5)
    statement = factories.StatementFactory(document=parks[0])
    stays = factories.StatementFactory(document=parks[1])
    [topic] = clustered(parks)
    people(judged(topic, "sensitive"), "not_sensitive")

    clustered(parks[1:])

    assert (status_of(statement), status_of(stays)) == (S.CANDIDATE, S.REJECTED)


def test_statement_comes_back_when_the_machines_verdict_ends_with_its_topic() -> None:
    parks = documents(5)
    statement = factories.StatementFactory(document=parks[0])
    [topic] = clustered(parks)
    judged(topic, "not_sensitive", 0.95)
    before = status_of(statement)

    clustered(parks)

    assert (before, status_of(statement)) == (S.REJECTED, S.CANDIDATE)


def test_statement_comes_back_when_the_machine_judges_its_topic_anew_and_is_not_sure() -> None:
    parks = documents(5)
    statement = factories.StatementFactory(document=parks[0])
    [topic] = clustered(parks)
    judged(topic, "not_sensitive", 0.95)

    judged(topic, "not_sensitive", 0.5)

    assert status_of(statement) == S.CANDIDATE


def test_verdict_on_a_topic_reaches_the_statements_of_documents_that_join_it() -> None:
    parks = documents(5)
    [topic] = clustered(parks)
    people(judged(topic, "sensitive"), "not_sensitive")
    new = factories.StatementFactory()

    fresh = add_members(topic.run, "en", {new.document_id: (topic.pk, 0.8)})

    assert (fresh, status_of(new)) == ({new.document_id}, S.REJECTED)


def test_new_topics_leave_what_people_judged_themselves() -> None:
    parks = documents(6)
    kept, refused, rejected = (factories.StatementFactory(document=row) for row in parks[:3])
    [topic] = clustered(parks)
    people(judged(kept, "sensitive"), "sensitive")
    decision = judged(refused, "sensitive")
    people(judged(topic, "sensitive"), "not_sensitive")
    people(Decision.objects.get(pk=decision.pk), "not_sensitive")
    out = [status_of(row) for row in (kept, refused, rejected)]

    clustered(parks[3:])

    assert out == [S.CANDIDATE, S.REJECTED, S.REJECTED]
    assert [status_of(row) for row in (kept, refused, rejected)] == [S.CANDIDATE, S.REJECTED, S.CANDIDATE]


def test_statements_of_another_language_are_left_alone() -> None:
    [document] = documents(1)
    statement = factories.StatementFactory(document=document)
    [topic] = clustered([document])
    people(judged(topic, "sensitive"), "not_sensitive")
    french = factories.StatementFactory(
        document=factories.DocumentFactory(nation=factories.nation("GB"), language="fr"),
        status=S.REJECTED,
    )
    Event.objects.create(
        nation=french.nation,
        statement=french,
        old=S.CANDIDATE,
        new=S.REJECTED,
        actor_name="rules-1",
        note="its topic does not concern values: not value-sensitive",
    )

    clustered()

    assert (status_of(statement), status_of(french)) == (S.CANDIDATE, S.REJECTED)


def test_audit_that_is_with_people_goes_on_about_the_heir_and_its_votes_count() -> None:
    parks = documents(5)
    [topic] = clustered(parks)
    audit = judged(topic, "sensitive", 0.95)
    Decision.objects.filter(pk=audit.pk).update(is_audit=True)
    person = factories.user(nations=("GB",)).person
    review = factories.ReviewFactory(
        decision=audit,
        project=factories.StudioProjectFactory(kind="screening"),
        status="pushed",
        remote_task_id=7,
        votes_required=1,
    )

    [heir] = clustered(parks)
    written = judged_again(heir)

    audit.refresh_from_db()
    assert (audit.status, audit.topic, written) == ("settled", heir, [])
    assert close_stale_reviews() == 0
    vote = {
        "id": 1,
        "completed_by": 3,
        "updated_at": "2024-05-01T12:00:00Z",
        "result": [{"from_name": "label", "value": {"choices": ["not_sensitive"]}}],
    }
    change = record_task(review, RemoteTask(7, str(review.key), [vote]), {3: person}, VoteSummary())
    [verdict] = heir.decisions.settled()
    assert (change, verdict.label, verdict.supersedes) == (Change.SETTLED, "not_sensitive", audit)


def test_audit_nobody_was_asked_about_yet_ends_with_its_topic() -> None:
    parks = documents(5)
    [topic] = clustered(parks)
    audit = judged(topic, "sensitive", 0.95)
    Decision.objects.filter(pk=audit.pk).update(is_audit=True)
    factories.ReviewFactory(decision=audit, status="queued")

    [heir] = clustered(parks)

    audit.refresh_from_db()
    assert (audit.status, audit.topic) == ("superseded", topic)
    assert len(judged_again(heir)) == 1


def answers() -> list[tuple[float, bool]]:
    """What calibration learns about the rules: confidence, and whether people agreed."""
    return calibrations(DecisionKind.TOPIC_SCREENING).answers.get(("judge, all labels", "rules"), [])


def test_carried_verdict_takes_the_place_of_the_one_it_copies_and_counts_once() -> None:
    parks = documents(6)
    [topic] = clustered(parks)
    original = people(judged(topic, "sensitive"), "not_sensitive")

    [heir] = clustered(parks)
    parts = clustered(parks[:3], parks[3:])

    original.refresh_from_db()
    [first] = heir.decisions.all()
    copies = [part.decisions.get() for part in parts]
    assert (original.status, first.status, first.supersedes) == ("superseded", "superseded", original)
    assert [(copy.status, copy.label, copy.supersedes) for copy in copies] == [
        ("settled", "not_sensitive", first)
    ] * 2
    assert answers() == [(0.5, False)]


def test_curators_reversal_of_one_copy_counts_instead_of_the_verdict_before_it() -> None:
    curator = factories.user(group="curator")
    parks = documents(6)
    [topic] = clustered(parks)
    people(judged(topic, "sensitive"), "not_sensitive")
    first, _ = clustered(parks[:3], parks[3:])

    give_verdict(first.decisions.get(), "sensitive", curator=curator)
    before = answers()
    clustered(parks[:3], parks[3:])

    assert (before, answers()) == ([(0.5, True)], [(0.5, True)])
    current = Decision.objects.settled().filter(topic__is_current=True).order_by("topic")
    assert list(current.values_list("label", flat=True)) == ["sensitive", "not_sensitive"]
