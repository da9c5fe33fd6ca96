"""What a person may see beyond the nations the person works for."""

from __future__ import annotations

from typing import Any


def sees_all_votes(user: Any) -> bool:
    """Whether a person sees others' votes. Who judges must not know how others did."""
    return user.has_perm("annotation.view_review")
