"""Statements stand as the present topics of their documents do."""

from __future__ import annotations

import pytest

from annotation.lifecycle import StatementStatus
from annotation.models import Decision, Event
from annotation.services.stages.topic_rows import add_members
from tests import factories
from tests.annotation.services.stages.clustering import clustered, documents, judged, people, status_of

pytestmark = pytest.mark.django_db

S = StatementStatus


@pytest.mark.parametrize(
    ("here", "there", "before", "after", "note"),
    [
        ("not_sensitive", "sensitive", S.REJECTED, S.CANDIDATE, "its topic may concern values"),
        (
            "sensitive",
            "not_sensitive",
            S.CANDIDATE,
            S.REJECTED,
            "its topic does not concern values: not value-sensitive",
        ),
    ],
)
def test_statement_follows_its_document_into_another_topic(
    here: str, there: str, before: StatementStatus, after: StatementStatus, note: str
) -> None:
    parks, ships = documents(5), documents(4)
    statement = factories.StatementFactory(document=parks[0])
    first, second = clustered(parks, ships)
    people(judged(first, "sensitive"), here)
    people(judged(second, "sensitive"), there)
    was = status_of(statement)

    clustered(parks[1:], [*ships, parks[0]])

    assert (was, status_of(statement)) == (before, after)
    assert Event.objects.filter(statement=statement).latest("pk").note == note


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
