"""Annotators' accounts in Label Studio."""

from __future__ import annotations

import secrets
from typing import Any

from annotation.label_studio.client import StudioClient
from annotation.models import Person
from annotation.models.person import ANNOTATOR

_NO_MAIL = "navab.invalid"  # reserved: no mail can ever go there


def studio_address(user: Any) -> str:
    """The address a user has in Label Studio: the user name where that is one."""
    name = str(user.username)
    return (name if "@" in name else f"{name}@{_NO_MAIL}").lower()


def ensure_studio_user(user: Any, *, client: StudioClient, password: str = "") -> int:
    """The user's id in Label Studio; the account is made when there is none, and kept in ``Person``.

    Without ``password`` the account gets a random one nobody knows. An existing account keeps its own.
    """
    person, _ = Person.objects.get_or_create(user=user)
    address = studio_address(user)
    studio_id = client.find_user(address)
    if studio_id is None:
        studio_id = client.create_user(
            address,
            password or secrets.token_urlsafe(24),
            first_name=user.first_name,
            last_name=user.last_name,
        )
    if person.studio_user_id != studio_id:
        # Ids begin anew in a new Label Studio: whoever had this one there is not this person.
        Person.objects.filter(studio_user_id=studio_id).update(studio_user_id=None)
        Person.objects.filter(pk=person.pk).update(studio_user_id=studio_id)
    return studio_id


def ensure_studio_users(client: StudioClient) -> int:
    """Accounts for all active annotators that have none known; returns how many there were."""
    without = Person.objects.filter(
        user__is_active=True, user__groups__name=ANNOTATOR, studio_user_id=None
    ).select_related("user")
    people = list(without)
    for person in people:
        ensure_studio_user(person.user, client=client)
    return len(people)
