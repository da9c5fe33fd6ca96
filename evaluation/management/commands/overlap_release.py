"""manage.py overlap_release: which items of a release stand word for word in texts the user names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evaluation.publishing.diff import public_rows as folder_rows
from evaluation.publishing.folder import FolderContent, FolderError
from evaluation.publishing.overlap import WORDS, OverlapReport, file_texts, overlap
from evaluation.publishing.rows import ReleaseRow

_SHOWN = 20
_EXAMPLE = 80  # characters


class Command(BaseCommand):
    help = (
        "Look for the questions, statements, reversals and evidence of a release in text files: what a model "
        "was trained on may hold them already. Tells n-grams found by item and slice, and the canary string."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("release", help="a release's folder, or name or name@version in the database")
        parser.add_argument(
            "texts", nargs="+", type=Path, metavar="TEXTFILE", help="text or JSON Lines, UTF-8"
        )
        parser.add_argument(
            "--words",
            type=int,
            default=WORDS,
            help=f"in a row that count as found; twice as many Chinese characters (default {WORDS}; or 8)",
        )
        parser.add_argument("--json", action="store_true", help="print the report as one last line of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            rows = _rows(options["release"])
            report = overlap(rows, file_texts(options["texts"]), n=options["words"])
        except (FolderError, ValueError) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error
        if options["json"]:
            self.stdout.write(json.dumps(report.as_dict()))
        else:
            self._tell(report)

    def _tell(self, report: OverlapReport) -> None:
        say = self.stdout.write
        for where, found in report.slices.items():
            say(
                f"{where}: {found.touched} of {found.judged} items found in part, {found.whole} as a whole "
                f"({found.items - found.judged} too short to look for), mean share {found.mean_share:.3f}"
            )
        for source, number in report.sources.items():
            say(f"{source}: {number} items")
        for source in report.canary_in:
            say(self.style.WARNING(f"{source}: has the canary string of this release"))
        for item in islice(report.items, _SHOWN):
            say(f"  {item.id} {item.share:.0%} of {', '.join(item.fields)}: {item.example[:_EXAMPLE]!r}")
        if len(report.items) > _SHOWN:
            say(f"  and {len(report.items) - _SHOWN} more; --json has them all")


def _rows(release: str) -> Iterator[ReleaseRow]:
    if Path(release).is_dir():
        return folder_rows(FolderContent(Path(release)))
    from evaluation.models import Release
    from evaluation.services.releases.released import public_rows

    found = Release.objects.named(release).first()
    if found is None:
        raise CommandError(f"{release} is no folder, and {Release.objects.why_unnamed(release)}")
    return public_rows(found)
