"""The gateway with a real Label Studio: who may call what, and what is left of the answers."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.http import HttpResponse
from django.test import Client

from annotation.label_studio.client import StudioUnavailableError
from annotation.label_studio.configs import Screen, labelling_config
from annotation.label_studio.tasks import to_result
from annotation.label_studio.web import StudioWeb
from annotation.models import Decision, Review, StudioAccount, StudioProject, Vote
from annotation.services.push import push_reviews
from annotation.services.reviews import request_reviews
from annotation.services.studio_people import studio_password
from annotation.services.studio_servers import studio_server
from annotation.services.vote_hints import wait_for_hints
from tests.annotation.conflict_groups import make_group
from tests.factories import DecisionFactory, TripleFactory, nation, user
from tests.studio import Studio, StudioAnnotator

pytestmark = [pytest.mark.label_studio, pytest.mark.django_db(transaction=True)]

RESULT = to_result(Screen.TRIPLE, "valid", {})
ADMIN_MAIL = "studio-admin@navab.invalid"


@dataclass
class Place:
    """Two nations' projects, and answers of two annotators on the first task of GB's."""

    gb: StudioProject
    fr: StudioProject
    review: Review
    other_review: Review
    fr_review: Review
    ann: Any  # whose answer ``own`` is
    bob: StudioAnnotator  # whose answer ``others`` is
    ids: dict[str, int]


@pytest.fixture(autouse=True)
def _hints_end_with_the_test() -> Iterator[None]:
    yield
    wait_for_hints()


@pytest.fixture
def place(studio: Studio) -> Place:
    decisions = [DecisionFactory(), DecisionFactory()]
    statement = {"statement__document__nation": nation("FR")}
    french = DecisionFactory(triple=TripleFactory(**statement))
    request_reviews([*decisions, french])
    assert push_reviews(client=studio.client).problems == []
    reviews = [Review.objects.get(decision=decision) for decision in (*decisions, french)]
    gb, fr = StudioProject.objects.get(nation="GB"), StudioProject.objects.get(nation="FR")
    ann = user("ann@example.org", group="annotator", nations=("GB",))
    bob = studio.annotator(user("bob@example.org", group="annotator", nations=("GB",)))
    task = reviews[0].remote_task_id
    mine = studio.annotator(ann)
    ids = {
        "gb": gb.remote_id,
        "fr": fr.remote_id,
        "task": task,
        "fr_task": reviews[2].remote_task_id,
        "own": mine.vote(task, "triple", "valid"),
        "others": bob.vote(task, "triple", "invalid"),
        "own_draft": _draft(mine, task),
        "others_draft": _draft(bob, task),
        "bob": bob.studio_id,
    }
    return Place(gb, fr, reviews[0], reviews[1], reviews[2], ann, bob, ids)


def _draft(person: StudioAnnotator, task: int) -> int:
    reply = person.http.post(f"/api/tasks/{task}/drafts", json={"result": RESULT, "lead_time": 1.0})
    return int(reply.json()["id"])


def _client(person: Any, **headers: str) -> Client:
    client = Client(headers=headers)
    if person is not None:
        client.force_login(person)
    return client


def _call(client: Client, method: str, path: str, body: Any = None, server: str = "all") -> HttpResponse:
    data = json.dumps(body) if body is not None else ""
    address = f"/studio/{server}/{path}"
    return client.generic(method, address, data, content_type="application/json")


BODY = {"result": RESULT, "lead_time": 1.0, "completed_by": 1}
# Method, path, body, and the answer to GB's annotator, GB's curator, a superuser. To all others it is 403,
# save that the page asks those to log in who have not.
MATRIX = [
    ("GET", "projects/{gb}/data?labeling=1", None, (200, 200, 200)),
    ("GET", "react-app/main.css", None, (200, 200, 200)),
    ("GET", "static/fonts/Figtree-Regular.ttf", None, (200, 200, 200)),
    ("GET", "api/version", None, (200, 200, 200)),
    ("GET", "api/current-user/whoami", None, (200, 200, 200)),
    ("GET", "api/users?project={gb}", None, (200, 200, 200)),
    ("GET", "api/projects/{gb}", None, (200, 200, 200)),
    ("GET", "api/dm/project?project={gb}", None, (200, 200, 200)),
    ("GET", "api/dm/columns?project={gb}", None, (200, 200, 200)),
    ("GET", "api/dm/views?project={gb}", None, (200, 200, 200)),
    ("GET", "api/dm/actions?project={gb}", None, (200, 200, 200)),
    ("GET", "api/ml?project={gb}", None, (200, 200, 200)),
    ("GET", "api/label_links?project={gb}", None, (200, 200, 200)),
    ("GET", "api/tasks?project={gb}", None, (200, 200, 200)),
    ("GET", "api/projects/{gb}/next", None, (200, 200, 200)),
    ("POST", "api/dm/actions?id=next_task&project={gb}", {}, (200, 200, 200)),
    ("GET", "api/projects/{gb}/label-stream-history", None, (200, 200, 200)),
    ("GET", "api/tasks/{task}", None, (200, 200, 200)),
    ("GET", "api/annotations/{own}", None, (200, 403, 403)),
    ("PATCH", "api/annotations/{own}", BODY, (200, 403, 403)),
    ("POST", "api/tasks/{task}/annotations/{own}/drafts", BODY, (201, 403, 403)),
    ("PATCH", "api/drafts/{own_draft}", BODY, (200, 403, 403)),
    ("POST", "api/tasks/{task}/drafts", BODY, (201, 201, 201)),
    ("POST", "api/tasks/{task}/annotations", BODY, (201, 201, 201)),
    ("DELETE", "api/drafts/{own_draft}", None, (204, 403, 403)),
    ("DELETE", "api/annotations/{own}", None, (204, 403, 403)),
    # Another's.
    ("GET", "api/annotations/{others}", None, (403, 403, 403)),
    ("PATCH", "api/annotations/{others}", BODY, (403, 403, 403)),
    ("DELETE", "api/annotations/{others}", None, (403, 403, 403)),
    ("POST", "api/tasks/{task}/annotations/{others}/drafts", BODY, (403, 403, 403)),
    ("PATCH", "api/drafts/{others_draft}", BODY, (403, 403, 403)),
    ("DELETE", "api/drafts/{others_draft}", None, (403, 403, 403)),
    # Another nation's: a superuser may, who sees all nations.
    ("GET", "projects/{fr}/data", None, (403, 403, 200)),
    ("GET", "api/projects/{fr}", None, (403, 403, 200)),
    ("GET", "api/dm/project?project={fr}", None, (403, 403, 200)),
    ("GET", "api/projects/{fr}/next", None, (403, 403, 200)),
    ("POST", "api/dm/actions?id=next_task&project={fr}", {}, (403, 403, 200)),
    ("GET", "api/tasks/{fr_task}", None, (403, 403, 200)),
    ("POST", "api/tasks/{fr_task}/drafts", BODY, (403, 403, 201)),
    ("POST", "api/tasks/{fr_task}/annotations", BODY, (403, 403, 201)),
    # What any member of Label Studio may do.
    ("GET", "api/projects", None, (403, 403, 403)),
    ("POST", "api/projects", {"title": "x"}, (403, 403, 403)),
    ("PATCH", "api/projects/{gb}", {"title": "x"}, (403, 403, 403)),
    ("DELETE", "api/projects/{gb}", None, (403, 403, 403)),
    ("GET", "api/projects/{gb}/export?exportType=JSON", None, (403, 403, 403)),
    ("POST", "api/projects/{gb}/import", [{"claim": "x"}], (403, 403, 403)),
    ("GET", "api/projects/{gb}/tasks", None, (403, 403, 403)),
    ("DELETE", "api/projects/{gb}/tasks", None, (403, 403, 403)),
    ("GET", "api/projects/{gb}/annotators", None, (403, 403, 403)),
    ("GET", "api/projects/9999", None, (403, 403, 403)),
    ("PATCH", "api/tasks/{task}", {"data": {}}, (403, 403, 403)),
    ("DELETE", "api/tasks/{task}", None, (403, 403, 403)),
    ("GET", "api/tasks/99999", None, (403, 403, 403)),
    ("GET", "api/tasks/{task}/annotations", None, (403, 403, 403)),
    ("GET", "api/predictions?task={task}", None, (403, 403, 403)),
    ("POST", "api/dm/actions?id=delete_tasks&project={gb}", {}, (403, 403, 403)),
    ("POST", "api/dm/views?project={gb}", {}, (403, 403, 403)),
    ("GET", "api/webhooks", None, (403, 403, 403)),
    ("POST", "api/webhooks", {"url": "http://127.0.0.1"}, (403, 403, 403)),
    ("GET", "api/current-user/token", None, (403, 403, 403)),
    ("POST", "api/current-user/reset-token", None, (403, 403, 403)),
    ("GET", "api/users/{bob}", None, (403, 403, 403)),
    ("GET", "api/invite", None, (403, 403, 403)),
    ("GET", "api/organizations", None, (403, 403, 403)),
    ("POST", "api/ml", {"project": 1}, (403, 403, 403)),
    ("GET", "api/storages/localfiles?project={gb}", None, (403, 403, 403)),
    ("GET", "user/login", None, (403, 403, 403)),
    ("GET", "user/account", None, (403, 403, 403)),
    ("GET", "projects/{gb}/settings", None, (403, 403, 403)),
    ("GET", "projects", None, (403, 403, 403)),
    ("GET", "", None, (403, 403, 403)),
]


def _answers(client: Client, place: Place) -> list[int]:
    return [
        _call(client, method, path.format(**place.ids), body).status_code for method, path, body, _ in MATRIX
    ]


def _named(statuses: list[int]) -> dict[str, int]:
    return {f"{row[0]} {row[1]}": status for row, status in zip(MATRIX, statuses, strict=True)}


def test_matrix_of_an_annotator_of_the_nation(place: Place) -> None:
    statuses = _answers(_client(place.ann), place)

    assert _named(statuses) == _named([row[3][0] for row in MATRIX])


def test_matrix_of_a_curator_of_the_nation(place: Place) -> None:
    statuses = _answers(_client(user(group="curator", nations=("GB",))), place)

    assert _named(statuses) == _named([row[3][1] for row in MATRIX])


def test_matrix_of_a_superuser(place: Place) -> None:
    statuses = _answers(_client(user(is_superuser=True)), place)

    assert _named(statuses) == _named([row[3][2] for row in MATRIX])


def test_matrix_of_everybody_else_is_403(place: Place) -> None:
    people = {
        "anonymous": None,
        "unqualified": user(group="annotator", nations=("GB",), is_qualified=False),
        "without a nation": user(group="annotator"),
        "researcher": user(group="researcher", nations=("GB",)),
        "operator": user(group="operator"),
        "in no group": user(nations=("GB",)),
    }

    found = {name: set(_answers(_client(person), place)) for name, person in people.items()}

    assert found == {**{name: {403} for name in people}, "anonymous": {302, 403}}
    page = _client(None).get(f"/studio/all/projects/{place.gb.remote_id}/data")
    assert page["Location"] == f"/login/?next=/studio/all/projects/{place.gb.remote_id}/data"


def test_matrix_of_another_nations_annotator(place: Place) -> None:
    french = _client(user(group="annotator", nations=("FR",)))
    # The address names no nation, or hers.
    free = {
        "react-app/main.css",
        "static/fonts/Figtree-Regular.ttf",
        "api/version",
        "api/current-user/whoami",
        "api/users?project={gb}",  # only herself
    }

    found = _named(_answers(french, place))

    allowed = {name.split()[1] for name, status in found.items() if status < 400}
    hers = {row[1] for row in MATRIX if ("{fr" in row[1]) and row[3][2] < 400}
    assert allowed == free | hers
    assert {status for status in found.values() if status >= 400} == {403}


def test_forged_author_is_stored_as_who_it_is(studio: Studio, place: Place) -> None:
    client = _client(place.ann)
    me = StudioAccount.objects.get(person__user=place.ann).remote_id
    task = place.other_review.remote_task_id

    made = _call(
        client, "POST", f"api/tasks/{task}/annotations", {**BODY, "completed_by": place.bob.studio_id}
    )
    changed = _call(
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
    client = _client(place.ann)
    task = place.other_review.remote_task_id

    made = _call(client, "POST", f"api/tasks/{task}/annotations", BODY)
    wait_for_hints()
    vote = Vote.objects.get(review=place.other_review)
    gone = _call(client, "DELETE", f"api/annotations/{made.json()['id']}")

    assert (vote.annotator, vote.label, vote.is_withdrawn) == (place.ann, "valid", False)
    vote.refresh_from_db()
    assert (gone.status_code, vote.is_withdrawn) == (204, True)
    assert (made["X-Navab-Task"], made["X-Navab-Review"]) == (str(task), str(place.other_review.pk))


def test_another_keeps_the_vote_that_somebody_else_tries_to_delete(studio: Studio, place: Place) -> None:
    refused = _call(_client(place.ann), "DELETE", f"api/annotations/{place.ids['others']}")

    assert refused.status_code == 403
    assert studio.http.get(f"/api/annotations/{place.ids['others']}/").status_code == 200


def test_machine_is_seen_after_the_vote_and_others_never(place: Place) -> None:
    client = _client(place.ann)
    path = f"api/tasks/{place.other_review.remote_task_id}"
    place.bob.vote(place.other_review.remote_task_id, "triple", "invalid")

    before = _call(client, "GET", path).json()
    following = _call(client, "GET", f"api/projects/{place.gb.remote_id}/next").json()
    made = _call(client, "POST", f"{path}/annotations", BODY).json()
    wait_for_hints()
    after = _call(client, "GET", path).json()

    assert (before["annotations"], before["predictions"], "judge" in before["data"]) == ([], [], False)
    assert (following["annotations"], following["predictions"]) == ([], [])
    assert [one["id"] for one in after["annotations"]] == [made["id"]]
    assert [one["result"][0]["value"] for one in after["predictions"]] == [{"choices": ["valid"]}]
    vote = Vote.objects.get(review=place.other_review, annotator=place.ann)
    assert vote.revealed_at is not None


def test_skipping_shows_nothing_of_the_machine(place: Place) -> None:
    client = _client(place.ann)
    path = f"api/tasks/{place.other_review.remote_task_id}"

    _call(client, "POST", f"{path}/annotations", {"result": [], "was_cancelled": True})
    wait_for_hints()
    after = _call(client, "GET", path).json()

    assert [one["was_cancelled"] for one in after["annotations"]] == [True]
    assert after["predictions"] == []


def test_screen_is_in_each_persons_language(place: Place) -> None:
    path = f"api/projects/{place.gb.remote_id}"

    found = {
        header: _call(_client(place.ann, accept_language=header), "GET", path).json()["label_config"]
        for header in ("zh-hans", "en", "fr", "de")
    }

    assert found == {
        header: labelling_config(Screen.TRIPLE, header.split("-")[0])
        for header in ("zh-hans", "en", "fr", "de")
    }


def test_only_oneself_among_people(place: Place) -> None:
    people = _call(_client(place.ann), "GET", f"api/users?project={place.gb.remote_id}").json()

    account = StudioAccount.objects.get(person__user=place.ann)
    assert [(one["id"], one["email"], one["permissions"]) for one in people] == [
        (account.remote_id, account.address, [])
    ]


def test_entry_leads_to_the_stream_of_tasks(place: Place) -> None:
    reply = _client(place.ann).get("/label/GB/triple/")

    assert reply["Location"] == f"/studio/all/projects/{place.gb.remote_id}/data?labeling=1"


def test_entry_turns_others_away(place: Place) -> None:
    unqualified = user(group="annotator", nations=("GB",), is_qualified=False)

    asked, refused, unknown, anonymous = (
        _client(unqualified).get("/label/GB/triple/"),
        _client(user(group="annotator", nations=("FR",))).get("/label/GB/triple/"),
        _client(place.ann).get("/label/GB/nothing/"),
        _client(None).get("/label/GB/triple/"),
    )

    assert asked.status_code == 302
    assert not asked["Location"].startswith("/studio/")
    assert (refused.status_code, unknown.status_code) == (403, 403)
    assert anonymous["Location"] == "/login/?next=/label/GB/triple/"


def test_entry_without_a_project_says_so(place: Place) -> None:
    reply = _client(place.ann).get("/label/GB/conflict/", follow=True)

    assert reply.redirect_chain == [("/my-work/", 302)]
    assert "There is nothing to answer here yet." in reply.content.decode()


def test_account_that_is_closed_has_no_way_in(place: Place) -> None:
    client = _client(place.ann)
    assert _call(client, "GET", f"api/projects/{place.gb.remote_id}").status_code == 200

    place.ann.is_active = False
    place.ann.save()

    assert _call(client, "GET", f"api/projects/{place.gb.remote_id}").status_code == 403


def test_qualification_that_is_revoked_ends_the_session(place: Place) -> None:
    client = _client(place.ann)
    path = f"api/projects/{place.gb.remote_id}"
    assert _call(client, "GET", path).status_code == 200

    qualification = place.ann.person.qualifications.get()
    qualification.revoked_at = qualification.passed_at
    qualification.save()

    assert _call(client, "GET", path).status_code == 403


def test_session_that_has_ended_is_renewed_unseen(place: Place) -> None:
    client = _client(place.ann)
    path = f"api/projects/{place.gb.remote_id}"
    _call(client, "GET", path)
    session = client.session
    kept = session["label_studio"][""]
    session["label_studio"] = {"": {**kept, "session": "ended"}}
    session.save()

    again = _call(client, "GET", path)

    assert again.status_code == 200
    assert client.session["label_studio"][""]["session"] not in ("ended", "")


def test_account_whose_password_is_no_longer_ours_is_replaced(place: Place, settings: Any) -> None:
    settings.SECRET_KEY = "another"
    client = _client(place.ann)

    page = _call(client, "GET", f"projects/{place.gb.remote_id}/data")
    task = _call(client, "GET", f"api/tasks/{place.ids['task']}").json()

    accounts = StudioAccount.objects.filter(person__user=place.ann)
    assert (page.status_code, accounts.count()) == (200, 2)
    assert [one["id"] for one in task["annotations"]] == [place.ids["own"]]  # given with the account before


def test_browser_gets_no_cookie_of_label_studio_and_no_secret_of_ours(
    studio: Studio, place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    client = _client(place.ann)
    caplog.set_level(logging.DEBUG)

    seen = bytearray()
    for method, path, body, _ in MATRIX:
        reply = _call(client, method, path.format(**place.ids), body)
        seen += b"".join((reply.content, str(reply.headers).encode(), reply.cookies.output().encode()))

    kept = client.session["label_studio"][""]
    account = StudioAccount.objects.get(person__user=place.ann)
    secrets = {
        "session": kept["session"],
        "csrf": kept["csrf"],
        "password": studio_password(account.address, account.server),
        "api key": studio.server.secrets.admin_token,
        "admin": ADMIN_MAIL,
        "bob": f"annotator-{place.bob.user.person.pseudonym}",
    }
    replies, log = bytes(seen).decode("utf-8", "replace"), caplog.text
    assert [name for name, secret in secrets.items() if secret in replies + log] == []
    assert studio.url not in replies
    assert Session.objects.count() == 1


def test_refusals_are_logged_with_who_and_why(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    _call(_client(place.ann), "DELETE", f"api/projects/{place.gb.remote_id}?token=abc", {"secret": 1})

    (record,) = [one for one in caplog.records if one.name == "annotation.views.gateway"]
    assert record.getMessage() == (
        f"gateway refused user {place.ann.pk}: DELETE '/studio/all/api/projects/{place.gb.remote_id}': "
        "no rule allows it"
    )


def test_refused_page_is_a_page_and_refused_call_is_json(place: Place) -> None:
    client = _client(place.ann, accept_language="fr")

    page, call = _call(client, "GET", "projects"), _call(client, "GET", "api/projects")

    assert "Vous n’avez pas accès à cette page" in page.content.decode()
    assert call.json() == {"detail": "Vous n’avez pas accès à cette page"}


def test_calls_that_change_need_our_token(place: Place) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(place.ann)
    path = f"api/tasks/{place.other_review.remote_task_id}/annotations"

    forged = _call(client, "POST", path, BODY)
    page = _call(client, "GET", f"projects/{place.gb.remote_id}/data").content.decode()
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

    reply = _client(place.ann).post(path, body, content_type=content_type)

    assert reply.status_code == status


def test_label_studio_that_is_down_is_503_in_the_persons_language(place: Place, settings: Any) -> None:
    client = _client(place.ann, accept_language="fr")
    settings.LABEL_STUDIO_SERVERS = {"": ("http://127.0.0.1:9", "key")}

    entry, page, call = (
        client.get("/label/GB/triple/"),
        _call(client, "GET", f"projects/{place.gb.remote_id}/data"),
        _call(client, "GET", f"api/projects/{place.gb.remote_id}"),
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
    hers = _client(user(group="annotator", nations=("FR",)))
    his = _client(user(group="annotator", nations=("GB",)))

    entry = hers.get("/label/FR/triple/")
    task = _call(hers, "GET", f"api/projects/{project.remote_id}/next", server="FR")
    refused = [
        _call(his, "GET", f"api/projects/{project.remote_id}", server="FR").status_code,
        _call(his, "GET", "react-app/main.css", server="FR").status_code,
        _call(hers, "GET", f"api/projects/{project.remote_id}").status_code,
        _call(hers, "GET", "api/version", server="GB").status_code,
        _call(hers, "GET", "api/version", server="..").status_code,
    ]

    assert entry["Location"] == f"/studio/FR/projects/{project.remote_id}/data?labeling=1"
    assert (task.status_code, task.json()["id"]) == (200, review.remote_task_id)
    assert refused == [403] * 5


def test_task_that_is_none_of_ours_is_not_passed(studio: Studio, place: Place) -> None:
    data = {**studio.tasks(place.gb.remote_id)[0]["data"], "navab_id": "none"}
    (foreign,) = studio.client.import_tasks(place.gb.remote_id, [{"data": data}])

    assert _call(_client(place.ann), "GET", f"api/tasks/{foreign}").status_code == 403
    assert _call(_client(place.ann), "POST", f"api/tasks/{foreign}/annotations", BODY).status_code == 403


def test_task_just_pushed_is_known_by_its_key(place: Place) -> None:
    Review.objects.filter(pk=place.other_review.pk).update(status="queued", remote_task_id=None)
    path = f"api/tasks/{place.other_review.remote_task_id}"

    shown = _call(_client(place.ann), "GET", path)
    made = _call(_client(place.ann), "POST", f"{path}/annotations", BODY)

    assert (shown.status_code, made.status_code) == (200, 201)


def test_task_whose_number_another_nations_review_holds_is_that_nations(
    studio: Studio, place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    # As after a restore: two reviews hold the number of the French task. His answers to it are from before.
    task = place.ids["fr_task"]
    Review.objects.filter(pk=place.other_review.pk).update(remote_task_id=task)
    mine = studio.annotator(place.ann)
    answer, draft = mine.vote(task, "triple", "valid"), _draft(mine, task)
    client = _client(place.ann)
    french = _client(user(group="annotator", nations=("FR",)))

    refused = [
        _call(client, "GET", f"api/tasks/{task}").status_code,
        _call(client, "POST", f"api/tasks/{task}/annotations", BODY).status_code,
        _call(client, "POST", f"api/tasks/{task}/drafts", BODY).status_code,
        _call(client, "POST", f"api/tasks/{task}/annotations/{answer}/drafts", BODY).status_code,
        _call(client, "PATCH", f"api/annotations/{answer}", BODY).status_code,
        _call(client, "DELETE", f"api/annotations/{answer}").status_code,
        _call(client, "PATCH", f"api/drafts/{draft}", BODY).status_code,
    ]
    shown = _call(french, "GET", f"api/tasks/{task}")

    assert refused == [403] * 7
    logged = [one.getMessage() for one in caplog.records if one.name == "annotation.views.gateway"]
    assert [line.rsplit(": ", 1)[1] for line in logged] == ["has no business with FR"] * 7
    assert (shown.status_code, shown["X-Navab-Review"]) == (200, str(place.fr_review.pk))
    assert [one["id"] for one in studio.http.get(f"/api/tasks/{task}/").json()["annotations"]] == [answer]


def test_task_that_has_another_question_than_its_review_is_refused(studio: Studio, place: Place) -> None:
    task = place.other_review.remote_task_id
    data = studio.http.get(f"/api/tasks/{task}/").json()["data"]
    studio.client.change_task(task, data={**data, "navab_id": str(place.review.key)})

    shown = _call(_client(place.ann), "GET", f"api/tasks/{task}")
    made = _call(_client(place.ann), "POST", f"api/tasks/{task}/annotations", BODY)

    assert (shown.status_code, made.status_code) == (403, 403)


def test_whole_conflict_is_told_in_each_persons_language(studio: Studio) -> None:
    make_group(2, 1, code="CN")
    request_reviews([Decision.objects.filter(conflict__relation="contradiction").earliest("pk")])
    assert push_reviews(client=studio.client).problems == []
    review = Review.objects.get()
    ann = user(group="annotator", nations=("CN",))

    found = {
        (header, path): _call(_client(ann, accept_language=header), "GET", path)
        .json()["data"]["group"]
        .splitlines()[0]
        for header in ("zh-hans", "de")
        for path in (f"api/tasks/{review.remote_task_id}", f"api/projects/{review.project.remote_id}/next")
    }

    assert set(found.values()) == {"与陈述一同一方 (2)", "Auf der Seite der ersten Aussage (2)"}
    assert {header for (header, _), line in found.items() if "Seite" in line} == {"de"}


def test_bar_names_the_nation_in_the_persons_language(place: Place) -> None:
    page = _call(_client(place.ann, accept_language="de"), "GET", f"projects/{place.gb.remote_id}/data")

    assert "<h1>Vereinigtes Königreich · " in page.content.decode()


def test_files_are_kept_by_the_browser_and_lead_nowhere_else(place: Place) -> None:
    client = _client(place.ann)

    style = _call(client, "GET", "react-app/main.css")
    unchanged = client.get(
        "/studio/all/react-app/main.css", headers={"If-Modified-Since": style["Last-Modified"]}
    )
    packed = client.get("/studio/all/react-app/main.css", headers={"Accept-Encoding": "gzip"})
    undated = client.get("/studio/all/react-app/main.css", headers={"If-Modified-Since": "nonsense é"})
    missing = _call(client, "GET", "react-app/nothing.js")

    assert style["Cache-Control"] == "private, max-age=3600"
    assert b"url(/static/" not in style.content
    assert b"url(/studio/all/static/fonts/" in style.content
    assert (unchanged.status_code, undated.status_code, missing.status_code) == (304, 200, 404)
    assert (packed["Content-Encoding"], len(packed.content) < len(style.content)) == ("gzip", True)


def test_page_may_call_nothing_but_the_gateway(place: Place) -> None:
    page = _call(_client(place.ann), "GET", f"projects/{place.gb.remote_id}/data")

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
