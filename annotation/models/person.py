"""People: which nations a user works for, and what Label Studio knows the user as."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.db import models

from annotation.models.nation import Nation

CURATOR, ANNOTATOR, RESEARCHER, OPERATOR = GROUPS = ("curator", "annotator", "researcher", "operator")


def new_pseudonym() -> str:
    """A name that says nothing."""
    return secrets.token_hex(6)


class Person(models.Model):
    """A user's place in the project. No nation means no rows, except for operators and superusers."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="person")
    nations = models.ManyToManyField(Nation, blank=True, related_name="people")
    language = models.CharField(max_length=3, blank=True, help_text="Of the pages this person sees.")
    pseudonym = models.CharField(
        max_length=16, unique=True, default=new_pseudonym, editable=False, help_text="Name in Label Studio."
    )
    demographics = models.JSONField(
        default=dict, blank=True, help_text="What the person chose to tell; every part is optional."
    )
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["user"]
        verbose_name_plural = "people"

    def __str__(self) -> str:
        return str(self.user)


def nations_of(user: Any) -> list[str] | None:
    """Codes of the nations a user may see; ``None`` means all of them."""
    if not getattr(user, "is_active", False):
        return []
    if user.is_superuser or user.groups.filter(name=OPERATOR).exists():
        return None
    return list(Nation.objects.filter(people__user=user).values_list("code", flat=True))
