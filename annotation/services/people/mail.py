"""Mails to people, each in the language the person chose."""

from __future__ import annotations

import logging
from collections.abc import Callable
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.utils import translation

from annotation.models import Person

logger = logging.getLogger(__name__)


def site_language(language: str) -> str:
    """Our pages' code of a person's language; the site's own where the pages do not exist in it."""
    code = {"zh": "zh-hans"}.get(language, language)
    return code if code in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def mail_person(user: Any, write: Callable[[], tuple[str, str]]) -> bool:
    """Send what ``write`` returns (subject, text), called in the person's language; returns whether it went.

    Nothing is sent without an address or a mail server. A mail that cannot be sent is logged, never raised:
    what it tells also stands on the person's page.
    """
    if not user.email or not settings.EMAIL_HOST:
        return False
    person = Person.objects.filter(user=user).first()
    with translation.override(site_language(person.language if person else "")):
        subject, text = write()
    try:
        send_mail(subject, text, settings.DEFAULT_FROM_EMAIL, [user.email])
    except (OSError, SMTPException) as error:
        logger.warning("mail to user %s was not sent: %s", user.pk, error)
        return False
    return True
