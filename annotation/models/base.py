"""What every table shares: choices from enums, access by nation."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Self

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models


def choices_of(enum: Iterable[StrEnum]) -> list[tuple[str, str]]:
    """Django choices ``(value, readable)`` of a closed vocabulary or a part of one."""
    return [(member.value, member.value.replace("_", " ")) for member in enum]


def value_in(field: str, enum: type[StrEnum]) -> models.Q:
    """Condition for a check constraint: ``field`` holds a member of ``enum``."""
    return models.Q(**{f"{field}__in": [member.value for member in enum]})


class NationQuerySet(models.QuerySet):
    """Rows that belong to a nation; ``nation_path`` on the model says how to reach it."""

    def for_user(self, user: AbstractBaseUser | AnonymousUser | Any) -> Self:
        """Rows this person may see: all for superusers and operators, else those of the person's nations."""
        from annotation.models.person import nations_of

        nations = nations_of(user)
        if nations is None:
            return self
        path = getattr(self.model, "nation_path", "nation")
        return self.filter(**{f"{path}__in": nations})
