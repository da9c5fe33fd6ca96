"""The one place that speaks to Label Studio: what we ask of it, in our words.

Through its SDK, but for what carries thousands of tasks: see ``StudioClient._call``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from annotation.label_studio.errors import (
    StudioError,
    StudioFailingError,
    StudioUnavailableError,
    calls,
    failure,
)
from annotation.label_studio.queries import condition, stamp, task_query
from annotation.label_studio.tasks import KEY_FIELD

__all__ = ["RemoteTask", "StudioClient", "StudioError", "StudioFailingError", "StudioUnavailableError"]

PAGE = 1000
_PROJECTS = 100  # a page
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
# Its database is locked now and then, so a call that failed is tried again; one that makes something is not.
_RETRIES = 1
_ONCE = {"max_retries": 0}


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
        self._made_sdk: Any = None
        self._user: int | None = None

    @property
    def _http(self) -> Any:
        """Straight to the server whatever proxy the environment names."""
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

    @property
    def _sdk(self) -> Any:
        if self._made_sdk is None:
            # The SDK's client without its additions, which load pandas: 0.6 s instead of 1.3 s.
            from label_studio_sdk.base_client import LabelStudioBase

            # Without a timeout of its own it keeps to those of our client.
            self._made_sdk = LabelStudioBase(
                base_url=self._url, api_key=self._api_key, httpx_client=self._http, max_retries=_RETRIES
            )
        return self._made_sdk

    def _ask(self, what: str, ask: Callable[[Any], Any]) -> Any:
        """What the SDK returns; ``None`` for 404. Raises :class:`StudioError`."""
        sdk = self._sdk
        from label_studio_sdk.core.api_error import ApiError
        from label_studio_sdk.core.parse_error import ParsingError

        try:
            with calls(what, self._url):
                return ask(sdk)
        except (ApiError, ParsingError) as error:
            if error.status_code == 404:
                return None
            raise failure(what, self._url, error.status_code or 0, str(error.body)) from None

    def _call(self, what: str, method: str, path: str, **options: Any) -> Any:
        """JSON of a reply, as :meth:`_ask` for what carries thousands of tasks.

        Measured on 2 000: a task imported costs us 0.17 ms of processor time through the SDK and 0.025 ms so,
        one listed 0.07 and 0.013 ms; Label Studio wants the processor meanwhile.
        """
        with calls(what, self._url):
            reply = self._http.request(method, path, **options)
            if reply.status_code >= 500 and method != "POST":
                time.sleep(_PAUSE)
                reply = self._http.request(method, path, **options)
        if reply.status_code == 404:
            return None
        try:
            if reply.is_success:
                return reply.json()
        except ValueError:
            pass
        raise failure(what, self._url, reply.status_code, reply.text)

    def check(self) -> str:
        """The server's version. Raises :class:`StudioUnavailableError` when it or our key does not work."""
        _ = self.user_id
        found = self._ask("asking for its version", lambda sdk: sdk.versions.get())
        return str(getattr(found, "release", ""))

    @property
    def user_id(self) -> int:
        """Id of the account our key belongs to: what it wrote, we wrote."""
        if self._user is None:
            found = self._ask("asking who we are", lambda sdk: sdk.users.whoami())
            number = getattr(found, "id", None)
            if number is None:
                raise StudioFailingError(f"{self._url} is no Label Studio: it does not say who we are")
            self._user = int(number)
        return self._user

    def clock(self) -> datetime:
        """The time by the server's clock, to the second."""
        reply = self._ask("asking for its time", lambda sdk: sdk.versions.with_raw_response.get())
        try:
            return parsedate_to_datetime(reply.headers["date"])
        except (AttributeError, KeyError, ValueError):
            raise StudioFailingError(f"{self._url} does not tell its time") from None

    def projects(self, title: str = "") -> dict[int, tuple[str, str]]:
        """Title and description of all projects by id; with ``title``, of those whose title contains it."""
        options = {"include": "id,title,description", "page_size": _PROJECTS, "title": title or None}
        found: dict[int, tuple[str, str]] = {}
        for page in range(1, 1000):
            # Page by page: the SDK's iterator asks for pages until it is answered 404.
            rows = self._ask(
                "listing projects",
                lambda sdk: sdk.projects.list(page=page, **options).items,  # noqa: B023 - called at once
            )
            found.update((int(one.id), (str(one.title), str(one.description or ""))) for one in rows or [])
            if len(rows or []) < _PROJECTS:
                break
        return found

    def project_settings(self, project_id: int) -> dict[str, Any] | None:
        """Everything Label Studio says of a project; ``None`` when it has no such project."""
        found = self._ask("reading a project", lambda sdk: sdk.projects.get(project_id))
        return None if found is None else dict(found.dict())

    def find_project(self, title: str) -> int | None:
        """Id of the project with this title; the oldest when there are several."""
        return min(
            (number for number, (its, _) in self.projects(title).items() if its == title), default=None
        )

    def create_project(self, **settings: Any) -> int:
        """Make a project; returns its id."""
        made = self._ask(
            "making a project", lambda sdk: sdk.projects.create(**settings, request_options=_ONCE)
        )
        return int(_there(made, "making a project").id)

    def update_project(self, project_id: int, **settings: Any) -> None:
        """Change a project's settings."""
        self._ask("changing a project", lambda sdk: sdk.projects.update(project_id, **settings))

    def delete_project(self, project_id: int) -> None:
        """Delete a project; one that is gone already is fine."""
        self._ask("deleting a project", lambda sdk: sdk.projects.delete(project_id))

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
        hooks = self._ask(what, lambda sdk: sdk.webhooks.list(project=str(project_id))) or []
        ours = [hook for hook in hooks if urlsplit(hook.url).path == path]
        for surplus in ours[1:]:
            self._ask(what, lambda sdk: sdk.webhooks.delete(surplus.id))  # noqa: B023 - called at once
        if not ours:
            made = self._ask(
                what,
                lambda sdk: sdk.webhooks.create(project=project_id, **settings, request_options=_ONCE),
            )
            _there(made, what)
        elif any(getattr(ours[0], name) != value for name, value in settings.items() if name != "actions"):
            self._ask(what, lambda sdk: sdk.webhooks.update(ours[0].id, **settings))

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
                condition(f"data.{KEY_FIELD}", "equal", "String", key)
                for key in keys[start : start + KEYS_PER_QUERY]
            ]
            query = task_query([] if many else conditions, "or")
            for task in self._list(project_id, query, include=fields):
                key = str(task["data"].get(KEY_FIELD, ""))
                if key in wanted:
                    found.setdefault(key, []).append((not task.get("total_annotations"), int(task["id"])))
        return {key: [number for _, number in sorted(ids)] for key, ids in found.items()}

    def delete_task(self, task_id: int) -> None:
        """Delete a task; one that is gone already is fine."""
        self._ask("deleting a task", lambda sdk: sdk.tasks.delete(str(task_id)))

    def change_task(self, task_id: int, **fields: Any) -> None:
        """Set ``data`` (whole), ``overlap``, ``is_labeled``; a task that is gone is left to the pull."""
        self._ask("changing a task", lambda sdk: sdk.tasks.update(str(task_id), **fields))

    def changed_tasks(self, project_id: int, since: datetime | None) -> Iterator[list[RemoteTask]]:
        """Tasks changed after ``since`` (all of them without), by id, with annotations, in pages.

        The next page is fetched while the caller works on one.
        """
        from concurrent.futures import ThreadPoolExecutor

        items = [] if since is None else [condition("updated_at", "greater", "Datetime", stamp(since))]

        def page(after: int) -> list[dict[str, Any]]:
            # Pages are cut by id, not counted: a task deleted meanwhile moves none to a page already read.
            wanted = [*items, condition("id", "greater", "Number", after)]
            query = task_query(wanted, "and", ["tasks:id"])
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
        options = {
            "project": project_id,
            "query": task_query([condition("id", "equal", "Number", task_id)], "and"),
            "fields": "all",
            "include": _WHOLE,
            "resolve_uri": False,
        }
        found = self._ask("reading a task", lambda sdk: sdk.tasks.list(**options).items) or []
        return next((_remote_task(task.dict()) for task in found), None)

    def create_annotation(self, task_id: int, body: Mapping[str, Any]) -> None:
        """Put an annotation on a task in the name of ``completed_by``."""
        made = self._ask(
            "writing an annotation",
            lambda sdk: sdk.annotations.create(task_id, **body, request_options=_ONCE),
        )
        _there(made, "writing an annotation")

    def change_annotation(self, annotation_id: int, body: Mapping[str, Any]) -> None:
        """Overwrite an annotation; one that is gone is left to the pull."""
        self._ask("changing an annotation", lambda sdk: sdk.annotations.update(annotation_id, **body))

    def delete_annotation(self, annotation_id: int) -> None:
        """Delete an annotation; one that is gone already is fine."""
        self._ask("deleting an annotation", lambda sdk: sdk.annotations.delete(annotation_id))

    def users(self) -> dict[int, str]:
        """Addresses of all users by id."""
        found = self._ask("listing users", lambda sdk: sdk.users.list()) or []
        return {int(user.id): str(user.email) for user in found}

    def find_user(self, email: str) -> int | None:
        """Id of the user with this address."""
        users = self.users().items()
        return next((number for number, its in users if its.casefold() == email.casefold()), None)

    def create_user(self, email: str, password: str) -> int:
        """Make a user of our organisation who can log in with ``password``; returns the id.

        The call of its API that makes users drops the password, so this goes through the invitation form.
        """
        import httpx

        what = "asking for an invitation"
        invitation = self._ask(what, lambda sdk: sdk.organizations.invites.get_invite_link())
        address = f"/user/signup/?token={_there(invitation, what).token}"
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


def _there(found: Any, what: str) -> Any:
    """What is found, which has to be there."""
    if found is None:
        raise StudioError(f"Label Studio refused {what} (404)", 404)
    return found


def _remote_task(task: Mapping[str, Any]) -> RemoteTask:
    data, changed = task.get("data") or {}, task.get("updated_at")
    return RemoteTask(
        id=int(task["id"]),
        key=str(data.get(KEY_FIELD, "")),
        annotations=list(task.get("annotations") or []),
        data=data,
        overlap=task.get("overlap"),
        updated_at=changed if isinstance(changed, datetime | None) else datetime.fromisoformat(changed),
    )
