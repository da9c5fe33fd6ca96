"""Which decisions people are asked about."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotation.lifecycle import DecisionStatus, StatementStatus
from annotation.models import (
    Decision,
    DecisionKind,
    Event,
    Policy,
    Review,
    ReviewStatus,
    StudioProject,
    StudioServer,
)
from annotation.services.decisions.recording import settle_decision
from annotation.services.reviews.queue import (
    close_stale_reviews,
    request_reviews,
    tie_to_tasks,
    votes_needed,
    waiting_decisions,
)
from tests.factories import (
    DecisionFactory,
    ReviewFactory,
    StatementFactory,
    StudioProjectFactory,
    TripleFactory,
    nation,
    user,
)

pytestmark = pytest.mark.django_db


def test_request_reviews_queues_uncertain_and_audited_decisions_once() -> None:
    uncertain = DecisionFactory(confidence=0.3)
    audited = DecisionFactory(status=DecisionStatus.SETTLED, is_audit=True)
    settled = DecisionFactory(status=DecisionStatus.SETTLED)
    curator = user("cleo@example.org", group="curator")

    made = request_reviews(Decision.objects.all(), actor=curator)

    assert made == 2
    assert request_reviews([uncertain, audited, settled]) == 0
    assert {r.decision: (r.kind, r.status, r.votes_required, r.purpose) for r in Review.objects.all()} == {
        uncertain: ("triple", ReviewStatus.QUEUED, 2, "question"),
        audited: ("triple", ReviewStatus.QUEUED, 2, "audit"),
    }
    events = Event.objects.filter(note="queued for people")
    assert {(e.decision, e.old, e.new, e.actor) for e in events} == {
        (uncertain, "open", "open", curator),
        (audited, "settled", "settled", curator),
    }


def test_request_reviews_takes_the_votes_required_from_the_policy() -> None:
    gb = nation("GB")
    Policy.objects.update_or_create(
        nation=gb, kind="triple", defaults={"threshold": 1.1, "votes_required": 3}
    )

    request_reviews([DecisionFactory()])

    assert Review.objects.get().votes_required == 3
    assert votes_needed("GB", "triple") == 3


def test_audit_people_have_answered_is_not_asked_again() -> None:
    audit = DecisionFactory(status=DecisionStatus.SETTLED, is_audit=True)
    request_reviews([audit])

    verdict = settle_decision(decision=audit, label="valid", judge_type="annotators", judge="annotators:2/2")

    assert (verdict.is_audit, set(waiting_decisions()), request_reviews([verdict])) == (True, set(), 0)


def test_waiting_decisions_leaves_out_what_is_about_dead_rows() -> None:
    dead = StatementFactory(status=StatementStatus.REJECTED)
    contested = StatementFactory(status=StatementStatus.CONTESTED)
    about_dead = {"statement": dead, "kind": DecisionKind.ATTRIBUTION, "label": "quoted"}
    audit = DecisionFactory(
        statement=dead,
        kind=DecisionKind.STATEMENT_SCREENING,
        label="not_sensitive",
        status=DecisionStatus.SETTLED,
        is_audit=True,
    )
    DecisionFactory(**about_dead)
    DecisionFactory(triple=TripleFactory(statement=contested))
    alive = DecisionFactory()
    asked = DecisionFactory()
    ReviewFactory(decision=asked)

    assert set(waiting_decisions()) == {audit, alive}
    assert set(waiting_decisions(kind="screening")) == {audit}
    assert set(waiting_decisions(nation="FR")) == set()


def test_close_stale_reviews_closes_those_a_curator_has_decided() -> None:
    decided, other = DecisionFactory(), DecisionFactory()
    request_reviews([decided, other])
    curator = user("cleo@example.org", group="curator")
    settle_decision(
        decision=decided, label="invalid", judge_type="curator", judge=str(curator), actor=curator
    )

    assert close_stale_reviews() == 1
    assert close_stale_reviews() == 0
    assert {r.decision: r.status for r in Review.objects.all()} == {
        decided: ReviewStatus.CLOSED,
        other: ReviewStatus.QUEUED,
    }


def test_tie_to_tasks_asks_again_whoever_lost_the_task_id() -> None:
    project = StudioProjectFactory()
    first = ReviewFactory(project=project, remote_task_id=1, status=ReviewStatus.PUSHED)
    closed = ReviewFactory(project=project, remote_task_id=2, status=ReviewStatus.CLOSED)
    queued = [ReviewFactory(), ReviewFactory()]

    tie_to_tasks([(queued[0], 1), (queued[1], 2)], project, actor_name="test")

    assert list(Review.objects.order_by("pk").values_list("pk", "status", "remote_task_id")) == [
        (first.pk, ReviewStatus.QUEUED, None),
        (closed.pk, ReviewStatus.CLOSED, None),
        (queued[0].pk, ReviewStatus.PUSHED, 1),
        (queued[1].pk, ReviewStatus.PUSHED, 2),
    ]
    assert queued[0].decision.events.latest("pk").new == DecisionStatus.ASKED


def test_tie_to_tasks_asks_again_whoever_lost_the_task_id_in_another_project_of_the_server() -> None:
    project, other = StudioProjectFactory(), StudioProjectFactory(nation=nation("DE"))
    StudioProject.objects.filter(pk=other.pk).update(server=project.server)
    elsewhere = StudioProjectFactory(
        nation=nation("FR"), server=StudioServer.objects.get_or_create(name="FR")[0]
    )
    loser = ReviewFactory(project=other, status=ReviewStatus.PUSHED, remote_task_id=1)
    kept = ReviewFactory(project=elsewhere, status=ReviewStatus.PUSHED, remote_task_id=1)
    queued = ReviewFactory()

    tie_to_tasks([(queued, 1)], project, actor_name="test")

    found = Review.objects.in_bulk()
    assert [(found[row.pk].status, found[row.pk].remote_task_id) for row in (loser, kept, queued)] == [
        (ReviewStatus.QUEUED, None),
        (ReviewStatus.PUSHED, 1),
        (ReviewStatus.PUSHED, 1),
    ]


@pytest.mark.parametrize("command", ["push_reviews", "pull_reviews"])
def test_commands_say_what_is_missing_without_label_studio(command: str, settings: Any) -> None:
    settings.LABEL_STUDIO_SERVERS = {}
    with pytest.raises(CommandError, match="LABEL_STUDIO_URL is not set"):
        call_command(command, stdout=StringIO())

    settings.LABEL_STUDIO_SERVERS = {"": ("http://127.0.0.1:9", "key")}
    with pytest.raises(CommandError, match=r"Label Studio at http://127\.0\.0\.1:9 did not answer"):
        call_command(command, stdout=StringIO())


def test_push_command_refuses_an_unknown_nation(settings: Any) -> None:
    with pytest.raises(CommandError, match="unknown nation ZZ"):
        call_command("push_reviews", nation="ZZ")
