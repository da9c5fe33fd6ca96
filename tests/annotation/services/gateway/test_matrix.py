"""The gateway with a real Label Studio: every endpoint, for every role and nation."""

from __future__ import annotations

import logging

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from annotation.models import StudioAccount
from annotation.services.studio.accounts import studio_password
from tests.annotation.services.gateway.place import (
    ADMIN_MAIL,
    BODY,
    Place,
    call_studio,
    client_of,
    hints_end_with_the_test,
    place,
)
from tests.factories import user
from tests.studio import Studio

pytestmark = [pytest.mark.label_studio, pytest.mark.django_db(transaction=True)]

__all__ = ["hints_end_with_the_test", "place"]


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
        call_studio(client, method, path.format(**place.ids), body).status_code
        for method, path, body, _ in MATRIX
    ]


def _named(statuses: list[int]) -> dict[str, int]:
    return {f"{row[0]} {row[1]}": status for row, status in zip(MATRIX, statuses, strict=True)}


def test_matrix_of_an_annotator_of_the_nation(place: Place) -> None:
    statuses = _answers(client_of(place.ann), place)

    assert _named(statuses) == _named([row[3][0] for row in MATRIX])


def test_matrix_of_a_curator_of_the_nation(place: Place) -> None:
    statuses = _answers(client_of(user(group="curator", nations=("GB",))), place)

    assert _named(statuses) == _named([row[3][1] for row in MATRIX])


def test_matrix_of_a_superuser(place: Place) -> None:
    statuses = _answers(client_of(user(is_superuser=True)), place)

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

    found = {name: set(_answers(client_of(person), place)) for name, person in people.items()}

    assert found == {**{name: {403} for name in people}, "anonymous": {302, 403}}
    page = client_of(None).get(f"/studio/all/projects/{place.gb.remote_id}/data")
    assert page["Location"] == f"/login/?next=/studio/all/projects/{place.gb.remote_id}/data"


def test_matrix_of_another_nations_annotator(place: Place) -> None:
    french = client_of(user(group="annotator", nations=("FR",)))
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


def test_browser_gets_no_cookie_of_label_studio_and_no_secret_of_ours(
    studio: Studio, place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    client = client_of(place.ann)
    caplog.set_level(logging.DEBUG)

    seen = bytearray()
    for method, path, body, _ in MATRIX:
        reply = call_studio(client, method, path.format(**place.ids), body)
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
