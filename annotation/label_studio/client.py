"""The one place that speaks to Label Studio: what we ask of it, in our words."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from annotation.label_studio.errors import (
    StudioError,
    StudioFailingError,
    StudioUnavailableError,
    calls,
    key_refused,
    refusal,
)
from annotation.label_studio.tasks import KEY_FIELD

__all__ = ["RemoteTask", "StudioClient", "StudioError", "StudioFailingError", "StudioUnavailableError"]

PAGE = 1000
KEYS_PER_QUERY = 40  # the filter travels in the address
MANY_KEYS = 400  # from here on reading all tasks is faster than asking for keys
HOOK_ACTIONS = ("ANNOTATION_CREATED", "ANNOTATION_UPDATED", "ANNOTATIONS_DELETED")
# Named, so that Label Studio leaves out what is slow to make: four times as fast as all fields.
_WHOLE = (
    "id,data,overlap,is_labeled,annotations,"
    "result,completed_by,updated_by,was_cancelled,lead_time,created_at,updated_at,parent_prediction"
)
_CONNECT = 10.0  # seconds
_PAUSE = 0.5  # seconds before a failed call is tried again


@dataclass(frozen=True, slots=True)
class RemoteTask:
    """A task as Label Studio holds it, annotations as raw JSON."""

    id: int
    key: str
    annotations: list[Mapping[str, Any]] = field(default_factory=list)
    data: Mapping[str, Any] | None = None  # None: not read
    overlap: int | None = None
    updated_at: datetime | None = None


class StudioClient:
    """A connection to one Label Studio by an administrator's token. ``timeout`` in seconds a call."""

    def __init__(self, url: str, api_key: str, *, timeout: float = 60.0) -> None:
        self._url, self._api_key, self._timeout = url, api_key, timeout
        self._made_http: Any = None
        self._user: int | None = None

    @property
    def _http(self) -> Any:
        """For calls that carry much: straight to the server whatever proxy the environment names."""
        if self._made_http is None:
            import httpx

            self._made_http = httpx.Client(
                base_url=self._url,
                headers={"Authorization": f"Token {self._api_key}"},
                timeout=httpx.Timeout(self._timeout, connect=min(self._timeout, _CONNECT)),
                follow_redirects=True,
                trust_env=False,
            )
        return self._made_http

    def _call(self, what: str, method: str, path: str, **options: Any) -> Any:
        """JSON of a reply; ``None`` for 404 and for one without content. Raises :class:`StudioError`."""
        with calls(what, self._url):
            reply = self._http.request(method, path, **options)
            if reply.status_code >= 500 and method != "POST":
                # Its database is locked now and then. What makes something is not tried again here.
                time.sleep(_PAUSE)
                reply = self._http.request(method, path, **options)
        if reply.status_code == 404 or reply.status_code == 204:
            return None
        if reply.status_code in (401, 403):
            raise key_refused(self._url, reply.status_code)
        if not reply.is_success:
            raise refusal(what, reply.status_code, reply.text)
        try:
            return reply.json()
        except ValueError:
            raise StudioFailingError(
                f"{self._url} answered {what} with something that is not JSON", reply.status_code
            ) from None

    def check(self) -> str:
        """The server's version. Raises :class:`StudioUnavailableError` when it or our key does not work."""
        _ = self.user_id
        return str((self._call("asking for its version", "GET", "/api/version") or {}).get("release", ""))

    @property
    def user_id(self) -> int:
        """Id of the account our key belongs to: what it wrote, we wrote."""
        if self._user is None:
            found = self._call("asking who we are", "GET", "/api/current-user/whoami")
            if not found:
                raise StudioFailingError(f"{self._url} is no Label Studio: it does not say who we are")
            self._user = int(found["id"])
        return self._user

    def clock(self) -> datetime:
        """The time by the server's clock, to the second."""
        with calls("asking for its time", self._url):
            reply = self._http.get("/api/version")
        if reply.status_code >= 500:
            raise refusal("asking for its time", reply.status_code, reply.text)
        try:
            return parsedate_to_datetime(reply.headers["date"])
        except (KeyError, ValueError):
            raise StudioFailingError(f"{self._url} does not tell its time") from None

    def projects(self, title: str = "") -> dict[int, tuple[str, str]]:
        """Title and description of all projects by id; with ``title``, of those whose title contains it."""
        found: dict[int, tuple[str, str]] = {}
        for page in range(1, 1000):
            params = {"include": "id,title,description", "page_size": 100, "page": page, "title": title}
            reply = self._call("listing projects", "GET", "/api/projects/", params=params)
            for one in (reply or {}).get("results", []):
                found[int(one["id"])] = (str(one["title"]), str(one.get("description") or ""))
            if not reply or not reply.get("next"):
                break
        return found

    def project_settings(self, project_id: int) -> dict[str, Any] | None:
        """Everything Label Studio says of a project; ``None`` when it has no such project."""
        found = self._call("reading a project", "GET", f"/api/projects/{project_id}/")
        return dict(found) if found else None

    def find_project(self, title: str) -> int | None:
        """Id of the project with this title; the oldest when there are several."""
        return min(
            (number for number, (its, _) in self.projects(title).items() if its == title), default=None
        )

    def create_project(self, **settings: Any) -> int:
        """Make a project; returns its id."""
        return int(self._made("making a project", "/api/projects/", settings)["id"])

    def update_project(self, project_id: int, **settings: Any) -> None:
        """Change a project's settings."""
        self._call("changing a project", "PATCH", f"/api/projects/{project_id}/", json=settings)

    def delete_project(self, project_id: int) -> None:
        """Delete a project; one that is gone already is fine."""
        self._call("deleting a project", "DELETE", f"/api/projects/{project_id}/")

    def ensure_hook(self, project_id: int, url: str, headers: Mapping[str, str]) -> None:
        """Have votes on a project announced to ``url`` only: one hook, changed where it differs.

        Our hooks are known by their path, so that a site that has moved is not announced to at both places.
        """
        settings = {
            "url": url,
            "headers": dict(headers),
            "actions": list(HOOK_ACTIONS),
            "send_for_all_actions": False,
            "send_payload": True,
            "is_active": True,
        }
        what, path = "registering a hook", urlsplit(url).path
        hooks = self._call(what, "GET", "/api/webhooks/", params={"project": project_id}) or []
        ours = [hook for hook in hooks if urlsplit(hook["url"]).path == path]
        for surplus in ours[1:]:
            self._call(what, "DELETE", f"/api/webhooks/{surplus['id']}/")
        if not ours:
            self._made(what, "/api/webhooks/", {"project": project_id, **settings})
        elif any(ours[0].get(name) != value for name, value in settings.items() if name != "actions"):
            self._call(what, "PATCH", f"/api/webhooks/{ours[0]['id']}/", json=settings)

    def import_tasks(self, project_id: int, tasks: Sequence[Mapping[str, Any]]) -> list[int]:
        """Make tasks; returns their ids in the same order. All or none.

        Not tried again here: an import that timed out may have happened.
        """
        path, ids_too = f"/api/projects/{project_id}/import", {"return_task_ids": "true"}
        reply = self._call("importing tasks", "POST", path, params=ids_too, json=list(tasks))
        if reply is None:
            raise StudioError(f"Label Studio has no project {project_id}", 404)
        ids = [int(number) for number in reply.get("task_ids", [])]
        if len(ids) != len(tasks):
            raise StudioError(f"Label Studio made {len(ids)} tasks of the {len(tasks)} it was given")
        return ids

    def tasks_with_keys(self, project_id: int, keys: Sequence[str]) -> dict[str, list[int]]:
        """Ids of tasks that carry one of our keys: those with annotations first, then the oldest."""
        found: dict[str, list[tuple[bool, int]]] = {}
        wanted, fields = set(keys), "id,data,total_annotations"
        many = len(keys) > MANY_KEYS
        for start in range(0, 1 if many else len(keys), KEYS_PER_QUERY):
            conditions = [
                _condition(f"data.{KEY_FIELD}", "equal", "String", key)
                for key in keys[start : start + KEYS_PER_QUERY]
            ]
            query = _query([] if many else conditions, "or")
            for task in self._list(project_id, query, include=fields):
                key = str(task["data"].get(KEY_FIELD, ""))
                if key in wanted:
                    found.setdefault(key, []).append((not task.get("total_annotations"), int(task["id"])))
        return {key: [number for _, number in sorted(ids)] for key, ids in found.items()}

    def delete_task(self, task_id: int) -> None:
        """Delete a task; one that is gone already is fine."""
        self._call("deleting a task", "DELETE", f"/api/tasks/{task_id}/")

    def change_task(self, task_id: int, **fields: Any) -> None:
        """Set ``data`` (whole), ``overlap``, ``is_labeled``; a task that is gone is left to the pull."""
        self._call("changing a task", "PATCH", f"/api/tasks/{task_id}/", json=fields)

    def changed_tasks(self, project_id: int, since: datetime | None) -> Iterator[list[RemoteTask]]:
        """Tasks changed after ``since`` (all of them without), by id, with annotations, in pages.

        The next page is fetched while the caller works on one.
        """
        from concurrent.futures import ThreadPoolExecutor

        items = [] if since is None else [_condition("updated_at", "greater", "Datetime", _stamp(since))]

        def page(after: int) -> list[dict[str, Any]]:
            # Pages are cut by id, not counted: a task deleted meanwhile moves none to a page already read.
            wanted = [*items, _condition("id", "greater", "Number", after)]
            query = _query(wanted, "and", ["tasks:id"])
            return self._page(project_id, query, 1, fields="all", include=_WHOLE)[0]

        with ThreadPoolExecutor(1) as fetcher:
            coming = fetcher.submit(page, 0)
            while rows := coming.result():
                is_last = len(rows) < PAGE
                if not is_last:
                    coming = fetcher.submit(page, int(rows[-1]["id"]))
                yield [_remote_task(row) for row in rows]
                if is_last:
                    return

    def task(self, project_id: int, task_id: int) -> RemoteTask | None:
        """One task of a project with its annotations; ``None`` when it has no such task."""
        query = _query([_condition("id", "equal", "Number", task_id)], "and")
        rows, _ = self._page(project_id, query, 1, fields="all", include=_WHOLE)
        return next((_remote_task(row) for row in rows), None)

    def create_annotation(self, task_id: int, body: Mapping[str, Any]) -> None:
        """Put an annotation on a task in the name of ``completed_by``."""
        path = f"/api/tasks/{task_id}/annotations/"
        if self._call("writing an annotation", "POST", path, json=dict(body)) is None:
            raise StudioError(f"Label Studio has no task {task_id}", 404)

    def change_annotation(self, annotation_id: int, body: Mapping[str, Any]) -> None:
        """Overwrite an annotation; one that is gone is left to the pull."""
        self._call("changing an annotation", "PATCH", f"/api/annotations/{annotation_id}/", json=dict(body))

    def delete_annotation(self, annotation_id: int) -> None:
        """Delete an annotation; one that is gone already is fine."""
        self._call("deleting an annotation", "DELETE", f"/api/annotations/{annotation_id}/")

    def users(self) -> dict[int, str]:
        """Addresses of all users by id."""
        found = self._call("listing users", "GET", "/api/users/") or []
        return {int(user["id"]): str(user["email"]) for user in found}

    def find_user(self, email: str) -> int | None:
        """Id of the user with this address."""
        users = self.users().items()
        return next((number for number, its in users if its.casefold() == email.casefold()), None)

    def create_user(self, email: str, password: str) -> int:
        """Make a user of our organisation who can log in with ``password``; returns the id.

        The call of its API that makes users drops the password, so this goes through the invitation form.
        """
        import httpx

        invitation = self._call("asking for an invitation", "GET", "/api/invite") or {}
        address = f"/user/signup/?token={invitation.get('token', '')}"
        with (
            calls("making a user", self._url),
            httpx.Client(base_url=self._url, timeout=self._timeout, trust_env=False) as form,
        ):
            form.get(address).raise_for_status()
            fields = {
                "email": email,
                "password": password,
                "csrfmiddlewaretoken": form.cookies.get("csrftoken", ""),
            }
            reply = form.post(address, data=fields, headers={"Referer": self._url + address})
        made = self.find_user(email) if reply.is_redirect else None
        if made is None:
            raise StudioError(f"Label Studio did not make the user {email}", reply.status_code)
        return made

    def _made(self, what: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        reply = self._call(what, "POST", path, json=dict(body))
        if not reply:
            raise StudioError(f"Label Studio refused {what} (404)", 404)
        return dict(reply)

    def _list(self, project_id: int, query: str, **options: str) -> Iterator[dict[str, Any]]:
        number, read = 1, 0
        while True:
            rows, total = self._page(project_id, query, number, **options)
            yield from rows
            number, read = number + 1, read + len(rows)
            if not rows or read >= total:
                return

    def _page(
        self, project_id: int, query: str, number: int, **options: str
    ) -> tuple[list[dict[str, Any]], int]:
        """Rows of a page and how many rows there are in all; none of a page or project that is not there."""
        params: dict[str, Any] = {"project": project_id, "query": query, "page": number, "page_size": PAGE}
        found = self._call(
            "listing tasks", "GET", "/api/tasks/", params={**params, "resolve_uri": "false", **options}
        )
        return (list(found["tasks"]), int(found["total"])) if found else ([], 0)


def prediction_problems(config: str, task: Mapping[str, Any]) -> list[str]:
    """What is wrong with a task's predictions against a labelling configuration; nothing when all is well."""
    from label_studio_sdk.label_interface import LabelInterface

    interface = LabelInterface(config)
    return [
        str(problem)
        for prediction in task["predictions"]
        for problem in interface.validate_prediction(prediction, return_errors=True)
    ]


def _remote_task(task: Mapping[str, Any]) -> RemoteTask:
    data = task.get("data") or {}
    return RemoteTask(
        id=int(task["id"]),
        key=str(data.get(KEY_FIELD, "")),
        annotations=list(task.get("annotations") or []),
        data=data,
        overlap=task.get("overlap"),
        updated_at=datetime.fromisoformat(task["updated_at"]) if task.get("updated_at") else None,
    )


def _condition(column: str, operator: str, kind: str, value: str | int) -> dict[str, str | int]:
    return {"filter": f"filter:tasks:{column}", "operator": operator, "type": kind, "value": value}


def _query(items: list[Any], conjunction: str, ordering: Sequence[str] = ()) -> str:
    query: dict[str, Any] = {"filters": {"conjunction": conjunction, "items": items}}
    return json.dumps({**query, "ordering": list(ordering)} if ordering else query)


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
