"""Our projects in Label Studio: one per nation and kind, made once and kept equal to our screens."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from annotation.label_studio.client import StudioClient
from annotation.label_studio.configs import Screen, labelling_config, words
from annotation.label_studio.tasks import MODEL_VERSION
from annotation.models import IncidentKind, Nation, ProjectKind, Review, StudioProject, StudioServer
from annotation.services.reviews.queue import votes_needed
from annotation.services.studio.incidents import report
from annotation.services.studio.losses import forget_tasks, is_void, void_project
from annotation.services.studio.servers import studio_server

SECRET_HEADER = "X-Navab-Secret"  # noqa: S105 - its name


def project_title(nation: Nation, kind: ProjectKind) -> str:
    """The title a project is found again by; never changes."""
    return f"NaVAB {nation.code} {kind}"


def project_settings(nation: Nation, kind: ProjectKind) -> dict[str, Any]:
    """Everything we set of a project."""
    return {
        "title": project_title(nation, kind),
        "description": words(nation.main_language)[f"{kind}.project"],
        "label_config": labelling_config(Screen(kind), nation.main_language),
        "maximum_annotations": votes_needed(nation.code, kind),
        "sampling": "Uncertainty sampling",
        "show_skip_button": True,
        "enable_empty_annotation": False,
        "show_collab_predictions": True,
        "model_version": MODEL_VERSION,
    }


def hook_address(server: StudioServer) -> str:
    """Where a server announces votes to."""
    if server.name:
        path = reverse("annotation:label_studio_webhook_of", args=[server.name])
    else:
        path = reverse("annotation:label_studio_webhook")
    return str(settings.NAVAB_PUBLIC_URL) + path


def ensure_project(
    nation: Nation, kind: ProjectKind, *, client: StudioClient, server: StudioServer | None = None
) -> StudioProject:
    """The project of a nation and kind, made or brought up to date where it has to be, with its hook.

    When it was deleted in Label Studio a new one is made and the reviews it held are queued again.
    """
    server = server or studio_server(nation.pk)
    wanted = project_settings(nation, kind)
    digest = _digest(wanted)
    row = StudioProject.objects.filter(nation=nation, kind=kind).first()
    there = None if row is None or is_void(row) else client.project_settings(row.remote_id)
    if row is not None and there is not None and there.get("title") == row.title and row.server == server:
        remote_id: int | None = row.remote_id
    else:
        remote_id, there = client.find_project(str(wanted["title"])), None
    if remote_id is None:
        remote_id = client.create_project(**wanted)
    elif there is None or row is None or differences(wanted, there):
        client.update_project(remote_id, **wanted)
    client.ensure_hook(remote_id, hook_address(server), {SECRET_HEADER: settings.LABEL_STUDIO_WEBHOOK_SECRET})
    overlap = int(wanted["maximum_annotations"])
    return _record(
        row,
        nation,
        kind,
        {"server": server, "remote_id": remote_id, "title": wanted["title"], "config_digest": digest},
        overlap if there is None or there.get("maximum_annotations") != overlap else None,
    )


def differences(wanted: dict[str, Any], there: dict[str, Any]) -> list[str]:
    """Names of settings that are not as we set them. Label Studio trims what it is given."""
    return [name for name, value in wanted.items() if _trimmed(there.get(name)) != _trimmed(value)]


def inspect_project(project: StudioProject, client: StudioClient) -> dict[str, Any] | None:
    """What Label Studio says of a project of ours, put right where it was changed behind our back.

    ``None`` when it is gone: then its reviews are queued again.
    """
    there = client.project_settings(project.remote_id)
    subject = f"project {project.title}"
    if there is None or (there.get("title") != project.title and client.find_project(project.title)):
        again = void_project(project)
        report(
            project.server,
            IncidentKind.PROJECT_GONE,
            subject,
            f"The project was deleted in Label Studio, with {again} open tasks.",
            nation_id=project.nation_id,
            resolution="The next push makes it anew, with its open tasks and the votes given on them.",
        )
        return None
    wanted = project_settings(project.nation, ProjectKind(project.kind))
    changed = differences(wanted, there)
    # Where our own settings have moved on since they were sent, the next push sends them; nobody did wrong.
    if changed and _digest(wanted) == project.config_digest:
        client.update_project(project.remote_id, **wanted)
        if "maximum_annotations" in changed:
            Review.objects.filter(project=project).update(remote_overlap=wanted["maximum_annotations"])
        report(
            project.server,
            IncidentKind.PROJECT_CHANGED,
            subject,
            f"Changed in Label Studio: {', '.join(changed)}.",
            nation_id=project.nation_id,
            resolution="Changed back.",
        )
    return there


@transaction.atomic
def _record(
    row: StudioProject | None,
    nation: Nation,
    kind: ProjectKind,
    fields: dict[str, Any],
    overlap: int | None,
) -> StudioProject:
    """Write a project down. ``overlap``: what all its tasks have now, when that was set just now."""
    if row is None:
        return StudioProject.objects.create(nation=nation, kind=kind, **fields)
    if row.remote_id != fields["remote_id"] or row.server != fields["server"]:
        forget_tasks(row.reviews.all())
        row.pulled_until = None
    elif overlap is not None:
        row.reviews.filter(remote_task_id__isnull=False).update(remote_overlap=overlap)
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()
    return row


def _digest(wanted: dict[str, Any]) -> str:
    return sha256(repr(sorted(wanted.items())).encode()).hexdigest()


def _trimmed(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value
