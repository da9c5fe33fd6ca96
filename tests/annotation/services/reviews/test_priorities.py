"""In which order people are asked: by what each answer is worth."""

from __future__ import annotations

import pytest

from annotation.models import Review
from annotation.services.reviews.priorities import priorities
from annotation.services.reviews.queue import request_reviews
from pipeline.routing import expected_value
from tests import factories

pytestmark = pytest.mark.django_db


def worth(*decisions):
    found = priorities(decisions)
    return [found[decision.pk] for decision in decisions]


def conflict(first=None, second=None, **fields):
    first = first or factories.StatementFactory(status="contested")
    pair = factories.ConflictFactory(
        first=first, second=second or factories.StatementFactory(status="contested")
    )
    return factories.DecisionFactory(
        kind="conflict", conflict=pair, triple=None, label="keep_first", **fields
    )


def topic(documents, **fields):
    row = factories.TopicFactory()
    for _ in range(documents):
        row.memberships.create(document=factories.DocumentFactory(), strength=1.0)
    return factories.DecisionFactory(
        kind="topic_screening", topic=row, triple=None, label="sensitive", **fields
    )


def test_nothing_is_worth_nothing():
    assert priorities([]) == {}


def test_the_less_sure_the_machine_is_the_sooner_people_are_asked():
    decisions = [factories.DecisionFactory(confidence=confidence) for confidence in (0.9, 0.5, 0.1)]

    found = worth(*decisions)

    # Nothing is approved yet, so every slice lacks everything.
    assert found == pytest.approx([0.8 * 0.1 + 0.2, 0.8 * 0.5 + 0.2, 0.8 * 0.9 + 0.2])


def test_a_slice_that_lacks_more_comes_first():
    for _ in range(3):
        factories.StatementFactory(status="approved", source_type="quoted")
    factories.StatementFactory(status="approved", source_type="official")
    german = factories.StatementFactory(document=factories.DocumentFactory(nation=factories.nation("DE")))
    subjects = [
        factories.StatementFactory(source_type="quoted"),
        factories.StatementFactory(source_type="official"),
        factories.StatementFactory(source_type="unknown"),
        german,
    ]

    found = worth(*(factories.DecisionFactory(triple__statement=subject) for subject in subjects))

    assert found == pytest.approx([expected_value(0.4, need) for need in (0.0, 2 / 3, 1.0, 1.0)])


def test_a_conflict_between_much_connected_statements_comes_first():
    hub = factories.StatementFactory(status="contested")
    central = [conflict(first=hub) for _ in range(3)]
    lonely = conflict()

    *found, alone = worth(*central, lonely)

    assert len(set(found)) == 1
    assert found[0] > alone


def test_edges_that_do_not_meet_do_not_connect():
    one, other = conflict(), conflict()
    factories.ConflictFactory(first=one.conflict.first, sign=0, relation="different_scope")

    first, second = worth(one, other)

    assert first == second


def test_a_topic_of_many_articles_comes_first():
    large, small = worth(topic(9), topic(1))

    assert large > small


def test_an_audit_comes_at_a_place_of_its_own_that_stays():
    audits = [factories.DecisionFactory(confidence=1.0, is_audit=True) for _ in range(40)]

    found = worth(*audits)

    assert found == worth(*audits)
    assert 0 <= min(found) < 0.25
    assert 0.75 < max(found) < 1


def test_every_value_is_in_the_unit():
    decisions = [
        conflict(confidence=0.0),
        conflict(confidence=1.0),
        topic(0, confidence=0.0),
        topic(3, confidence=1.0),
        factories.DecisionFactory(confidence=0.0),
        factories.DecisionFactory(confidence=1.0),
    ]

    assert all(0 <= value <= 1 for value in worth(*decisions))


def test_reviews_are_queued_with_their_value_and_purpose():
    unsure, audit = (
        factories.DecisionFactory(confidence=0.2),
        factories.DecisionFactory(is_audit=True, status="settled"),
    )
    expected = priorities([unsure, audit])

    request_reviews([unsure, audit])

    rows = Review.objects.order_by("decision").values_list("decision", "priority", "purpose")
    assert list(rows) == [
        (unsure.pk, expected[unsure.pk], "question"),
        (audit.pk, expected[audit.pk], "audit"),
    ]


def test_query_count_does_not_grow_with_the_decisions(django_assert_num_queries):
    few = [conflict(), topic(1), factories.DecisionFactory()]
    many = few + [conflict(), topic(2), factories.DecisionFactory()] * 3

    with django_assert_num_queries(3):
        priorities(few)
    with django_assert_num_queries(3):
        priorities(many)
