"""What was decided or is asked about topics, after the documents were clustered anew."""

from __future__ import annotations

import pytest

from annotation.label_studio.client import RemoteTask
from annotation.lifecycle import StatementStatus
from annotation.models import Decision, DecisionKind, Topic
from annotation.services.curation.triage import give_verdict
from annotation.services.decisions.calibration import calibrations
from annotation.services.reviews.queue import close_stale_reviews
from annotation.services.votes.recording import Change, VoteSummary, record_tasks
from tests import factories
from tests.annotation.services.stages.clustering import (
    clustered,
    documents,
    judged,
    judged_again,
    people,
    status_of,
)

pytestmark = pytest.mark.django_db

S = StatementStatus


def test_audit_that_is_with_people_goes_on_about_the_heir_and_its_votes_count() -> None:
    parks = documents(5)
    [topic] = clustered(parks)
    audit = judged(topic, "sensitive", 0.95)
    Decision.objects.filter(pk=audit.pk).update(is_audit=True)
    person = factories.user(group="annotator", nations=("GB",)).person
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
    task = RemoteTask(7, str(review.key), [vote])
    [(change, _)] = record_tasks([(review, task)], {3: person}, VoteSummary(), None, always=True)
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


def settled_now() -> list[tuple[int, str, str]]:
    """Topic, label and judge of what is settled about current topics."""
    rows = Decision.objects.settled().filter(topic__is_current=True).order_by("topic")
    return list(rows.values_list("topic", "label", "judge_type"))


def test_verdict_comes_back_with_a_topic_that_one_clustering_did_not_find() -> None:
    parks, ships = documents(5), documents(6)
    topic, _ = clustered(parks, ships)
    people(judged(topic, "sensitive"), "not_sensitive")
    statement = factories.StatementFactory(document=parks[0])

    clustered(ships)
    between, without = status_of(statement), settled_now()
    [*_, found] = clustered(ships, [*parks, *documents(10)])
    rejected = status_of(statement)
    [*_, again] = clustered(ships, parks)

    assert (between, without) == (S.CANDIDATE, [])
    assert Topic.objects.get(pk=found.pk).is_current is False
    assert (rejected, settled_now()) == (S.REJECTED, [(again.pk, "not_sensitive", "annotators")])
    assert answers() == [(0.5, False)]


def test_verdict_comes_back_with_a_topic_that_was_part_of_another_meanwhile() -> None:
    parks, ships = documents(5), documents(8)
    topic, _ = clustered(parks, ships)
    people(judged(topic, "sensitive"), "not_sensitive")

    [both] = clustered([*parks, *ships])
    judged(both, "sensitive", 0.95)
    _, apart = clustered(ships, parks)

    assert settled_now() == [(apart.pk, "not_sensitive", "annotators")]


def test_lost_verdict_leaves_topics_of_other_documents_and_newer_verdicts_alone() -> None:
    parks, ships = documents(5), documents(6)
    topic, _ = clustered(parks, ships)
    people(judged(topic, "sensitive"), "not_sensitive")
    clustered(ships)
    [meanwhile] = clustered([*ships, *parks[:2]])
    people(judged(meanwhile, "not_sensitive"), "sensitive")

    both, few = clustered([*ships, *parks[:2]], [parks[2], *documents(1)])

    assert settled_now() == [(both.pk, "sensitive", "annotators")]
    assert few.decisions.count() == 0
