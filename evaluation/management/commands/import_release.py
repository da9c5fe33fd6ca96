"""manage.py import_release: take in a release folder of another installation, or the paper's files."""

from __future__ import annotations

import json
from os.path import lexists
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evaluation.management.output import releases_written
from evaluation.publishing.folder import MANIFEST
from evaluation.publishing.paper_reading import PaperError
from evaluation.services.releases.imports import Imported, ReleaseImportError, import_folder
from evaluation.services.releases.paper import PaperReport, import_paper
from evaluation.services.releases.paper_articles import CUT

_SHOWN = 20


class Command(BaseCommand):
    help = (
        "Take in a release: the folder of another installation, which must verify, or the files the NaVAB "
        "paper published, which are reported on row by row. It is a candidate that can be scored."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "path", type=Path, help="a release folder, or the paper's folder or one file of it"
        )
        parser.add_argument(
            "--name", default="", help="of the release here (a folder has its own by default)"
        )
        parser.add_argument("--source", choices=["folder", "paper"], help="default: folder with release.json")
        parser.add_argument("--output", type=Path, help="folder of releases (default: NAVAB_RELEASES_DIR)")
        parser.add_argument(
            "--add-nations", action="store_true", help="make nations that are not here from the release"
        )
        parser.add_argument("--json", action="store_true", help="print the result as one last line of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with releases_written(options["output"], source=options["path"]):
                found, report = _imported(options)
        except (ReleaseImportError, PaperError) as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            told = {**found.as_dict(), **({"report": report.as_dict()} if report else {})}
            self.stdout.write(json.dumps(told, ensure_ascii=False))
        else:
            self._tell(found, report)

    def _tell(self, found: Imported, report: PaperReport | None) -> None:
        say = self.stdout.write
        say(f"Release {found.release.label}, {found.release.status}: {found.items} items")
        for name, count in found.slices.items():
            say(f"  {name}: {count}")
        for code in found.new_nations:
            say(f"  nation {code} was made; look at its languages and script in the admin")
        if report is None:
            return
        say(f"Read {report.read} rows, left out {report.left_out}, exact duplicates {report.duplicates}")
        for kind, count in report.found.items():
            say(f"  {kind}: {count}")
        for finding in report.findings[:_SHOWN]:
            say(f"    {finding}")
        if len(report.findings) > _SHOWN:
            say(f"    and {len(report.findings) - _SHOWN} more (--json has all)")
        articles = report.articles
        say(
            f"The files name no article; by their texts there are {articles.articles}, {articles.known} of "
            f"them on record here. {articles.cut} of the others are cut, having {CUT} characters: items made "
            "here of these are kept out of preference pairs only where their statements are near copies."
        )
        for nation, languages in report.languages.items():
            say(
                f"  {nation}: " + ", ".join(f"{count} in {language}" for language, count in languages.items())
            )
        for language, guess in report.choice_only.items():
            say(
                f"  {language}: wording alone tells the statement from its reversal in {guess.accuracy:.0%} "
                f"of {guess.items} items (chance is 50%)"
            )


def _imported(options: dict[str, Any]) -> tuple[Imported, PaperReport | None]:
    path, name, output = options["path"], options["name"], options["output"]
    if not path.exists():
        raise CommandError(f"{path} does not exist.")
    source = options["source"] or ("folder" if lexists(path / MANIFEST) else "paper")
    if source == "folder":
        return import_folder(path=path, name=name, add_nations=options["add_nations"], output=output), None
    if not name:
        raise CommandError("Give the release a --name.")
    return import_paper(path=path, name=name, output=output)
