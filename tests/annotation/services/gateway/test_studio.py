"""The gateway with a real Label Studio: what is left of the answers, and whose votes they are."""

from __future__ import annotations

import pytest

from annotation.label_studio.configs import Screen, labelling_config
from annotation.models import Decision, Review, StudioAccount, Vote
from annotation.services.reviews.queue import request_reviews
from annotation.services.studio.hints import wait_for_hints
from annotation.services.studio.push import push_reviews
from tests.annotation.conflict_groups import make_group
from tests.annotation.services.gateway.place import (
    BODY,
    Place,
    call_studio,
    client_of,
    hints_end_with_the_test,
    make_draft,
    place,
)
from tests.factories import user
from tests.studio import Studio

pytestmark = [pytest.mark.label_studio, pytest.mark.django_db(transaction=True)]

__all__ = ["hints_end_with_the_test", "place"]


def test_forged_author_is_stored_as_who_it_is(studio: Studio, place: Place) -> None:
    client = client_of(place.ann)
    me = StudioAccount.objects.get(person__user=place.ann).remote_id
    task = place.other_review.remote_task_id

    made = call_studio(
        client, "POST", f"api/tasks/{task}/annotations", {**BODY, "completed_by": place.bob.studio_id}
    )
    changed = call_studio(
        client,
        "PATCH",
        f"api/annotations/{made.json()['id']}",
        {**BODY, "completed_by": place.bob.studio_id, "task": place.review.remote_task_id},
    )

    stored = studio.http.get(f"/api/annotations/{made.json()['id']}/").json()
    assert (made.status_code, changed.status_code) == (201, 200)
    assert (stored["completed_by"], stored["task"]) == (me, task)
    assert made.json()["completed_by"] == changed.json()["completed_by"] == me


def test_vote_is_fetched_at_once_and_taking_it_back_is_noted(place: Place) -> None:
    client = client_of(place.ann)
    task = place.other_review.remote_task_id

    made = call_studio(client, "POST", f"api/tasks/{task}/annotations", BODY)
    wait_for_hints()
    vote = Vote.objects.get(review=place.other_review)
    gone = call_studio(client, "DELETE", f"api/annotations/{made.json()['id']}")

    assert (vote.annotator, vote.label, vote.is_withdrawn) == (place.ann, "valid", False)
    vote.refresh_from_db()
    assert (gone.status_code, vote.is_withdrawn) == (204, True)
    assert (made["X-Navab-Task"], made["X-Navab-Review"]) == (str(task), str(place.other_review.pk))


def test_another_keeps_the_vote_that_somebody_else_tries_to_delete(studio: Studio, place: Place) -> None:
    refused = call_studio(client_of(place.ann), "DELETE", f"api/annotations/{place.ids['others']}")

    assert refused.status_code == 403
    assert studio.http.get(f"/api/annotations/{place.ids['others']}/").status_code == 200


def test_machine_is_seen_after_the_vote_and_others_never(place: Place) -> None:
    client = client_of(place.ann)
    path = f"api/tasks/{place.other_review.remote_task_id}"
    place.bob.vote(place.other_review.remote_task_id, "triple", "invalid")

    before = call_studio(client, "GET", path).json()
    following = call_studio(client, "GET", f"api/projects/{place.gb.remote_id}/next").json()
    made = call_studio(client, "POST", f"{path}/annotations", BODY).json()
    wait_for_hints()
    after = call_studio(client, "GET", path).json()

    assert (before["annotations"], before["predictions"], "judge" in before["data"]) == ([], [], False)
    assert (following["annotations"], following["predictions"]) == ([], [])
    assert [one["id"] for one in after["annotations"]] == [made["id"]]
    assert [one["result"][0]["value"] for one in after["predictions"]] == [{"choices": ["valid"]}]
    vote = Vote.objects.get(review=place.other_review, annotator=place.ann)
    assert vote.revealed_at is not None


def test_skipping_shows_nothing_of_the_machine(place: Place) -> None:
    client = client_of(place.ann)
    path = f"api/tasks/{place.other_review.remote_task_id}"

    call_studio(client, "POST", f"{path}/annotations", {"result": [], "was_cancelled": True})
    wait_for_hints()
    after = call_studio(client, "GET", path).json()

    assert [one["was_cancelled"] for one in after["annotations"]] == [True]
    assert after["predictions"] == []


def test_screen_is_in_each_persons_language(place: Place) -> None:
    path = f"api/projects/{place.gb.remote_id}"

    found = {
        header: call_studio(client_of(place.ann, accept_language=header), "GET", path).json()["label_config"]
        for header in ("zh-hans", "en", "fr", "de")
    }

    assert found == {
        header: labelling_config(Screen.TRIPLE, header.split("-")[0])
        for header in ("zh-hans", "en", "fr", "de")
    }


def test_only_oneself_among_people(place: Place) -> None:
    people = call_studio(client_of(place.ann), "GET", f"api/users?project={place.gb.remote_id}").json()

    account = StudioAccount.objects.get(person__user=place.ann)
    assert [(one["id"], one["email"], one["permissions"]) for one in people] == [
        (account.remote_id, account.address, [])
    ]


def test_task_that_is_none_of_ours_is_not_passed(studio: Studio, place: Place) -> None:
    data = {**studio.tasks(place.gb.remote_id)[0]["data"], "navab_id": "none"}
    (foreign,) = studio.client.import_tasks(place.gb.remote_id, [{"data": data}])

    assert call_studio(client_of(place.ann), "GET", f"api/tasks/{foreign}").status_code == 403
    assert (
        call_studio(client_of(place.ann), "POST", f"api/tasks/{foreign}/annotations", BODY).status_code == 403
    )


def test_task_just_pushed_is_known_by_its_key(place: Place) -> None:
    Review.objects.filter(pk=place.other_review.pk).update(status="queued", remote_task_id=None)
    path = f"api/tasks/{place.other_review.remote_task_id}"

    shown = call_studio(client_of(place.ann), "GET", path)
    made = call_studio(client_of(place.ann), "POST", f"{path}/annotations", BODY)

    assert (shown.status_code, made.status_code) == (200, 201)


def test_task_whose_number_another_nations_review_holds_is_that_nations(
    studio: Studio, place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    # As after a restore: two reviews hold the number of the French task. His answers to it are from before.
    task = place.ids["fr_task"]
    Review.objects.filter(pk=place.other_review.pk).update(remote_task_id=task)
    mine = studio.annotator(place.ann)
    answer, draft = mine.vote(task, "triple", "valid"), make_draft(mine, task)
    client = client_of(place.ann)
    french = client_of(user(group="annotator", nations=("FR",)))

    refused = [
        call_studio(client, "GET", f"api/tasks/{task}").status_code,
        call_studio(client, "POST", f"api/tasks/{task}/annotations", BODY).status_code,
        call_studio(client, "POST", f"api/tasks/{task}/drafts", BODY).status_code,
        call_studio(client, "POST", f"api/tasks/{task}/annotations/{answer}/drafts", BODY).status_code,
        call_studio(client, "PATCH", f"api/annotations/{answer}", BODY).status_code,
        call_studio(client, "DELETE", f"api/annotations/{answer}").status_code,
        call_studio(client, "PATCH", f"api/drafts/{draft}", BODY).status_code,
    ]
    shown = call_studio(french, "GET", f"api/tasks/{task}")

    assert refused == [403] * 7
    logged = [one.getMessage() for one in caplog.records if one.name == "annotation.views.gateway"]
    assert [line.rsplit(": ", 1)[1] for line in logged] == ["has no business with FR"] * 7
    assert (shown.status_code, shown["X-Navab-Review"]) == (200, str(place.fr_review.pk))
    assert [one["id"] for one in studio.http.get(f"/api/tasks/{task}/").json()["annotations"]] == [answer]


def test_task_that_has_another_question_than_its_review_is_refused(studio: Studio, place: Place) -> None:
    task = place.other_review.remote_task_id
    data = studio.http.get(f"/api/tasks/{task}/").json()["data"]
    studio.client.change_task(task, data={**data, "navab_id": str(place.review.key)})

    shown = call_studio(client_of(place.ann), "GET", f"api/tasks/{task}")
    made = call_studio(client_of(place.ann), "POST", f"api/tasks/{task}/annotations", BODY)

    assert (shown.status_code, made.status_code) == (403, 403)


def test_whole_conflict_is_told_in_each_persons_language(studio: Studio) -> None:
    make_group(2, 1, code="CN")
    request_reviews([Decision.objects.filter(conflict__relation="contradiction").earliest("pk")])
    assert push_reviews(client=studio.client).problems == []
    review = Review.objects.get()
    ann = user(group="annotator", nations=("CN",))

    found = {
        (header, path): call_studio(client_of(ann, accept_language=header), "GET", path)
        .json()["data"]["group"]
        .splitlines()[0]
        for header in ("zh-hans", "de")
        for path in (f"api/tasks/{review.remote_task_id}", f"api/projects/{review.project.remote_id}/next")
    }

    assert set(found.values()) == {"与陈述一同一方 (2)", "Auf der Seite der ersten Aussage (2)"}
    assert {header for (header, _), line in found.items() if "Seite" in line} == {"de"}


def test_bar_names_the_nation_in_the_persons_language(place: Place) -> None:
    page = call_studio(
        client_of(place.ann, accept_language="de"), "GET", f"projects/{place.gb.remote_id}/data"
    )

    assert "<h1>Vereinigtes Königreich · " in page.content.decode()


def test_files_are_kept_by_the_browser_and_lead_nowhere_else(place: Place) -> None:
    client = client_of(place.ann)

    style = call_studio(client, "GET", "react-app/main.css")
    unchanged = client.get(
        "/studio/all/react-app/main.css", headers={"If-Modified-Since": style["Last-Modified"]}
    )
    packed = client.get("/studio/all/react-app/main.css", headers={"Accept-Encoding": "gzip"})
    undated = client.get("/studio/all/react-app/main.css", headers={"If-Modified-Since": "nonsense é"})
    missing = call_studio(client, "GET", "react-app/nothing.js")

    assert style["Cache-Control"] == "private, max-age=3600"
    assert b"url(/static/" not in style.content
    assert b"url(/studio/all/static/fonts/" in style.content
    assert (unchanged.status_code, undated.status_code, missing.status_code) == (304, 200, 404)
    assert (packed["Content-Encoding"], len(packed.content) < len(style.content)) == ("gzip", True)


def test_page_may_call_nothing_but_the_gateway(place: Place) -> None:
    page = call_studio(client_of(place.ann), "GET", f"projects/{place.gb.remote_id}/data")

    found = {
        part.split()[0]: part.split()[1:]
        for part in page["Content-Security-Policy"].split(";")
        if part.strip()
    }
    assert found == {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'", "data:"],
        "connect-src": ["testserver/studio/", "testserver/my-work/reveal/"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
    }
    assert page["Cache-Control"] == "private, no-store"
