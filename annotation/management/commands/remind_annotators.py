"""Mail annotators whose qualification ends soon."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from annotation.services.people.reminders import remind_annotators


class Command(BaseCommand):
    help = "Mail annotators whose qualification ends in two weeks or three days. Call it once a day."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.EMAIL_HOST:
            raise CommandError("NAVAB_MAIL_HOST is not set, so no mail can be sent (see .env.example)")
        self.stdout.write(f"{remind_annotators()} reminders sent")
