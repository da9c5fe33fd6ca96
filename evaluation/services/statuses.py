"""The one writer of a release's status."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from annotation.lifecycle import IllegalMoveError, ReleaseStatus, check_move
from evaluation.models import Release, ReleaseEvent


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


def withdraw_release(*, release: Release, reason: str, actor: Any) -> None:
    """Withdraw a frozen release: its folder and items stay, marked as no longer to be used."""
    move_release(release, ReleaseStatus.WITHDRAWN, actor=actor, note=reason)
