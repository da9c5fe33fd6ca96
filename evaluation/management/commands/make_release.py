"""manage.py make_release: freeze the approved triples into a release."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evaluation.models import Release
from evaluation.services.fairness import choice_only_by_language
from evaluation.services.release import ReleaseError, make_release


class Command(BaseCommand):
    help = "Freeze the approved triples into an immutable release: rows and a folder."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="small letters, digits, dot, dash, underscore")
        parser.add_argument(
            "--nation", action="append", metavar="CODE", help="only this nation; may be repeated"
        )
        parser.add_argument(
            "--seed", type=int, default=0, help="of the split of preference pairs (default 0)"
        )
        parser.add_argument(
            "--balance-choices",
            action="store_true",
            help="leave out items until statements cannot be told from their reversals by wording alone",
        )
        parser.add_argument(
            "--output",
            type=Path,
            metavar="DIR",
            help="folder that receives NAME/ (default: NAVAB_RELEASES_DIR)",
        )
        parser.add_argument(
            "--if-missing", action="store_true", help="do nothing when there is a release of that name"
        )
        parser.add_argument("--json", action="store_true", help="print the result as one last line of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["if_missing"] and Release.objects.filter(name=options["name"]).exists():
            self.stdout.write(f"Release {options['name']} is there already")
            return
        try:
            release = make_release(
                name=options["name"],
                nations=options["nation"],
                seed=options["seed"],
                balance_choices=options["balance_choices"],
                output=options["output"],
            )
        except ReleaseError as error:
            raise CommandError(str(error)) from error
        counts = Counter(release.items.values_list("nation_id", "source_type"))
        slices = {f"{nation}/{kind}": count for (nation, kind), count in sorted(counts.items())}
        guesses = choice_only_by_language(release.items.all())
        if options["json"]:
            result = {
                "name": release.name,
                "items": sum(counts.values()),
                "slices": slices,
                "digest": release.digest,
                "folder": release.folder,
                "choice_only": {
                    language: {
                        "accuracy": found.accuracy,
                        "low": found.low,
                        "high": found.high,
                        "items": found.items,
                    }
                    for language, found in guesses.items()
                },
            }
            self.stdout.write(json.dumps(result))
            return
        self.stdout.write(f"Release {release.name}: {sum(counts.values())} items in {release.folder}")
        for name, count in slices.items():
            self.stdout.write(f"  {name}: {count}")
        self.stdout.write(f"  digest {release.digest}")
        for language, found in guesses.items():
            if not found.is_fair:
                self.stdout.write(
                    self.style.WARNING(
                        f"  {language}: wording alone tells the statement from its reversal in "
                        f"{found.accuracy:.0%} of {found.items} items (chance is 50%); --balance-choices "
                        "leaves out the plainest"
                    )
                )
