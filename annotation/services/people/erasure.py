"""Erasure: a person leaves, and what we know of the person goes; the votes stay under the pseudonym."""

from __future__ import annotations

import re
from typing import Any

from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Concat, Substr
from django.utils import timezone

from annotation.models import Decision, Inquiry, Person, Qualification, Vote, VoteRevision
from annotation.models.event import StatusMove

ERASED = "(erased)"


@transaction.atomic
def erase_person(person: Person) -> str:
    """Forget who a person is; returns the name left, which says nothing.

    Gone are login, names, address, password, sessions, tokens, demographics, nations, everything the person
    wrote freely (notes, inquiries) and what was written about the person. Kept are labels and corrected
    texts, which belong to the record.
    """
    user = person.user
    old, name = str(user), f"erased-{person.pseudonym}"
    _forget_texts(person)
    _rename_in_record(user, old, name)
    _forget_login(user, name)
    person.nations.clear()
    person.studio_accounts.update(address=name)
    person.demographics, person.language = {}, ""
    person.erased_at = timezone.now()
    person.save()
    return name


def _forget_texts(person: Person) -> None:
    """What the person wrote, and what curators wrote to and about the person."""
    Vote.objects.filter(annotator=person.user).exclude(note="").update(note="")
    VoteRevision.objects.filter(vote__annotator=person.user).exclude(note="").update(note="")
    asked = Inquiry.objects.filter(asked_by=person.user)
    asked.update(text=ERASED)
    asked.exclude(answer="").update(answer=ERASED)
    qualifications = Qualification.objects.filter(person=person)
    qualifications.exclude(reason="").update(reason=ERASED)
    qualifications.exclude(revoked_because="").update(revoked_because=ERASED)


def _rename_in_record(user: Any, old: str, name: str) -> None:
    """The record names who acted: in moves of every status, in verdicts, in the admin's log."""
    Decision.objects.filter(decided_by=user, judge=old).update(judge=name)
    for model in apps.get_models():
        if issubclass(model, StatusMove):
            moves = model._default_manager.all()
            moves.filter(actor=user).update(actor_name=name)
            moves.filter(actor_name=old).update(actor_name=name)
            _replace(moves, "note", f"{old}: ", f"{name}: ")
    _replace(Qualification.objects.all(), "revoked_because", f"{old}: ", f"{name}: ")
    _rename_in_log(old, name)


def _rename_in_log(old: str, name: str) -> None:
    """The admin's log tells of rows by what they were called then. Whole names only: a login may be short."""
    whole = re.compile(rf"(?<![\w.@+-]){re.escape(old)}(?![\w.@+-])")
    for entry in LogEntry.objects.filter(Q(object_repr__contains=old) | Q(change_message__contains=old)):
        entry.object_repr = whole.sub(name, entry.object_repr)[:200]
        entry.change_message = whole.sub(name, entry.change_message)
        entry.save(update_fields=["object_repr", "change_message"])


def _replace(rows: QuerySet[Any], field: str, old: str, new: str) -> None:
    """Where a text begins with ``old``, which is how our own code names people: there, and nowhere else."""
    begun = rows.filter(**{f"{field}__startswith": old})
    begun.update(**{field: Concat(Value(new), Substr(F(field), len(old) + 1))})


def _forget_login(user: Any, name: str) -> None:
    user.username, user.email, user.first_name, user.last_name = name, "", "", ""
    user.is_active = user.is_staff = user.is_superuser = False
    user.set_unusable_password()
    user.last_login = None
    user.save()
    user.auth_token_set.all().delete()
    user.groups.clear()
    user.user_permissions.clear()
    for session in Session.objects.iterator(500):
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()
