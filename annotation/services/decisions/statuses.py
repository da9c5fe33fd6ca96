"""The one writer of statuses: checks the table of moves, updates conditionally, appends an event."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

from django.db import transaction

from annotation.lifecycle import (
    DecisionStatus,
    IllegalMoveError,
    StatementStatus,
    check_move,
)
from annotation.models import Decision, Event, Statement

_BATCH = 500
_STATUS_OF: dict[type, type[StrEnum]] = {Statement: StatementStatus, Decision: DecisionStatus}


def move(
    row: Statement | Decision, new: StrEnum, *, actor: Any = None, actor_name: str = "", note: str = ""
) -> None:
    """Move one row's status. Raises :class:`IllegalMoveError` when the table forbids it or the row moved."""
    move_many([row], new, actor=actor, actor_name=actor_name, note=note)


def move_many(
    rows: Iterable[Statement] | Iterable[Decision],
    new: StrEnum,
    *,
    actor: Any = None,
    actor_name: str = "",
    note: str = "",
) -> int:
    """Move rows of one table to ``new``, all or none; returns how many. Rows already there are left alone."""
    by_old: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        if row.status != new:
            by_old[row.status].append(row)
    name = actor_name or (str(actor) if actor is not None else "")
    if not name:
        raise ValueError("a status moves only with an actor")
    moved = 0
    with transaction.atomic():
        for old, group in by_old.items():
            model = type(group[0])
            check_move(_STATUS_OF[model](old), new)
            for start in range(0, len(group), _BATCH):
                moved += _move_batch(model, group[start : start + _BATCH], old, new, actor, name, note)
    return moved


def _move_batch(
    model: Any, batch: Sequence[Any], old: str, new: StrEnum, actor: Any, name: str, note: str
) -> int:
    subject = model._meta.model_name
    changed = model.objects.filter(pk__in=[row.pk for row in batch], status=old).update(status=new)
    if changed != len(batch):
        raise IllegalMoveError(
            f"{len(batch) - changed} of {len(batch)} {subject} rows were no longer {old}; nothing was moved."
        )
    Event.objects.bulk_create(
        Event(
            nation_id=row.nation_id,
            old=old,
            new=new,
            actor=actor,
            actor_name=name,
            note=note,
            **{f"{subject}_id": row.pk},
        )
        for row in batch
    )
    for row in batch:
        row.status = str(new)
    return changed
