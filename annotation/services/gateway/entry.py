"""Who may label what: role, nation, qualification."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.http import urlencode

from annotation.models import Nation, Person, StudioServer
from annotation.models.person import ANNOTATOR, CURATOR, nations_of
from annotation.models.qualification import qualification_of
from annotation.services.people.guidelines import has_read
from annotation.services.studio.servers import server_name


def enters(user: Any, nation_id: str) -> bool:
    """Whether a user has business with a nation's tasks: its annotators and curators, and superusers."""
    return nation_id in nations_entered(user)


def nations_entered(user: Any) -> list[str]:
    """Codes of the nations whose tasks a user has business with."""
    if not getattr(user, "is_active", False):
        return []
    if not user.is_superuser and not user.groups.filter(name__in=(ANNOTATOR, CURATOR)).exists():
        return []
    nations = nations_of(user)
    return list(Nation.objects.values_list("code", flat=True)) if nations is None else nations


def may_label(user: Any, nation_id: str, kind: str) -> str | None:
    """Where someone who enters has to go before labelling; ``None`` when the way is free.

    The one place for all conditions: the gateway asks it at every call.
    """
    if user.is_superuser or user.groups.filter(name=CURATOR).exists():
        return None
    person = Person.objects.filter(user=user).first()
    if person is None or qualification_of(person, nation_id) is None:
        return reverse("annotation:quiz", args=[nation_id])
    if kind and not has_read(person, kind):
        onward = urlencode({"next": reverse("annotation:label", args=[nation_id, kind])})
        return f"{reverse('annotation:guideline', args=[kind])}?{onward}"
    return None


def labels_on(user: Any, server: StudioServer) -> bool:
    """Whether a user may label anything on a server: then its scripts and styles are the user's to fetch."""
    return any(
        may_label(user, nation_id, "") is None
        for nation_id in nations_entered(user)
        if server_name(nation_id) == server.name
    )
