"""manage.py rebuild_release: write a release again from the database and compare it to the byte."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evaluation.management.output import releases_written
from evaluation.models import Release
from evaluation.services.releases.origins import Provenance, check_origins
from evaluation.services.releases.rebuild import NotBuiltError, Rebuilt, rebuild_release

_SHOWN = 20


class Command(BaseCommand):
    help = (
        "Write the folder of a release again from the database and compare every byte with what was written "
        "first; then compare its items with the records they came from. Fails unless both are equal."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("release", help="name or name@version; a name alone is its newest version")
        parser.add_argument("--output", type=Path, help="keep the rebuilt folder in this one")
        parser.add_argument("--json", action="store_true", help="print the result as one last line of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        release = Release.objects.named(options["release"]).first()
        if release is None:
            raise CommandError(Release.objects.why_unnamed(options["release"]))
        try:
            with releases_written(options["output"]):
                found = rebuild_release(release=release, output=options["output"])
        except NotBuiltError as error:
            raise CommandError(str(error)) from error
        origins = check_origins(release)
        if options["json"]:
            self.stdout.write(json.dumps({**found.as_dict(), "provenance": origins.as_dict()}))
        else:
            self._tell(found, origins)
        if not found.is_equal:
            raise CommandError(f"Release {found.label} is not what was written: see above.")
        if origins.altered:
            raise CommandError(f"Release {found.label} and its records disagree: see above.")

    def _tell(self, found: Rebuilt, origins: Provenance) -> None:
        say = self.stdout.write
        if found.is_equal:
            against = "record and folder" if found.is_folder_there else "record; its folder is not here"
            say(f"Release {found.label}: byte-equal in {found.files} files ({against})")
        elif not found.is_folder_there:
            say(
                f"Release {found.label}: the checksum file written now has digest {found.digest}, on record "
                f"is {found.recorded_digest}. Its folder is not here, so which files differ cannot be told."
            )
        for path, state in found.differences.items():
            say(f"  {path}: {state}")
        if not found.is_equal and found.is_by_other_software:
            say(f"  It was written by {found.software}; another version may write other bytes of the same.")
        if found.folder:
            say(f"  kept as {found.folder}")
        say(f"Provenance: {origins.traced} items have records here, {origins.untraced} came from elsewhere")
        for rows, title in (
            (origins.altered, "records that say something else"),
            (origins.overtaken, "items that would not be released so today"),
        ):
            if rows:
                say(f"  {len(rows)} {title}:")
                for row in rows[:_SHOWN]:
                    say(f"    {row}")
                if len(rows) > _SHOWN:
                    say(f"    and {len(rows) - _SHOWN} more (--json has all)")
