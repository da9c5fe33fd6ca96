"""Watching over a Label Studio: is it there, is it well, is it the one we know, and not an older one.

A project of ours that nobody works in carries who the server is and a counter that each visit raises.
Neither: its disk is gone. A counter lower than ours: it was restored from a backup.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from annotation.label_studio.client import StudioClient
from annotation.label_studio.errors import StudioError, StudioFailingError, StudioUnavailableError
from annotation.models import IncidentKind, ServerState, StudioServer
from annotation.services.studio.incidents import is_open, report, resolve
from annotation.services.studio.losses import forget_accounts, forget_everything, is_void

MARKER = "NaVAB (do not change)"
SLOW = 5.0  # seconds for the simplest of questions
_SALT = "annotation.studio_watch"
# Nobody labels in it: the smallest configuration there is.
_CONFIG = '<View><Text name="claim" value="$claim"/></View>'
_TROUBLES = [IncidentKind.DOWN, IncidentKind.FAILING, IncidentKind.SLOW]


@dataclass(frozen=True, slots=True)
class Health:
    """What a visit found. ``needs_full``: all is to be read; ``is_older``: what is missing is put back."""

    state: ServerState
    needs_full: bool = False
    is_older: bool = False


def check_server(server: StudioServer, client: StudioClient) -> Health:
    """See how a server is, write it down, and treat a lost or restored one.

    Raises :class:`StudioError` when it does not answer or fails; that is written down too.
    """
    with watched(server):
        started = time.monotonic()
        client.check()
        seconds = time.monotonic() - started
        health = _recognise(server, client)
    _answered(server, seconds)
    return Health(ServerState(server.state), health.needs_full, health.is_older)


@contextmanager
def watched(server: StudioServer) -> Iterator[None]:
    """Write down that a server is away or fails when a call in the block says so."""
    try:
        yield
    except (StudioUnavailableError, StudioFailingError) as error:
        note_trouble(server, error)
        raise


def note_trouble(server: StudioServer, error: StudioError) -> None:
    """The server is away, or fails."""
    is_failing = isinstance(error, StudioFailingError)
    state = ServerState.FAILING if is_failing else ServerState.DOWN
    _set_state(server, state, str(error), answered=is_failing)
    report(server, IncidentKind(state), detail=str(error))


def _answered(server: StudioServer, seconds: float) -> None:
    slow = seconds > SLOW
    resolve(server, _TROUBLES[: 2 if slow else 3], "It answers again.")
    error = f"It took {seconds:.0f} s to say who it is." if slow else ""
    if slow:
        report(server, IncidentKind.SLOW, detail=error)
    state = ServerState.SLOW if slow else ServerState.WELL
    for kind in (IncidentKind.LOST, IncidentKind.RESTORED):
        if is_open(server, kind):
            state = ServerState(kind)
    _set_state(server, state, error, answered=True)


def settle_state(server: StudioServer, kind: IncidentKind, resolution: str) -> None:
    """What was lost or restored has been put right."""
    if resolve(server, [kind], resolution):
        _set_state(server, ServerState.WELL, "", answered=True)


def _set_state(server: StudioServer, state: ServerState, error: str, *, answered: bool) -> None:
    now = timezone.now()
    if server.state != state or server.state_since is None:
        server.state, server.state_since = state, now
    server.checked_at, server.error = now, error
    if answered:
        server.answered_at = now
    server.save(update_fields=["state", "state_since", "checked_at", "answered_at", "error"])


def _recognise(server: StudioServer, client: StudioClient) -> Health:
    server.refresh_from_db()
    projects = client.projects()
    markers = sorted(number for number, (title, _) in projects.items() if title == MARKER)
    known = [row for row in server.projects.all() if not is_void(row)]
    ours = [row for row in known if projects.get(row.remote_id, ("",))[0] == row.title]
    mark = _read_mark(projects[markers[0]][1]) if markers else None
    is_new = server.beat == 0 and not server.projects.exists()
    health = Health(ServerState.WELL, is_older=is_open(server, IncidentKind.RESTORED))
    beat = server.beat
    if mark is not None and is_new:
        # Ours is the database that is new: this server knows us already.
        server.installation, beat = mark[0], mark[1]
    elif mark is not None and mark[0] != server.installation:
        health = _lost(server, f"It is another Label Studio: it says that it is {mark[0]}.")
    elif mark is not None and mark[1] < beat:
        health = _restored(server, client, f"Its counter stands at {mark[1]}, ours at {beat}.")
    elif mark is not None:
        health = Health(ServerState.WELL, mark[1] > beat + 1, health.is_older)
        beat = max(beat, mark[1])
    elif ours:
        if beat:
            report(
                server,
                IncidentKind.PROJECT_GONE,
                f"project {MARKER}",
                "The project that tells this Label Studio from others was deleted or changed.",
                resolution="It was made anew, and everything was read again.",
            )
        health = Health(ServerState.WELL, True, health.is_older)
    elif not is_new:
        health = _lost(server, "It has none of our projects: it is empty or another one.")
    _write_mark(server, client, markers[0] if markers else None, beat + 1)
    for surplus in markers[1:]:
        client.delete_project(surplus)
    return Health(health.state, health.needs_full or health.is_older, health.is_older)


def _write_mark(server: StudioServer, client: StudioClient, project_id: int | None, beat: int) -> None:
    """First there, then here: killed in between, theirs is one ahead, which is no restore."""
    content = {"installation": str(server.installation), "beat": beat}
    description = json.dumps({**content, "seal": _seal(content)})
    if project_id is None:
        client.create_project(title=MARKER, label_config=_CONFIG, description=description)
    else:
        client.update_project(project_id, description=description)
    server.beat = beat
    server.save(update_fields=["installation", "beat"])


def _read_mark(description: str) -> tuple[UUID, int] | None:
    """Installation and counter; ``None`` for what we have not written so."""
    try:
        found = json.loads(description)
        content = {"installation": str(UUID(found["installation"])), "beat": int(found["beat"])}
        is_ours = constant_time_compare(str(found["seal"]), _seal(content))
    except (ValueError, KeyError, TypeError):
        return None
    return (UUID(content["installation"]), int(content["beat"])) if is_ours else None


def _seal(content: dict[str, Any]) -> str:
    return salted_hmac(_SALT, json.dumps(content, sort_keys=True), algorithm="sha256").hexdigest()


@transaction.atomic
def _lost(server: StudioServer, why: str) -> Health:
    counts = forget_everything(server)
    report(
        server,
        IncidentKind.LOST,
        detail=f"{why} {counts.tasks} open tasks are made anew, with the votes given; "
        f"{counts.votes} votes still count.",
    )
    return Health(ServerState.LOST)


def _restored(server: StudioServer, client: StudioClient, why: str) -> Health:
    gone = forget_accounts(server, client.users())
    report(
        server,
        IncidentKind.RESTORED,
        detail=f"It was restored from an older backup. {why} {gone} accounts made since are made anew; "
        "tasks and votes it has lost are put back.",
    )
    return Health(ServerState.RESTORED, needs_full=True, is_older=True)
