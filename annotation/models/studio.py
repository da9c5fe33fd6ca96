"""Label Studio as we know it: its servers, our projects there, people's accounts, and what went wrong."""

from __future__ import annotations

from enum import StrEnum
from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from annotation.models.base import NationQuerySet, choices_of, value_in
from annotation.models.nation import Nation
from annotation.models.person import Person


class ServerState(StrEnum):
    """How a server was when we last turned to it."""

    UNKNOWN = "unknown"
    WELL = "well"
    SLOW = "slow"
    FAILING = "failing"  # answers with errors
    DOWN = "down"
    LOST = "lost"  # empty or another one: its disk is gone
    RESTORED = "restored"  # from a backup older than what we had seen


class StudioServer(models.Model):
    """A Label Studio. The one without a name serves all nations that have none of their own."""

    nation_path = "name"

    name = models.CharField(
        max_length=2, unique=True, blank=True, help_text="Nation it is for; empty: all that have no own."
    )
    installation = models.UUIDField(default=uuid4, help_text="Written into the server, to know it again.")
    beat = models.PositiveBigIntegerField(
        default=0, help_text="Counter written into the server; an older one comes back with a backup."
    )
    state = models.CharField(max_length=10, choices=choices_of(ServerState), default=ServerState.UNKNOWN)
    state_since = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    fully_pulled_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    objects = NationQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=value_in("state", ServerState), name="studio_server_state_known")
        ]

    def __str__(self) -> str:
        return f"Label Studio of {self.name}" if self.name else "Label Studio"


class ProjectKind(StrEnum):
    """The four kinds of Label Studio project, one each per nation."""

    SCREENING = "screening"
    STATEMENT = "statement"
    CONFLICT = "conflict"
    TRIPLE = "triple"


class StudioProject(models.Model):
    """A Label Studio project of ours."""

    server = models.ForeignKey(StudioServer, models.PROTECT, related_name="projects")
    nation = models.ForeignKey(Nation, models.PROTECT, related_name="studio_projects")
    kind = models.CharField(max_length=10, choices=choices_of(ProjectKind))
    remote_id = models.PositiveBigIntegerField(help_text="Id inside Label Studio.")
    title = models.CharField(max_length=200)
    config_digest = models.CharField(max_length=64)
    pulled_until = models.DateTimeField(
        null=True, blank=True, help_text="Newest change already pulled, by Label Studio's clock."
    )

    objects = NationQuerySet.as_manager()

    class Meta:
        ordering = ["nation", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["nation", "kind"], name="studio_project_once"),
            models.UniqueConstraint(fields=["server", "remote_id"], name="studio_project_once_per_server"),
        ]

    def __str__(self) -> str:
        return self.title


class StudioAccount(models.Model):
    """A person's account in one installation of Label Studio, under a pseudonym. The newest is in use; votes
    by earlier ones still count as the person's."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="studio_accounts")
    server = models.ForeignKey(StudioServer, models.CASCADE, related_name="accounts")
    installation = models.UUIDField()
    remote_id = models.PositiveBigIntegerField(help_text="Id inside Label Studio.")
    address = models.CharField(max_length=200)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["server", "installation", "remote_id"], name="studio_account_once"
            ),
        ]

    def __str__(self) -> str:
        return self.address


class IncidentKind(StrEnum):
    """What may happen to a Label Studio, or behind our back in it."""

    SLOW = "slow"
    FAILING = "failing"
    DOWN = "down"
    LOST = "lost"
    RESTORED = "restored"
    PROJECT_GONE = "project_gone"
    PROJECT_CHANGED = "project_changed"
    TASK_GONE = "task_gone"
    TASK_CHANGED = "task_changed"
    TASK_FOREIGN = "task_foreign"
    VOTE_GONE = "vote_gone"
    VOTE_CHANGED = "vote_changed"  # by another than who gave it
    VOTE_FORGED = "vote_forged"  # in the name of another


class StudioIncident(models.Model):
    """Something found wrong in Label Studio, and what was done about it."""

    server = models.ForeignKey(StudioServer, models.CASCADE, related_name="incidents")
    nation = models.ForeignKey(Nation, models.PROTECT, null=True, blank=True, related_name="incidents")
    kind = models.CharField(max_length=20, choices=choices_of(IncidentKind))
    subject = models.CharField(
        max_length=100, blank=True, help_text="What it is about, for example task 12; once open per subject."
    )
    detail = models.TextField(blank=True)
    found_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolution = models.TextField(blank=True)

    objects = NationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["server", "kind", "subject"],
                condition=Q(resolved_at=None),
                name="studio_incident_open_once",
            ),
            models.CheckConstraint(
                condition=Q(resolved_at=None) | Q(resolved_at__gte=F("found_at")),
                name="studio_incident_resolved_after_found",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.subject}".strip()
