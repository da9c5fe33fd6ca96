"""Logins of the demo: an admin, a curator, and one annotator per nation."""

from __future__ import annotations

import json
import os
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from annotation.models import Nation, Person, Policy
from annotation.models.person import ANNOTATOR, CURATOR
from annotation.services.people.qualifications import grant_qualification
from annotation.services.studio.accounts import ensure_studio_account
from annotation.services.studio.servers import studio_client

VARIABLE = "NAVAB_DEMO_LOGINS"


class Command(BaseCommand):
    help = (
        f"Make the demo's people from {VARIABLE}, a JSON object of login to password; a login cn@… is an "
        "annotator of that nation, qualified on the curator's word, admin@… the superuser, curator@… a "
        "curator of all nations. When they are made, one vote per question is asked: the demo has one "
        "annotator per nation."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            logins = json.loads(os.environ.get(VARIABLE, ""))
        except json.JSONDecodeError:
            raise CommandError(f"{VARIABLE} must hold a JSON object of login to password") from None
        with transaction.atomic():
            is_first_time = not get_user_model().objects.filter(username__in=logins).exists()
            people = [self._person(login, password) for login, password in logins.items()]
            self._qualify(people)
            if is_first_time:
                Policy.objects.update(votes_required=1)
        if settings.LABEL_STUDIO_SERVERS:
            self._studio_users(people)
        self.stdout.write(f"{len(people)} logins are ready")

    def _person(self, login: str, password: str) -> Person:
        user, _ = get_user_model().objects.get_or_create(username=login, defaults={"email": login})
        user.set_password(password)
        role = login.split("@")[0]
        user.is_staff = role in {"admin", "curator"}
        user.is_superuser = role == "admin"
        user.save()
        person, _ = Person.objects.get_or_create(user=user)
        if role == "curator":
            user.groups.set([Group.objects.get(name=CURATOR)])
            person.nations.set(Nation.objects.all())
        elif role != "admin":
            nation = Nation.objects.get(code=role.upper())
            user.groups.set([Group.objects.get(name=ANNOTATOR)])
            person.nations.set([nation])
            if not person.language:
                person.language = nation.main_language
                person.save(update_fields=["language"])
        return person

    def _qualify(self, people: list[Person]) -> None:
        """Annotators may judge at once; an installation of one's own has a quiz for that."""
        curator = next((p.user for p in people if p.user.groups.filter(name=CURATOR).exists()), None)
        if curator is None:
            return
        for person in people:
            if person.user.groups.filter(name=ANNOTATOR).exists():
                for nation in person.nations.all():
                    grant_qualification(
                        person, nation.pk, curator=curator, reason="annotator of the demo, without a quiz"
                    )

    def _studio_users(self, people: list[Person]) -> None:
        client = studio_client()
        for person in people:
            if person.user.groups.filter(name=ANNOTATOR).exists():
                ensure_studio_account(person, client=client)
