"""Erasure: a person leaves, and what we know of the person goes; the votes stay under the pseudonym."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from annotation.models import Decision, Event, Inquiry, Person, Vote, VoteRevision


@transaction.atomic
def erase_person(person: Person) -> str:
    """Forget who a person is; returns the name left, which says nothing.

    Gone are login, names, address, password, sessions, demographics, nations and everything the person wrote
    freely (notes, inquiries). Kept are labels and corrected texts, which belong to the record.
    """
    user = person.user
    old, name = str(user), f"erased-{person.pseudonym}"
    Vote.objects.filter(annotator=user).exclude(note="").update(note="")
    VoteRevision.objects.filter(vote__annotator=user).exclude(note="").update(note="")
    Inquiry.objects.filter(asked_by=user).update(text="(erased)")
    Decision.objects.filter(decided_by=user, judge=old).update(judge=name)
    for rows in (Event.objects.filter(actor=user), Event.objects.filter(actor_name=old)):
        rows.update(actor_name=name)
    user.username, user.email, user.first_name, user.last_name = name, "", "", ""
    user.is_active = user.is_staff = user.is_superuser = False
    user.set_unusable_password()
    user.last_login = None
    user.save()
    user.groups.clear()
    user.user_permissions.clear()
    person.nations.clear()
    person.demographics, person.language = {}, ""
    person.erased_at = timezone.now()
    person.save()
    _end_sessions(user)
    return name


def _end_sessions(user: Any) -> None:
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator(500):
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()
