"""The one writer of a release's status."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from annotation.lifecycle import IllegalMoveError, ReleaseStatus, check_move
from evaluation.models import Release, ReleaseEvent
from evaluation.publishing.files import CHECKSUMS, digest_of_folder
from evaluation.services.releases.disjoint import clashes_with_others

_SHOWN = 5


class UnverifiedError(ValueError):
    """A release may not go out: its folder is not what was written, or it shares with another release what
    they must not share. The message says what was found."""


@transaction.atomic
def move_release(
    release: Release,
    new: ReleaseStatus,
    *,
    actor: Any = None,
    actor_name: str = "",
    note: str = "",
    **changes: Any,
) -> None:
    """Move a release's status, with the fields that change with it, and append the event.

    Raises :class:`IllegalMoveError` when the table forbids the move or the row moved meanwhile.
    """
    name = actor_name or (str(actor) if actor is not None else "")
    if not name:
        raise ValueError("a status moves only with an actor")
    old = ReleaseStatus(release.status)
    check_move(old, new)
    if not Release.objects.filter(pk=release.pk, status=old).update(status=new, **changes):
        raise IllegalMoveError(f"release {release.name} was no longer {old}; nothing was moved")
    ReleaseEvent.objects.create(release=release, old=old, new=new, actor=actor, actor_name=name, note=note)
    release.refresh_from_db()


def publish_release(*, release: Release, actor: Any = None, actor_name: str = "") -> None:
    """Publish a candidate whose folder is, to the byte, what was written and verifies by itself, and that
    teaches nothing another release evaluates and tells nothing another holds back, nor the reverse.

    Raises :class:`UnverifiedError` with what was found otherwise.
    """
    from evaluation.publishing.verify import verify

    check_move(ReleaseStatus(release.status), ReleaseStatus.PUBLISHED)
    folder = Path(release.folder)
    digest = digest_of_folder(folder)
    if not digest:
        raise UnverifiedError(f"{folder} is not there: rebuild_release {release.label} writes it again.")
    if digest != release.digest:
        raise UnverifiedError(f"{folder / CHECKSUMS} is not the file that was written with {release.label}.")
    report = verify(folder)
    if not report.ok:
        shown = "; ".join(str(finding) for finding in report.findings[:_SHOWN])
        raise UnverifiedError(f"{folder} does not verify ({len(report.findings)} findings): {shown}")
    if clashes := clashes_with_others(release):
        raise UnverifiedError(
            f"{release.label} cannot stand beside releases that are out: {'; '.join(clashes)}. Make its next "
            "version: what is out binds it."
        )
    move_release(
        release,
        ReleaseStatus.PUBLISHED,
        actor=actor,
        actor_name=actor_name,
        note="folder verified",
        published_at=timezone.now(),
    )


def withdraw_release(*, release: Release, reason: str, actor: Any = None, actor_name: str = "") -> None:
    """Withdraw a built release: its folder and items stay, marked as no longer to be used. Raises
    ``ValueError`` without a reason."""
    if not reason.strip():
        raise ValueError("a release is withdrawn for a reason: say which")
    move_release(release, ReleaseStatus.WITHDRAWN, actor=actor, actor_name=actor_name, note=reason)
