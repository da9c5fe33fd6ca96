"""Reminders before a qualification ends."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone

from annotation.models import Person
from annotation.services.people.reminders import remind_annotators
from tests import factories

pytestmark = pytest.mark.django_db


def annotator(name: str, days: float, language: str = "en", nation: str = "FR"):
    found = factories.user(name, group="annotator", nations=(nation,), is_qualified=False)
    Person.objects.filter(user=found).update(language=language)
    factories.qualify(found.person, nation, expires_at=timezone.now() + timedelta(days=days))
    return found


@pytest.fixture(autouse=True)
def post(settings):
    settings.EMAIL_HOST = "mail.example.org"
    settings.NAVAB_PUBLIC_URL = "https://navab.example.org"


def test_a_mail_goes_two_weeks_and_three_days_before_in_the_persons_language():
    annotator("soon@example.org", 3.5, "de")
    annotator("later@example.org", 14.5, "zh")
    for days in (2.5, 8, 30):
        annotator(f"in{days}@example.org", days)

    assert remind_annotators() == 2

    letters = {letter.to[0]: (letter.subject, letter.body) for letter in mail.outbox}
    assert letters.keys() == {"soon@example.org", "later@example.org"}
    assert letters["soon@example.org"][0] == "Ihre Zulassung endet bald"
    assert "Frankreich" in letters["soon@example.org"][1]
    assert "https://navab.example.org/quiz/FR/?again=1" in letters["soon@example.org"][1]
    assert letters["later@example.org"][0] == "您的资格即将到期"


def test_no_mail_to_who_has_qualified_anew_or_has_lost_the_right():
    renewed, ended = annotator("renewed@example.org", 3.5), annotator("ended@example.org", 3.5)
    factories.qualify(renewed.person, "FR")
    ended.person.qualifications.update(revoked_at=timezone.now(), revoked_because="left")

    assert (remind_annotators(), mail.outbox) == (0, [])


def test_command_needs_a_mail_server(settings):
    settings.EMAIL_HOST = ""

    with pytest.raises(CommandError, match="NAVAB_MAIL_HOST is not set"):
        call_command("remind_annotators")
