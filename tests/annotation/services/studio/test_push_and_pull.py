"""From a decision to Label Studio and back, with a real server and annotators who have their own accounts."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from annotation.label_studio.client import StudioClient
from annotation.lifecycle import DecisionStatus, StatementStatus
from annotation.models import (
    Decision,
    DecisionKind,
    Event,
    JudgeType,
    Policy,
    Review,
    ReviewStatus,
    StudioProject,
    Vote,
)
from annotation.seed import seed_groups
from annotation.services.reviews.queue import request_reviews
from annotation.services.studio.accounts import studio_address
from annotation.services.studio.projects import ensure_project
from annotation.services.studio.pull import pull_reviews
from annotation.services.studio.push import PushSummary, push_reviews
from annotation.services.votes.recording import withdraw_vote
from tests.annotation.conflict_groups import make_group, payload, statuses
from tests.factories import ConflictFactory, DecisionFactory, StatementFactory, TopicFactory, nation, user
from tests.studio import Studio, StudioAnnotator

pytestmark = [pytest.mark.label_studio, pytest.mark.django_db(transaction=True)]


def ask(studio: Studio, *decisions: Decision) -> list[Review]:
    """Queue and push decisions; their reviews, tasks made."""
    request_reviews(decisions)
    summary = push_reviews(client=studio.client)
    assert summary.problems == []
    return [Review.objects.get(decision=decision) for decision in decisions]


def test_push_makes_one_task_per_review_with_the_machines_answer(studio: Studio) -> None:
    decisions = [DecisionFactory(), DecisionFactory(confidence=0.2)]

    sure, unsure = ask(studio, *decisions)

    project = StudioProject.objects.get()
    tasks = {task["id"]: task for task in studio.tasks(project.remote_id)}
    assert set(tasks) == {sure.remote_task_id, unsure.remote_task_id}
    task = tasks[unsure.remote_task_id]
    triple = decisions[1].triple
    assert task["data"]["navab_id"] == str(unsure.key)
    assert task["data"]["claim"] == triple.statement.text
    assert task["data"]["evidence"] == triple.statement.evidence
    (prediction,) = task["predictions"]
    assert prediction["score"] == 0.16  # 1 - (0.8 * 0.8 + 0.2): unsure, and its slice lacks everything
    assert [region["value"] for region in prediction["result"]] == [
        {"choices": ["valid"]},
        {"text": [triple.question]},
        {"text": [triple.affirmed]},
        {"text": [triple.reversed_statement]},
    ]
    assert {r.status for r in Review.objects.all()} == {ReviewStatus.PUSHED}
    assert {d.status for d in Decision.objects.all()} == {DecisionStatus.ASKED}
    triple.statement.refresh_from_db()
    assert triple.statement.status == StatementStatus.IN_REVIEW


def test_push_makes_projects_for_every_kind_of_decision(studio: Studio) -> None:
    statement = StatementFactory()
    ask(
        studio,
        DecisionFactory(kind=DecisionKind.TOPIC_SCREENING, topic=TopicFactory(), label="sensitive"),
        DecisionFactory(kind=DecisionKind.STATEMENT_SCREENING, statement=statement, label="not_sensitive"),
        DecisionFactory(
            kind=DecisionKind.ATTRIBUTION, statement=statement, label="quoted", value={"speaker": "Ann"}
        ),
        DecisionFactory(kind=DecisionKind.CONFLICT, conflict=ConflictFactory(), label="keep_second"),
        DecisionFactory(),
    )

    counts = {p.kind: len(studio.tasks(p.remote_id)) for p in StudioProject.objects.all()}

    assert counts == {"screening": 2, "statement": 1, "conflict": 1, "triple": 1}


def test_push_twice_adds_no_task(studio: Studio) -> None:
    ask(studio, DecisionFactory())

    again = push_reviews(client=studio.client)

    assert (again.pushed, again.recovered) == (0, 0)
    assert len(studio.tasks(StudioProject.objects.get().remote_id)) == 1


def test_push_after_a_kill_between_import_and_bookkeeping_adds_no_task(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def import_then_die(self: StudioClient, *args: Any) -> list[int]:
        really_import(self, *args)
        raise Killed

    decisions = [DecisionFactory(), DecisionFactory()]
    request_reviews(decisions)
    really_import = StudioClient.import_tasks
    with monkeypatch.context() as patch:
        patch.setattr(StudioClient, "import_tasks", import_then_die)
        with pytest.raises(Killed):
            push_reviews(client=studio.client)
    assert {d.status for d in Decision.objects.all()} == {DecisionStatus.OPEN}

    summary = push_reviews(client=studio.client)

    project = StudioProject.objects.get()
    assert summary == PushSummary(recovered=2, projects=[project.title])
    assert {task["id"] for task in studio.tasks(project.remote_id)} == set(
        Review.objects.values_list("remote_task_id", flat=True)
    )
    assert {r.status for r in Review.objects.all()} == {ReviewStatus.PUSHED}


def test_pull_settles_what_two_annotators_agree_on(
    studio: Studio, ann: StudioAnnotator, bob: StudioAnnotator
) -> None:
    decision = DecisionFactory()
    (review,) = ask(studio, decision)
    better = {
        "question": "Must the council keep its parks?",
        "reversed_statement": "It need not protect any park.",
    }
    ann.vote(review.remote_task_id, "triple", "valid", note="clearer now", **better)

    first = pull_reviews(client=studio.client)

    assert (first.created, first.settled) == (1, 0)
    bob.vote(review.remote_task_id, "triple", "valid", **better)
    second = pull_reviews(client=studio.client)
    assert (second.created, second.settled, second.problems) == (1, 1, [])
    verdict = Decision.objects.get(supersedes=decision)
    assert (verdict.label, verdict.judge_type, verdict.judge) == (
        "valid",
        JudgeType.ANNOTATORS,
        "annotators:2/2",
    )
    assert verdict.triple.revises == decision.triple
    assert (verdict.triple.question, verdict.triple.reversed_statement) == tuple(better.values())
    review.refresh_from_db()
    assert review.status == ReviewStatus.CLOSED
    verdict.triple.statement.refresh_from_db()
    assert verdict.triple.statement.status == StatementStatus.APPROVED
    assert {(v.annotator, v.label, v.note) for v in Vote.objects.all()} == {
        (ann.user, "valid", "clearer now"),
        (bob.user, "valid", ""),
    }
    moves = Event.objects.filter(statement=verdict.triple.statement).order_by("pk")
    assert [(e.new, e.actor_name) for e in moves] == [
        ("in_review", "push_reviews"),
        ("approved", "annotators:2/2"),
    ]


def test_pull_again_changes_nothing(studio: Studio, ann: StudioAnnotator, bob: StudioAnnotator) -> None:
    (review,) = ask(studio, DecisionFactory())
    for annotator in (ann, bob):
        annotator.vote(review.remote_task_id, "triple", "valid")
    pull_reviews(client=studio.client)
    rows = [(model, list(model.objects.order_by("pk").values())) for model in (Vote, Review, Decision, Event)]

    for full in (False, True):
        summary = pull_reviews(client=studio.client, full=full)
        assert (summary.changed, summary.settled, summary.requeued, summary.late) == (0, 0, 0, [])

    assert [(model, list(model.objects.order_by("pk").values())) for model, _ in rows] == rows


def test_disagreement_waits_for_a_curator(studio: Studio, ann: StudioAnnotator, bob: StudioAnnotator) -> None:
    Policy.objects.update_or_create(
        nation=None, kind="conflict", defaults={"threshold": 0.95, "consensus": "unanimous"}
    )
    decision = DecisionFactory(kind=DecisionKind.CONFLICT, conflict=ConflictFactory(), label="plurality")
    (review,) = ask(studio, decision)
    ann.vote(review.remote_task_id, "conflict", "keep_first")
    bob.vote(review.remote_task_id, "conflict", "keep_second")

    summary = pull_reviews(client=studio.client)

    assert (summary.disputed, summary.settled) == (1, 0)
    decision.refresh_from_db()
    review.refresh_from_db()
    assert (decision.status, review.status) == (DecisionStatus.DISPUTED, ReviewStatus.DISPUTED)
    note = Event.objects.get(decision=decision, new=DecisionStatus.DISPUTED).note
    assert note == "votes: keep_first, keep_second"


def test_vote_changed_or_taken_back_in_time_counts_as_it_stands(
    studio: Studio, ann: StudioAnnotator, bob: StudioAnnotator
) -> None:
    decision = DecisionFactory(
        kind=DecisionKind.STATEMENT_SCREENING, statement=StatementFactory(), label="sensitive"
    )
    (review,) = ask(studio, decision)
    task = review.remote_task_id
    wrong = ann.vote(task, "screening", "not_sensitive")
    bob.vote(task, "screening", "sensitive")
    pull_reviews(client=studio.client)

    ann.take_back(wrong)
    withdraw_vote(Vote.objects.get(remote_annotation_id=wrong))
    taken_back = pull_reviews(client=studio.client)
    review.refresh_from_db()
    assert (taken_back.restored, taken_back.set_aside, review.status) == (0, 0, ReviewStatus.PUSHED)
    assert Vote.objects.get(remote_annotation_id=wrong).is_withdrawn

    again = ann.vote(task, "screening", "not_sensitive")
    pull_reviews(client=studio.client)
    ann.change(again, "screening", "sensitive")
    changed = pull_reviews(client=studio.client)

    assert (changed.updated, changed.settled) == (1, 1)
    assert Decision.objects.get(supersedes=decision).label == "sensitive"


def test_vote_changed_after_settling_is_written_down_and_reported_only(
    studio: Studio, ann: StudioAnnotator, bob: StudioAnnotator
) -> None:
    decision = DecisionFactory(
        kind=DecisionKind.STATEMENT_SCREENING, statement=StatementFactory(), label="sensitive"
    )
    (review,) = ask(studio, decision)
    annotation = ann.vote(review.remote_task_id, "screening", "sensitive")
    bob.vote(review.remote_task_id, "screening", "sensitive")
    pull_reviews(client=studio.client)

    ann.change(annotation, "screening", "not_sensitive")
    summary = pull_reviews(client=studio.client)

    assert (summary.updated, summary.settled, summary.late) == (1, 0, [review.pk])
    assert Vote.objects.get(remote_annotation_id=annotation).label == "not_sensitive"
    assert Decision.objects.get(supersedes=decision).status == DecisionStatus.SETTLED
    review.refresh_from_db()
    assert review.status == ReviewStatus.CLOSED


def test_skip_is_kept_and_does_not_count(studio: Studio, ann: StudioAnnotator, bob: StudioAnnotator) -> None:
    (review,) = ask(studio, DecisionFactory())
    ann.skip(review.remote_task_id)
    bob.vote(review.remote_task_id, "triple", "invalid")

    summary = pull_reviews(client=studio.client)

    assert (summary.created, summary.settled, summary.disputed) == (2, 0, 0)
    assert set(review.votes.values_list("annotator__username", "label", "is_skipped")) == {
        ("ann@example.org", "", True),
        ("bob@example.org", "invalid", False),
    }


def test_votes_of_strangers_and_of_other_nations_are_reported_not_counted(
    studio: Studio, ann: StudioAnnotator
) -> None:
    (paul,) = studio.annotators("paul", nation="FR")
    (review,) = ask(studio, DecisionFactory())
    paul.vote(review.remote_task_id, "triple", "valid")
    stranger = studio.http.post(
        f"/api/tasks/{review.remote_task_id}/annotations/",
        json={"result": []},
    ).json()
    ann.vote(review.remote_task_id, "triple", "valid")

    summary = pull_reviews(client=studio.client)

    assert [vote.annotator for vote in Vote.objects.all()] == [ann.user]
    assert len(summary.problems) == 2
    assert any("paul@example.org does not work for GB" in problem for problem in summary.problems)
    assert any(f"annotation {stranger['id']} " in problem for problem in summary.problems)


def test_malformed_annotation_does_not_stop_the_rest(
    studio: Studio, ann: StudioAnnotator, bob: StudioAnnotator
) -> None:
    first, second = ask(studio, DecisionFactory(), DecisionFactory())
    bad = ann.annotate(first.remote_task_id, result=[])
    bob.vote(second.remote_task_id, "triple", "valid")

    summary = pull_reviews(client=studio.client)

    assert summary.problems == [
        f"annotation {bad} on task {first.remote_task_id} (review {first.pk}) is not counted: "
        "no choice was made"
    ]
    assert [vote.review for vote in Vote.objects.all()] == [second]


def test_pull_full_queues_reviews_whose_task_is_gone_again(studio: Studio) -> None:
    (review,) = ask(studio, DecisionFactory())
    studio.client.delete_task(review.remote_task_id)

    summary = pull_reviews(client=studio.client, full=True)

    assert summary.requeued == 1
    assert push_reviews(client=studio.client).pushed == 1
    review.refresh_from_db()
    assert (review.status, review.decision.status) == (ReviewStatus.PUSHED, DecisionStatus.ASKED)


def test_project_lost_here_is_found_again_and_lost_there_is_made_anew(studio: Studio) -> None:
    (review,) = ask(studio, DecisionFactory())
    project = StudioProject.objects.get()
    Review.objects.update(project=None, status=ReviewStatus.QUEUED)
    project.delete()
    assert ensure_project(nation("GB"), "triple", client=studio.client).remote_id == project.remote_id

    Review.objects.update(project=StudioProject.objects.get(), status=ReviewStatus.PUSHED)
    studio.empty()
    made = ensure_project(nation("GB"), "triple", client=studio.client)

    review.refresh_from_db()
    assert made.remote_id != project.remote_id
    assert (review.status, review.remote_task_id) == (ReviewStatus.QUEUED, None)


def test_commands_push_what_waits_and_pull_what_was_voted(studio: Studio, ann: StudioAnnotator) -> None:
    new = user("nell@example.org", group="annotator", nations=("GB",))
    low, high = DecisionFactory(confidence=0.9), DecisionFactory(confidence=0.1)

    def run(command: str, **options: Any) -> dict[str, Any]:
        out = StringIO()
        call_command(command, json=True, stdout=out, **options)
        return dict(json.loads(out.getvalue().splitlines()[-1]))

    first = run("push_reviews", limit=1)
    assert (first["queued"], first["accounts"], first["pushed"]) == (2, 1, 1)
    account = new.person.studio_accounts.get()
    assert account.remote_id == studio.client.find_user(studio_address(new.person))
    assert Review.objects.get(status=ReviewStatus.PUSHED).decision == high
    second = run("push_reviews")
    assert (second["queued"], second["accounts"], second["pushed"]) == (0, 0, 1)

    ann.vote(Review.objects.get(decision=low).remote_task_id, "triple", "valid")

    assert run("pull_reviews")["created"] == 1
    assert run("pull_reviews", full=True)["created"] == 0


def test_vote_and_workbench_leave_the_same_record_of_a_conflict_but_for_the_judge(
    studio: Studio, ann: StudioAnnotator, bob: StudioAnnotator, client: Client
) -> None:
    voted, settled = make_group(1, 1), make_group(1, 1)
    by_vote, by_form = Decision.objects.order_by("pk")
    (review,) = ask(studio, by_vote)
    (task,) = studio.tasks(StudioProject.objects.get().remote_id)
    seed_groups(apps, "default")  # which the test before has swept away
    client.force_login(user("cora@example.org", group="curator", nations=("GB",)))

    for person in (ann, bob):
        person.vote(review.remote_task_id, "conflict", "keep_second")
    pull_reviews(client=studio.client)
    form = payload(settled, edge=by_form.conflict_id, outcome="keep_second")
    client.post(reverse("annotation:conflict_group", args=[settled.pk]), form)

    assert task["data"]["group"].splitlines()[0] == "On the side of the first statement (1)"
    whose = {"id", "judge_type", "judge", "decided_by_id", "supersedes_id", "conflict_id", "created_at"}
    rows = [
        {name: value for name, value in row.items() if name not in whose}
        for row in Decision.objects.filter(status="settled").order_by("pk").values()
    ]
    assert rows[0] == rows[1]
    assert list(Decision.objects.settled().values_list("judge_type", flat=True)) == ["annotators", "curator"]
    assert list(statuses(voted).values()) == list(statuses(settled).values()) == ["set_aside", "candidate"]
