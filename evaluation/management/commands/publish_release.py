"""manage.py publish_release: a candidate that verifies goes out."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotation.lifecycle import IllegalMoveError
from evaluation.models import Release
from evaluation.services.releases.statuses import UnverifiedError, publish_release


class Command(BaseCommand):
    help = "Verify the folder of a candidate and publish it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="NAME or NAME@VERSION")

    def handle(self, *args: Any, **options: Any) -> None:
        release = Release.objects.named(options["name"]).first()
        if release is None:
            raise CommandError(Release.objects.why_unnamed(options["name"]))
        try:
            publish_release(release=release, actor_name="publish_release")
        except (IllegalMoveError, UnverifiedError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Release {release.label} is published")
