"""The gateway with a real Label Studio: the way in, sessions, refusals, and a server that is away."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest
from django.test import Client

from annotation.label_studio.client import StudioUnavailableError
from annotation.label_studio.web import StudioWeb
from annotation.models import Review, StudioAccount, StudioProject
from annotation.services.reviews.queue import request_reviews
from annotation.services.studio.push import push_reviews
from annotation.services.studio.servers import studio_server
from tests.annotation.services.gateway.place import (
    ADMIN_MAIL,
    BODY,
    Place,
    call_studio,
    client_of,
    hints_end_with_the_test,
    place,
)
from tests.factories import DecisionFactory, TripleFactory, nation, user
from tests.studio import Studio

pytestmark = [pytest.mark.label_studio, pytest.mark.django_db(transaction=True)]

__all__ = ["hints_end_with_the_test", "place"]


def test_entry_leads_to_the_stream_of_tasks(place: Place) -> None:
    reply = client_of(place.ann).get("/label/GB/triple/")

    assert reply["Location"] == f"/studio/all/projects/{place.gb.remote_id}/data?labeling=1"


def test_entry_turns_others_away(place: Place) -> None:
    unqualified = user(group="annotator", nations=("GB",), is_qualified=False)

    asked, refused, unknown, anonymous = (
        client_of(unqualified).get("/label/GB/triple/"),
        client_of(user(group="annotator", nations=("FR",))).get("/label/GB/triple/"),
        client_of(place.ann).get("/label/GB/nothing/"),
        client_of(None).get("/label/GB/triple/"),
    )

    assert asked.status_code == 302
    assert not asked["Location"].startswith("/studio/")
    assert (refused.status_code, unknown.status_code) == (403, 403)
    assert anonymous["Location"] == "/login/?next=/label/GB/triple/"


def test_entry_without_a_project_says_so(place: Place) -> None:
    reply = client_of(place.ann).get("/label/GB/conflict/", follow=True)

    assert reply.redirect_chain == [("/my-work/", 302)]
    assert "There is nothing to answer here yet." in reply.content.decode()


def test_account_that_is_closed_has_no_way_in(place: Place) -> None:
    client = client_of(place.ann)
    assert call_studio(client, "GET", f"api/projects/{place.gb.remote_id}").status_code == 200

    place.ann.is_active = False
    place.ann.save()

    assert call_studio(client, "GET", f"api/projects/{place.gb.remote_id}").status_code == 403


def test_qualification_that_is_revoked_ends_the_session(place: Place) -> None:
    client = client_of(place.ann)
    path = f"api/projects/{place.gb.remote_id}"
    assert call_studio(client, "GET", path).status_code == 200

    qualification = place.ann.person.qualifications.get()
    qualification.revoked_at = qualification.passed_at
    qualification.save()

    assert call_studio(client, "GET", path).status_code == 403


def test_session_that_has_ended_is_renewed_unseen(place: Place) -> None:
    client = client_of(place.ann)
    path = f"api/projects/{place.gb.remote_id}"
    call_studio(client, "GET", path)
    session = client.session
    kept = session["label_studio"][""]
    session["label_studio"] = {"": {**kept, "session": "ended"}}
    session.save()

    again = call_studio(client, "GET", path)

    assert again.status_code == 200
    assert client.session["label_studio"][""]["session"] not in ("ended", "")


def test_account_whose_password_is_no_longer_ours_is_replaced(place: Place, settings: Any) -> None:
    settings.SECRET_KEY = "another"
    client = client_of(place.ann)

    page = call_studio(client, "GET", f"projects/{place.gb.remote_id}/data")
    task = call_studio(client, "GET", f"api/tasks/{place.ids['task']}").json()

    accounts = StudioAccount.objects.filter(person__user=place.ann)
    assert (page.status_code, accounts.count()) == (200, 2)
    assert [one["id"] for one in task["annotations"]] == [place.ids["own"]]  # given with the account before


def test_refusals_are_logged_with_who_and_why(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    call_studio(client_of(place.ann), "DELETE", f"api/projects/{place.gb.remote_id}?token=abc", {"secret": 1})

    (record,) = [one for one in caplog.records if one.name == "annotation.views.gateway"]
    assert record.getMessage() == (
        f"gateway refused user {place.ann.pk}: DELETE '/studio/all/api/projects/{place.gb.remote_id}': "
        "no rule allows it"
    )


def test_refused_page_is_a_page_and_refused_call_is_json(place: Place) -> None:
    client = client_of(place.ann, accept_language="fr")

    page, call = call_studio(client, "GET", "projects"), call_studio(client, "GET", "api/projects")

    assert "Vous n’avez pas accès à cette page" in page.content.decode()
    assert call.json() == {"detail": "Vous n’avez pas accès à cette page"}


def test_calls_that_change_need_our_token(place: Place) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(place.ann)
    path = f"api/tasks/{place.other_review.remote_task_id}/annotations"

    forged = call_studio(client, "POST", path, BODY)
    page = call_studio(client, "GET", f"projects/{place.gb.remote_id}/data").content.decode()
    token = json.loads(page.split('id="studio-setup" type="application/json">')[1].split("</script>")[0])[
        "csrf"
    ]
    made = client.post(
        f"/studio/all/{path}",
        json.dumps(BODY),
        content_type="application/json",
        headers={"X-CSRFToken": token},
    )

    assert (forged.status_code, made.status_code) == (403, 201)


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("text/plain", "{}", 403),
        ("application/x-www-form-urlencoded", "a=1", 403),
        ("application/json", "[]", 400),
        ("application/json", "{", 400),
        ("application/json", '{"result": "' + "x" * 1_000_000 + '"}', 413),
    ],
    ids=["text", "form", "list", "broken", "too long"],
)
def test_bodies_no_screen_would_send_are_refused(
    place: Place, content_type: str, body: str, status: int
) -> None:
    path = f"/studio/all/api/tasks/{place.ids['task']}/annotations"

    reply = client_of(place.ann).post(path, body, content_type=content_type)

    assert reply.status_code == status


def test_label_studio_that_is_down_is_503_in_the_persons_language(place: Place, settings: Any) -> None:
    client = client_of(place.ann, accept_language="fr")
    settings.LABEL_STUDIO_SERVERS = {"": ("http://127.0.0.1:9", "key")}

    entry, page, call = (
        client.get("/label/GB/triple/"),
        call_studio(client, "GET", f"projects/{place.gb.remote_id}/data"),
        call_studio(client, "GET", f"api/projects/{place.gb.remote_id}"),
    )

    assert [one.status_code for one in (entry, page, call)] == [503, 503, 503]
    assert "Votre travail est en sécurité" in entry.content.decode()
    assert call.json() == {
        "detail": "Label Studio ne répond pas pour le moment. "
        "Ce qui a été enregistré est en sécurité ; réessayez plus tard."
    }
    assert call["Retry-After"] == "60"


def test_label_studio_that_says_nothing_is_given_up() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        web = StudioWeb(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.3)

        with pytest.raises(StudioUnavailableError, match="did not answer"):
            web.call("GET", "/api/version")


@pytest.mark.parametrize("path", ["//evil.example/", "@evil.example/", "http://evil.example/", ""])
def test_address_of_another_host_is_never_called(path: str) -> None:
    with pytest.raises(ValueError, match="not a path"):
        StudioWeb("http://127.0.0.1:9").call("GET", path)


def test_wrong_password_opens_no_session(studio: Studio) -> None:
    assert StudioWeb(studio.url).log_in(ADMIN_MAIL, "wrong") is None


def test_nation_with_a_server_of_its_own_is_labelled_there_only(studio: Studio, settings: Any) -> None:
    reached = settings.LABEL_STUDIO_SERVERS[""]
    settings.LABEL_STUDIO_SERVERS = {"": ("http://127.0.0.1:9", "key"), "FR": reached}
    french = DecisionFactory(triple=TripleFactory(statement__document__nation=nation("FR")))
    request_reviews([french])
    assert push_reviews(client=studio.client, server=studio_server("FR")).problems == []
    project, review = StudioProject.objects.get(), Review.objects.get()
    hers = client_of(user(group="annotator", nations=("FR",)))
    his = client_of(user(group="annotator", nations=("GB",)))

    entry = hers.get("/label/FR/triple/")
    task = call_studio(hers, "GET", f"api/projects/{project.remote_id}/next", server="FR")
    refused = [
        call_studio(his, "GET", f"api/projects/{project.remote_id}", server="FR").status_code,
        call_studio(his, "GET", "react-app/main.css", server="FR").status_code,
        call_studio(hers, "GET", f"api/projects/{project.remote_id}").status_code,
        call_studio(hers, "GET", "api/version", server="GB").status_code,
        call_studio(hers, "GET", "api/version", server="..").status_code,
    ]

    assert entry["Location"] == f"/studio/FR/projects/{project.remote_id}/data?labeling=1"
    assert (task.status_code, task.json()["id"]) == (200, review.remote_task_id)
    assert refused == [403] * 5
