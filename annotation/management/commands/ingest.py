"""manage.py ingest: read files into documents."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotation.services.ingest.run import IngestError, IngestOptions, IngestSummary, ingest_files
from pipeline.ingest.article import FIELDS
from pipeline.ingest.inputs import Format
from pipeline.ingest.rows import MAX_LINE
from pipeline.records import Disclosure


class Command(BaseCommand):
    help = (
        "Read articles from JSONL (also gzipped), JSON lists, CSV, Parquet, Hugging Face dataset folders and "
        "folders of plain text. Rows that cannot be used are kept with reasons; a second run adds nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Files, and what holds for rows that do not say."""
        parser.add_argument("files", nargs="+", type=Path, help="files or folders")
        parser.add_argument("--nation", default="", help="code or name, for rows without one")
        parser.add_argument("--language", default="", help="ISO 639-1 code, for rows without one")
        parser.add_argument("--outlet", default="", help="for rows without one")
        parser.add_argument("--outlet-kind", default="", help="press, government, parliament, party, ...")
        parser.add_argument("--licence", default="", help="for rows without one")
        parser.add_argument(
            "--disclosure",
            default=Disclosure.SPAN.value,
            choices=[level.value for level in Disclosure],
            help="how much of these documents a release may carry, by their licence: the whole article, the "
            "words a statement rests on, or digest and address only (default: span); a file read before "
            "keeps its own, which curators change in the admin",
        )
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="FIELD=THEIRS",
            help=f"name a field has in the files; fields: {', '.join(FIELDS)}",
        )
        parser.add_argument("--require-date", action="store_true", help="reject rows without a date")
        parser.add_argument(
            "--format",
            default=Format.AUTO.value,
            choices=[form.value for form in Format],
            help="how the files are written, when their names do not tell",
        )
        parser.add_argument("--max-line", type=int, default=MAX_LINE, help="longest line in bytes")
        parser.add_argument("--json", action="store_true", help="print the counts as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read the files and print the counts."""
        chosen = IngestOptions(
            nation=options["nation"],
            language=options["language"],
            outlet=options["outlet"],
            outlet_kind=options["outlet_kind"],
            licence=options["licence"],
            disclosure=Disclosure(options["disclosure"]),
            field_map=dict(_pair(text) for text in options["map"]),
            require_date=options["require_date"],
            format=Format(options["format"]),
            max_line=options["max_line"],
        )
        try:
            if options["json"]:
                summary = ingest_files(options["files"], options=chosen)
                self.stdout.write(json.dumps(summary.counts()))
            else:
                self._show(_with_progress(options["files"], chosen))
        except IngestError as error:
            raise CommandError(str(error)) from None
        except KeyboardInterrupt:
            raise CommandError("stopped; run the same command again to go on", returncode=130) from None

    def _show(self, summary: IngestSummary) -> None:
        from rich.console import Console
        from rich.table import Table

        names = list(summary.counts())
        table = Table("source", *(name.replace("_", " ") for name in names))
        for source, counts in summary.by_source.items():
            table.add_row(source, *(str(counts[name]) for name in names))
        table.add_section()
        table.add_row("all", *(str(number) for number in summary.counts().values()))
        console = Console(file=self.stdout._out, markup=False, highlight=False)
        console.print(table)
        for source in summary.empty_sources:
            self.stderr.write(f"{source}: no rows")


def _pair(text: str) -> tuple[str, str]:
    name, equals, theirs = text.partition("=")
    if not (name and equals and theirs):
        raise CommandError(f"--map takes FIELD=THEIRS, for example text=body; not {text!r}")
    return name.strip(), theirs.strip()


def _with_progress(files: list[Path], options: IngestOptions) -> IngestSummary:
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=None)

        def report(name: str, done: int, total: int) -> None:
            bar.update(task, description=name, completed=done, total=total)

        return ingest_files(files, options=options, progress=report)
