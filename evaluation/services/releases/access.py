"""What a person may do with a release that spans nations."""

from __future__ import annotations

from typing import Any

from annotation.models.person import nations_of
from evaluation.models import Release


def sees_private(user: Any) -> bool:
    """Whether items that are held back, and answers to them, are this person's to see: superusers and
    operators, who keep the server itself."""
    return nations_of(user) is None


def works_for_all_of(user: Any, release: Release) -> bool:
    """Whether a person works for every nation a release has items of."""
    nations = nations_of(user)
    return nations is None or not release.items.exclude(nation__in=nations).exists()
