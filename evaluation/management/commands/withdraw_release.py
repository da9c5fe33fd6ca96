"""manage.py withdraw_release: a release is no longer to be used."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotation.lifecycle import IllegalMoveError
from evaluation.models import Release
from evaluation.services.releases.statuses import withdraw_release


class Command(BaseCommand):
    help = "Withdraw a release: its folder and items stay, marked as no longer to be used."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="NAME@VERSION")
        parser.add_argument("--reason", required=True, help="told on its page")

    def handle(self, *args: Any, **options: Any) -> None:
        release = Release.objects.named(options["name"]).first()
        if release is None:
            raise CommandError(Release.objects.why_unnamed(options["name"]))
        try:
            withdraw_release(release=release, reason=options["reason"], actor_name="withdraw_release")
        except (IllegalMoveError, ValueError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Release {release.label} is withdrawn")
