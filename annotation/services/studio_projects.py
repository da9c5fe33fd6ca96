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
from annotation.models import Nation, ProjectKind, ReviewStatus, StudioProject
from annotation.services.reviews import votes_needed
from annotation.services.studio_servers import studio_server

SECRET_HEADER = "X-Navab-Secret"  # noqa: S105 - its name


def project_title(nation: Nation, kind: ProjectKind) -> str:
    """The title a project is found again by; never changes."""
    return f"NaVAB {nation.code} {kind}"


def ensure_project(nation: Nation, kind: ProjectKind, *, client: StudioClient) -> StudioProject:
    """The project of a nation and kind, made or brought up to date where it has to be, with its hook.

    When it was deleted in Label Studio a new one is made and the reviews it held are queued again.
    """
    config = labelling_config(Screen(kind), nation.main_language)
    remote = {
        "title": project_title(nation, kind),
        "description": words(nation.main_language)[f"{kind}.project"],
        "label_config": config,
        "maximum_annotations": votes_needed(nation.code, kind),
        "sampling": "Uncertainty sampling",
        "show_skip_button": True,
        "enable_empty_annotation": False,
        "show_collab_predictions": True,
        "model_version": MODEL_VERSION,
    }
    digest = sha256(repr(sorted(remote.items())).encode()).hexdigest()
    row = StudioProject.objects.filter(nation=nation, kind=kind).first()
    title = str(remote["title"])
    is_known = row is not None and client.has_project(row.remote_id, title)
    remote_id = row.remote_id if row is not None and is_known else client.find_project(title)
    if remote_id is None:
        remote_id = client.create_project(**remote)
    elif row is None or row.config_digest != digest or row.remote_id != remote_id:
        client.update_project(remote_id, **remote)
    client.ensure_hook(
        remote_id,
        settings.NAVAB_PUBLIC_URL + reverse("annotation:label_studio_webhook"),
        {SECRET_HEADER: settings.LABEL_STUDIO_WEBHOOK_SECRET},
    )
    return _record(row, nation, kind, {"remote_id": remote_id, "title": title, "config_digest": digest})


@transaction.atomic
def _record(
    row: StudioProject | None, nation: Nation, kind: ProjectKind, fields: dict[str, Any]
) -> StudioProject:
    if row is None:
        server = studio_server(nation.pk)
        return StudioProject.objects.create(server=server, nation=nation, kind=kind, **fields)
    if row.remote_id != fields["remote_id"]:
        row.reviews.filter(status=ReviewStatus.PUSHED).update(status=ReviewStatus.QUEUED, remote_task_id=None)
        row.pulled_until = None
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()
    return row
