"""manage.py verify_release: whether a folder is the release it says it is, from nothing but the folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evaluation.publishing.verify import verify


class Command(BaseCommand):
    help = (
        "Verify the folder of a release: hashes, rows, slices, canary, licences, parts that share nothing, "
        "gates, passports against rows; every other file is written again and compared. Needs the folder "
        "only, no database."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, help="the folder that has release.json")
        parser.add_argument("--json", action="store_true", help="print the report as one last line of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        report = verify(options["path"])
        if options["json"]:
            self.stdout.write(json.dumps(report.as_dict()))
        else:
            for finding in (*report.findings, *report.notes):
                self.stdout.write(str(finding))
        if not report.ok:
            raise CommandError(
                f"{options['path']} does not verify: {len(report.findings)} findings, see above."
            )
        if not options["json"]:
            self.stdout.write(
                f"{report.label} verifies: {report.files} files, {report.items} items, {report.pairs} pairs"
            )
