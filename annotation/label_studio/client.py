"""The one place that speaks to Label Studio: what we ask of it, in our words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from annotation.label_studio.tasks import KEY_FIELD

PAGE = 200
KEYS_PER_QUERY = 40  # the filter travels in the address
HOOK_ACTIONS = ("ANNOTATION_CREATED", "ANNOTATION_UPDATED", "ANNOTATIONS_DELETED")


class StudioError(RuntimeError):
    """Label Studio refused or did not understand a call."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class StudioUnavailableError(StudioError):
    """Label Studio cannot be reached, or does not know our key."""


@dataclass(frozen=True, slots=True)
class RemoteTask:
    """A task as Label Studio holds it, annotations as raw JSON."""

    id: int
    key: str
    annotations: list[Mapping[str, Any]] = field(default_factory=list)


class StudioClient:
    """A connection to one Label Studio by an administrator's token. ``timeout`` in seconds a call."""

    def __init__(self, url: str, api_key: str, *, timeout: float = 60.0) -> None:
        self._url, self._api_key, self._timeout = url, api_key, timeout
        self._made: Any = None

    @property
    def _sdk(self) -> Any:
        if self._made is None:
            import httpx
            from label_studio_sdk import LabelStudio

            # Straight to the server whatever proxy the environment names.
            http = httpx.Client(timeout=self._timeout, follow_redirects=True, trust_env=False)
            self._made = LabelStudio(
                base_url=self._url, api_key=self._api_key, httpx_client=http, timeout=self._timeout
            )
        return self._made

    def check(self) -> str:
        """The server's version. Raises :class:`StudioUnavailableError` when it or our key does not work."""
        with _calls("asking for its version", self._url):
            self._sdk.users.whoami()
            return str(self._sdk.versions.get().release)

    def clock(self) -> datetime:
        """The time by the server's clock, to the second."""
        with _calls("asking for its time", self._url):
            return parsedate_to_datetime(self._sdk.versions.with_raw_response.get().headers["date"])

    def find_project(self, title: str) -> int | None:
        """Id of the project with this title; the oldest when there are several."""
        with _calls("looking for a project", self._url):
            found = self._sdk.projects.list(title=title, include="id,title", page_size=100)
            return min((project.id for project in found if project.title == title), default=None)

    def has_project(self, project_id: int, title: str) -> bool:
        """Whether there is a project of this id, and it is the one of this title."""
        try:
            with _calls("reading a project", self._url):
                return bool(self._sdk.projects.get(project_id).title == title)
        except StudioError as error:
            if error.status == 404:
                return False
            raise

    def create_project(self, **settings: Any) -> int:
        """Make a project; returns its id."""
        with _calls("making a project", self._url):
            return int(self._sdk.projects.create(**settings).id)

    def update_project(self, project_id: int, **settings: Any) -> None:
        """Change a project's settings."""
        with _calls("changing a project", self._url):
            self._sdk.projects.update(project_id, **settings)

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
        with _calls("registering a hook", self._url):
            path = urlsplit(url).path
            hooks = self._sdk.webhooks.list(project=project_id)
            ours = [hook for hook in hooks if urlsplit(hook.url).path == path]
            for surplus in ours[1:]:
                self._sdk.webhooks.delete(surplus.id)
            if not ours:
                self._sdk.webhooks.create(project=project_id, **settings)
            elif (ours[0].url, dict(ours[0].headers or {})) != (url, dict(headers)) or not ours[0].is_active:
                self._sdk.webhooks.update(ours[0].id, **settings)

    def import_tasks(self, project_id: int, tasks: Sequence[Mapping[str, Any]]) -> list[int]:
        """Make tasks; returns their ids in the same order. All or none."""
        with _calls("importing tasks", self._url):
            reply = self._sdk.projects.import_tasks(
                project_id, request=list(tasks), return_task_ids=True, request_options=_no_retry()
            )
        ids = [int(number) for number in reply.task_ids]
        if len(ids) != len(tasks):
            raise StudioError(f"Label Studio made {len(ids)} tasks of the {len(tasks)} it was given")
        return ids

    def tasks_with_keys(self, project_id: int, keys: Sequence[str]) -> dict[str, list[int]]:
        """Ids, oldest first, of tasks that carry one of our keys."""
        found: dict[str, list[int]] = {}
        for start in range(0, len(keys), KEYS_PER_QUERY):
            conditions = [
                _condition(f"data.{KEY_FIELD}", "equal", "String", key)
                for key in keys[start : start + KEYS_PER_QUERY]
            ]
            for task in self._list(project_id, conditions, "or", include="id,data"):
                found.setdefault(str(task.data.get(KEY_FIELD, "")), []).append(int(task.id))
        return {key: sorted(ids) for key, ids in found.items()}

    def delete_task(self, task_id: int) -> None:
        """Delete a task; one that is gone already is fine."""
        try:
            with _calls("deleting a task", self._url):
                self._sdk.tasks.delete(str(task_id))
        except StudioError as error:
            if error.status != 404:
                raise

    def changed_tasks(self, project_id: int, since: datetime | None) -> Iterator[RemoteTask]:
        """Tasks changed after ``since`` (all of them without), by id, with annotations."""
        moment = (since or datetime(2000, 1, 1, tzinfo=UTC)).astimezone(UTC)
        after = _condition("updated_at", "greater", "Datetime", moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
        # By id, which no change moves: a page never loses a task to the one before it.
        for task in self._list(project_id, [after], "and", fields="all", ordering=["tasks:id"]):
            yield _remote_task(task)

    def task(self, project_id: int, task_id: int) -> RemoteTask | None:
        """One task of a project with its annotations; ``None`` when it has no such task."""
        found = self._list(project_id, [_condition("id", "equal", "Number", task_id)], "and", fields="all")
        return next((_remote_task(task) for task in found), None)

    def find_user(self, email: str) -> int | None:
        """Id of the user with this address."""
        with _calls("looking for a user", self._url):
            found = (user for user in self._sdk.users.list() if user.email.casefold() == email.casefold())
            return next((int(user.id) for user in found), None)

    def create_user(self, email: str, password: str, *, first_name: str = "", last_name: str = "") -> int:
        """Make a user of our organisation who can log in with ``password``; returns the id.

        The call of its API that makes users drops the password, so this goes through the invitation form.
        """
        import httpx

        with (
            _calls("making a user", self._url),
            httpx.Client(base_url=self._url, timeout=self._timeout, trust_env=False) as form,
        ):
            address = f"/user/signup/?token={self._sdk.organizations.invites.get_invite_link().token}"
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
        if first_name or last_name:
            with _calls("naming a user", self._url):
                self._sdk.users.update(made, first_name=first_name, last_name=last_name)
        return made

    def _list(self, project_id: int, items: list[Any], conjunction: str, **options: Any) -> Iterator[Any]:
        query = {"filters": {"conjunction": conjunction, "items": items}}
        if "ordering" in options:
            query["ordering"] = options.pop("ordering")
        with _calls("listing tasks", self._url):
            yield from self._sdk.tasks.list(
                project=project_id, query=json.dumps(query), page_size=PAGE, **options
            )


def prediction_problems(config: str, task: Mapping[str, Any]) -> list[str]:
    """What is wrong with a task's predictions against a labelling configuration; nothing when all is well."""
    from label_studio_sdk.label_interface import LabelInterface

    interface = LabelInterface(config)
    return [
        str(problem)
        for prediction in task["predictions"]
        for problem in interface.validate_prediction(prediction, return_errors=True)
    ]


def _remote_task(task: Any) -> RemoteTask:
    return RemoteTask(
        id=int(task.id),
        key=str((task.data or {}).get(KEY_FIELD, "")),
        annotations=[_plain(annotation) for annotation in task.annotations or []],
    )


def _condition(column: str, operator: str, kind: str, value: str | int) -> dict[str, str | int]:
    return {"filter": f"filter:tasks:{column}", "operator": operator, "type": kind, "value": value}


def _plain(annotation: Any) -> Mapping[str, Any]:
    plain: Mapping[str, Any] = annotation if isinstance(annotation, Mapping) else annotation.dict()
    return plain


def _no_retry() -> dict[str, int]:
    """An import that timed out may have happened: trying it again would double it."""
    return {"max_retries": 0}


@contextmanager
def _calls(what: str, url: str) -> Iterator[None]:
    """Turn the SDK's and the network's errors into ours, with what was being done."""
    import httpx
    from label_studio_sdk.core.api_error import ApiError

    try:
        yield
    except ApiError as error:
        if error.status_code in (401, 403):
            raise StudioUnavailableError(
                f"Label Studio at {url} does not accept LABEL_STUDIO_API_KEY ({error.status_code})",
                error.status_code,
            ) from None
        raise StudioError(
            f"Label Studio refused {what} ({error.status_code}): {str(error.body)[:500]}", error.status_code
        ) from None
    except httpx.HTTPError as error:
        raise StudioUnavailableError(
            f"Label Studio at {url} did not answer while {what} ({type(error).__name__}: {error}). "
            "Is it running, and is LABEL_STUDIO_URL its address?"
        ) from None
