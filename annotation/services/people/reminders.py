"""Reminders: a mail to whoever's qualification is about to end."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from annotation.models import Qualification
from annotation.services.people.mail import mail_person

DAYS_BEFORE = (14, 3)


def remind_annotators() -> int:
    """Mail everybody whose qualification ends in ``DAYS_BEFORE`` days; returns how many mails went.

    Meant to be called once a day: a second call on the same day mails again.
    """
    now = timezone.now()
    sent = 0
    for days in DAYS_BEFORE:
        ending = Qualification.objects.in_force(now).filter(
            expires_at__gte=now + timedelta(days=days), expires_at__lt=now + timedelta(days=days + 1)
        )
        for row in ending.select_related("person__user", "nation").order_by("pk"):
            later = Qualification.objects.in_force(now).filter(person=row.person, nation=row.nation)
            if not later.filter(expires_at__gt=row.expires_at).exists():
                sent += mail_person(row.person.user, lambda row=row: _letter(row))
    return sent


def _letter(row: Qualification) -> tuple[str, str]:
    address = settings.NAVAB_PUBLIC_URL + reverse("annotation:quiz", args=[row.nation_id]) + "?again=1"
    facts = {"nation": _(row.nation.name), "until": f"{row.expires_at:%Y-%m-%d}", "address": address}
    return (
        _("Your qualification ends soon"),
        _("You are qualified for %(nation)s until %(until)s. Take the quiz again: %(address)s") % facts,
    )
