"""A real Label Studio for tests: one server a session, annotators with accounts of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from annotation.label_studio.configs import Screen
from annotation.label_studio.tasks import to_result
from launcher.label_studio import LabelStudioServer
from launcher.processes import free_port

NOBODY_LISTENS = "http://127.0.0.1:9"
_tokens: dict[str, str] = {}  # of accounts that have logged in this session: logging in is slow on purpose


@dataclass
class StudioAnnotator:
    """A person at work: calls Label Studio with the token of an account of their own."""

    user: Any
    studio_id: int
    http: httpx.Client

    def vote(self, task_id: int, screen: str, label: str, **texts: str) -> int:
        """Submit an answer, ``note`` among the texts if wanted; returns the annotation's id."""
        return self.annotate(task_id, result=to_result(Screen(screen), label, texts), lead_time=2.5)

    def skip(self, task_id: int) -> int:
        """Skip a task; returns the annotation's id."""
        return self.annotate(task_id, result=[], was_cancelled=True)

    def annotate(self, task_id: int, **body: Any) -> int:
        """Submit any annotation."""
        return int(_ok(self.http.post(f"/api/tasks/{task_id}/annotations/", json=body)).json()["id"])

    def change(self, annotation_id: int, screen: str, label: str, **texts: str) -> None:
        """Change an answer given before."""
        body = {"result": to_result(Screen(screen), label, texts)}
        _ok(self.http.patch(f"/api/annotations/{annotation_id}/", json=body))

    def take_back(self, annotation_id: int) -> None:
        """Delete an answer given before."""
        _ok(self.http.delete(f"/api/annotations/{annotation_id}/"))


class Studio:
    """The session's Label Studio as a test sees it: emptied of projects when the test began."""

    def __init__(self, server: LabelStudioServer) -> None:
        from annotation.label_studio.client import StudioClient

        self.server = server
        self.url = server.url
        self.client = StudioClient(server.url, server.secrets.admin_token, timeout=60)
        self.http = _http(server.url, server.secrets.admin_token)

    def empty(self) -> None:
        """Delete all projects."""
        for project in self.http.get("/api/projects/", params={"page_size": 100}).json()["results"]:
            _ok(self.http.delete(f"/api/projects/{project['id']}/"))

    def tasks(self, project_id: int) -> list[dict[str, Any]]:
        """All tasks of a project."""
        params: dict[str, Any] = {"project": project_id, "page_size": 1000, "fields": "all"}
        return list(_ok(self.http.get("/api/tasks/", params=params)).json()["tasks"])

    def annotator(self, user: Any) -> StudioAnnotator:
        """The account of one of our users, made when there is none, logged in through the login form."""
        from annotation.services.studio.accounts import ensure_studio_account, studio_password

        account = ensure_studio_account(user.person, client=self.client)
        key = f"{account.installation} {account.address}"
        if key not in _tokens:
            password = studio_password(account.address, account.server)
            _tokens[key] = _token_by_login(self.url, account.address, password)
        return StudioAnnotator(user, account.remote_id, _http(self.url, _tokens[key]))

    def annotators(self, *names: str, nation: str = "GB") -> list[StudioAnnotator]:
        """Annotators ``name@example.org`` of a nation, made, with accounts here."""
        from tests.factories import user

        people = [user(f"{name}@example.org", group="annotator", nations=(nation,)) for name in names]
        return [self.annotator(person) for person in people]


@contextmanager
def running_server(folder: Path) -> Iterator[LabelStudioServer]:
    """A running Label Studio with its data in ``folder``; installed first when the machine has none."""
    venv = Path(__file__).resolve().parent.parent / "var" / "label-studio" / "venv"
    server = LabelStudioServer(folder, free_port(), venv=venv)
    server.ensure_installed()
    server.start()
    try:
        server.wait_ready(300)
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def studio_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabelStudioServer]:
    """The session's Label Studio."""
    with running_server(tmp_path_factory.mktemp("label-studio")) as server:
        yield server


def lead_to(server: LabelStudioServer, settings: Any, data_dir: Path) -> None:
    """Settings that lead to a server, whose hooks reach nobody."""
    settings.LABEL_STUDIO_SERVERS = {"": (server.url, server.secrets.admin_token)}
    settings.LABEL_STUDIO_WEBHOOK_SECRET = server.secrets.webhook_secret
    settings.NAVAB_PUBLIC_URL = NOBODY_LISTENS
    settings.DATA_DIR = data_dir


@pytest.fixture
def studio(studio_server: LabelStudioServer, settings: Any, tmp_path: Path) -> Studio:
    """The session's Label Studio, emptied, and the settings that lead to it. Its hooks reach nobody."""
    lead_to(studio_server, settings, tmp_path)
    found = Studio(studio_server)
    found.empty()
    return found


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """SQLite in a file, as in use: threads of a live server do not share one connection."""
    from django.conf import settings

    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database.setdefault("TEST", {})["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


def _http(url: str, token: str) -> httpx.Client:
    return httpx.Client(
        base_url=url, headers={"Authorization": f"Token {token}"}, trust_env=False, timeout=60
    )


def _token_by_login(url: str, address: str, password: str) -> str:
    """The account's own token, read after logging in as a person does."""
    with httpx.Client(base_url=url, follow_redirects=True, trust_env=False, timeout=60) as browser:
        form = browser.get("/user/login/").text
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        assert found is not None, "Label Studio's login page has no form"
        fields = {"email": address, "password": password, "csrfmiddlewaretoken": found[1]}
        page = browser.post("/user/login/", data=fields, headers={"Referer": f"{url}/user/login/"})
        assert "/user/login" not in page.url.path, f"{address} could not log in"
        return str(_ok(browser.get("/api/current-user/token")).json()["token"])


def _ok(reply: httpx.Response) -> httpx.Response:
    assert reply.is_success, f"{reply.request.method} {reply.url}: {reply.status_code} {reply.text[:500]}"
    return reply
