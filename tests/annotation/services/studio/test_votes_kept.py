"""Votes, tasks and projects that others change or delete in Label Studio, with a real server."""

from __future__ import annotations

from typing import Any

import pytest

from annotation.label_studio.configs import Screen
from annotation.label_studio.tasks import to_result
from annotation.models import (
    Person,
    Review,
    ReviewStatus,
    SetAside,
    StudioIncident,
    StudioProject,
    StudioServer,
    Vote,
)
from annotation.services.people.erasure import erase_person
from annotation.services.reviews.queue import request_reviews
from annotation.services.reviews.reveal import reveal
from annotation.services.studio.pull import PullSummary, pull_reviews, pull_tasks
from annotation.services.studio.push import push_reviews
from annotation.services.votes.recording import accept_vote, withdraw_vote
from tests.factories import DecisionFactory
from tests.studio import Studio, StudioAnnotator

pytestmark = [pytest.mark.label_studio, pytest.mark.django_db(transaction=True)]


def asked(studio: Studio) -> Review:
    """A review whose task is made."""
    decision = DecisionFactory()
    request_reviews([decision])
    assert push_reviews(client=studio.client).problems == []
    return Review.objects.get(decision=decision)


def pull(studio: Studio, full: bool = False) -> PullSummary:
    return pull_reviews(client=studio.client, full=full)


def task_there(studio: Studio, review: Review) -> dict[str, Any]:
    (task,) = studio.tasks(StudioProject.objects.get().remote_id)
    assert task["id"] == review.remote_task_id
    return task


def incidents() -> dict[str, bool]:
    """Kind of each incident, and whether it is settled."""
    return {row.kind: row.resolved_at is not None for row in StudioIncident.objects.all()}


def test_vote_deleted_by_another_is_put_back_and_counts_all_the_time(
    studio: Studio, ann: StudioAnnotator, eve: StudioAnnotator
) -> None:
    review = asked(studio)
    annotation = ann.vote(review.remote_task_id, "triple", "invalid", note="no question")
    pull(studio)
    eve.take_back(annotation)

    summary = pull(studio)

    vote = Vote.objects.get()
    (there,) = task_there(studio, review)["annotations"]
    assert (summary.restored, summary.changed, vote.label, vote.set_aside) == (1, 0, "invalid", "")
    assert (there["id"], there["completed_by"]) == (vote.remote_annotation_id, ann.studio_id)
    assert there["id"] != annotation
    assert incidents() == {"vote_gone": True}
    again = pull(studio, full=True)
    assert (again.restored, again.changed, Vote.objects.count()) == (0, 0, 1)


def test_vote_taken_back_through_us_is_not_put_back_even_when_the_news_comes_first(
    studio: Studio, ann: StudioAnnotator
) -> None:
    review = asked(studio)
    annotation = ann.vote(review.remote_task_id, "triple", "invalid")
    pull(studio)
    ann.take_back(annotation)
    pull_tasks([review.remote_task_id], client=studio.client)  # the hook, before the gateway has the answer
    withdraw_vote(Vote.objects.get())

    summary = pull(studio)

    assert (summary.restored, incidents()) == (0, {})
    assert task_there(studio, review)["annotations"] == []
    assert Vote.objects.get().is_withdrawn


def test_vote_changed_by_another_is_changed_back(
    studio: Studio, ann: StudioAnnotator, eve: StudioAnnotator
) -> None:
    review = asked(studio)
    annotation = ann.vote(review.remote_task_id, "triple", "invalid", note="no question")
    pull(studio)
    eve.change(annotation, "triple", "valid")

    summary = pull(studio)

    (there,) = task_there(studio, review)["annotations"]
    assert there["result"] == to_result(Screen.TRIPLE, "invalid", {"note": "no question"})
    assert (summary.restored, summary.updated, Vote.objects.get().label) == (1, 0, "invalid")
    assert incidents() == {"vote_changed": True}
    assert pull(studio, full=True).restored == 0


def test_vote_given_to_another_annotator_is_given_back(
    studio: Studio, ann: StudioAnnotator, eve: StudioAnnotator
) -> None:
    review = asked(studio)
    annotation = ann.vote(review.remote_task_id, "triple", "invalid")
    pull(studio)
    assert eve.http.patch(f"/api/annotations/{annotation}/", json={"completed_by": eve.studio_id}).is_success

    pull(studio)

    (there,) = task_there(studio, review)["annotations"]
    assert (there["completed_by"], Vote.objects.get().annotator) == (ann.studio_id, ann.user)
    assert incidents() == {"vote_changed": True}


def test_vote_forged_in_anothers_name_never_counts_until_an_operator_says_so(
    studio: Studio, ann: StudioAnnotator, eve: StudioAnnotator
) -> None:
    review = asked(studio)
    forged = eve.annotate(
        review.remote_task_id, result=to_result(Screen.TRIPLE, "valid", {}), completed_by=ann.studio_id
    )

    summary = pull(studio)

    vote = Vote.objects.get()
    assert (vote.annotator, vote.set_aside, vote.remote_annotation_id) == (ann.user, SetAside.FORGED, forged)
    assert (summary.created, summary.set_aside, incidents()) == (0, 1, {"vote_forged": False})
    # The person is not taken for one who has answered.
    assert task_there(studio, review)["annotations"] == []
    ann.vote(review.remote_task_id, "triple", "invalid")
    assert pull(studio).created == 1
    assert [v.label for v in Vote.objects.standing()] == ["invalid"]
    with pytest.raises(ValueError, match="voted again"):
        accept_vote(vote)


def test_forged_vote_that_is_accepted_counts_and_comes_back(
    studio: Studio, ann: StudioAnnotator, eve: StudioAnnotator
) -> None:
    review = asked(studio)
    eve.annotate(
        review.remote_task_id, result=to_result(Screen.TRIPLE, "valid", {}), completed_by=ann.studio_id
    )
    pull(studio)

    accept_vote(Vote.objects.get())
    pull(studio, full=True)

    (there,) = task_there(studio, review)["annotations"]
    vote = Vote.objects.standing().get()
    assert (there["completed_by"], there["id"]) == (ann.studio_id, vote.remote_annotation_id)


def test_question_changed_there_is_changed_back_and_votes_on_it_wait(
    studio: Studio, ann: StudioAnnotator, eve: StudioAnnotator
) -> None:
    review = asked(studio)
    ann.vote(review.remote_task_id, "triple", "valid")
    pull(studio)
    data = task_there(studio, review)["data"]
    forged = {**data, "claim": "The council must close the park."}
    assert eve.http.patch(f"/api/tasks/{review.remote_task_id}/", json={"data": forged}).is_success
    (bob,) = studio.annotators("bob")
    bob.vote(review.remote_task_id, "triple", "valid")

    summary = pull(studio)

    assert task_there(studio, review)["data"] == data
    assert (summary.set_aside, summary.settled) == (1, 0)
    assert set(Vote.objects.values_list("annotator__username", "set_aside")) == {
        ("ann@example.org", ""),
        ("bob@example.org", "changed"),
    }
    assert incidents() == {"task_changed": False}
    again = pull(studio, full=True)
    assert (again.set_aside, StudioIncident.objects.count()) == (0, 1)
    accept_vote(Vote.objects.get(set_aside="changed"))
    review.refresh_from_db()
    assert review.status == ReviewStatus.CLOSED


def test_task_deleted_there_is_found_at_once_and_made_anew_with_its_votes(
    studio: Studio, ann: StudioAnnotator
) -> None:
    review = asked(studio)
    ann.vote(review.remote_task_id, "triple", "valid")
    pull(studio)
    studio.client.delete_task(review.remote_task_id)

    summary = pull(studio)

    assert (summary.requeued, incidents()) == (1, {"task_gone": True})
    assert push_reviews(client=studio.client).pushed == 1
    review.refresh_from_db()
    (there,) = task_there(studio, review)["annotations"]
    assert there["completed_by"] == ann.studio_id
    after = pull(studio)
    vote = Vote.objects.get()
    assert (after.changed, after.restored) == (0, 0)
    assert (vote.label, vote.remote_annotation_id, vote.set_aside) == ("valid", there["id"], "")


def test_foreign_task_is_told_of_and_its_votes_ignored(studio: Studio, ann: StudioAnnotator) -> None:
    asked(studio)
    project = StudioProject.objects.get()
    (task,) = studio.tasks(project.remote_id)
    (made,) = studio.client.import_tasks(
        project.remote_id, [{"data": {**task["data"], "navab_id": "not ours"}}]
    )
    ann.vote(made, "triple", "valid")

    summary = pull(studio)

    assert (Vote.objects.count(), incidents()) == (0, {"task_foreign": False})
    assert summary.problems == [f"task {made} of {project.title} is none of ours; its votes are ignored"]


def test_second_task_of_a_review_ends_and_its_vote_moves(studio: Studio, ann: StudioAnnotator) -> None:
    review = asked(studio)
    project = StudioProject.objects.get()
    (task,) = studio.tasks(project.remote_id)
    (twin,) = studio.client.import_tasks(project.remote_id, [{"data": task["data"]}])
    ann.vote(twin, "triple", "invalid")

    summary = pull(studio)

    (there,) = task_there(studio, review)["annotations"]
    vote = Vote.objects.get()
    assert (summary.created, vote.label, vote.remote_annotation_id) == (1, "invalid", there["id"])
    assert pull(studio, full=True).changed == 0


def test_project_changed_there_is_changed_back(studio: Studio, eve: StudioAnnotator) -> None:
    asked(studio)
    project = StudioProject.objects.get()
    address = f"/api/projects/{project.remote_id}/"
    before = studio.http.get(address).json()
    changes = {"maximum_annotations": 7, "sampling": "Sequential sampling", "title": "Mine"}
    assert eve.http.patch(address, json=changes).is_success

    pull(studio)

    after = studio.http.get(address).json()
    assert [after[name] for name in changes] == [before[name] for name in changes]
    assert studio.tasks(project.remote_id)[0]["overlap"] == 2
    assert StudioIncident.objects.get().kind == "project_changed"
    pull(studio)
    assert StudioIncident.objects.count() == 1


def test_project_deleted_there_is_made_anew_with_tasks_and_votes(
    studio: Studio, ann: StudioAnnotator, eve: StudioAnnotator
) -> None:
    review = asked(studio)
    ann.vote(review.remote_task_id, "triple", "valid")
    pull(studio)
    project = StudioProject.objects.get()
    assert eve.http.delete(f"/api/projects/{project.remote_id}/").is_success

    pull(studio)
    assert incidents() == {"project_gone": True}
    push_reviews(client=studio.client)
    after = pull(studio)

    review.refresh_from_db()
    (there,) = task_there(studio, review)["annotations"]
    assert (after.changed, Vote.objects.get().remote_annotation_id) == (0, there["id"])
    assert StudioServer.objects.get().state == "well"


def test_votes_wanted_reach_label_studio_which_hands_out_a_settled_task_no_more(
    studio: Studio, ann: StudioAnnotator, eve: StudioAnnotator
) -> None:
    review = asked(studio)
    (bob,) = studio.annotators("bob")

    def next_of(annotator: StudioAnnotator) -> int | None:
        reply = annotator.http.get(f"/api/projects/{StudioProject.objects.get().remote_id}/next")
        return reply.json()["id"] if reply.is_success else None

    for annotator in (ann, eve):
        annotator.vote(review.remote_task_id, "triple", "valid")
    Review.objects.update(votes_required=3)
    assert next_of(bob) is None
    pull(studio)
    assert (next_of(bob), task_there(studio, review)["overlap"]) == (review.remote_task_id, 3)
    Review.objects.update(status=ReviewStatus.CLOSED)
    pull(studio)
    assert (next_of(bob), task_there(studio, review)["overlap"]) == (None, 2)


def test_vote_given_anew_after_the_machine_was_shown_is_not_blind(
    studio: Studio, ann: StudioAnnotator
) -> None:
    review = asked(studio)
    first = ann.vote(review.remote_task_id, "triple", "invalid")
    pull(studio)
    reveal(ann.user, review, "en")
    ann.take_back(first)
    withdraw_vote(Vote.objects.get())

    ann.vote(review.remote_task_id, "triple", "valid")
    pull(studio)

    vote = Vote.objects.standing().get()
    assert (vote.label, vote.blind_label) == ("valid", "invalid")
    assert [row.is_blind for row in vote.revisions.all()] == [False]


def test_what_an_erased_person_wrote_is_erased_there_too_and_the_vote_stays(
    studio: Studio, ann: StudioAnnotator
) -> None:
    review = asked(studio)
    ann.vote(review.remote_task_id, "triple", "valid", note="Call me under 030 1234, Ann")
    pull(studio)

    erase_person(Person.objects.get(user=ann.user))
    pull(studio, full=True)

    (annotation,) = task_there(studio, review)["annotations"]
    assert [part["from_name"] for part in annotation["result"]] == ["label"]
    vote = Vote.objects.standing().get()
    assert (vote.label, vote.note) == ("valid", "")
    assert incidents() == {}
