"""List the stages of the flow and their versions."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotation.management.progress import print_table
from annotation.services.stages.run import configured_engines
from pipeline.flow import EngineNotConfiguredError, stage_versions
from pipeline.records import CHOSEN_ENGINES


class Command(BaseCommand):
    help = "List the seven stages of the flow and their versions."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--engine", choices=[engine.value for engine in CHOSEN_ENGINES])
        parser.add_argument("--json", action="store_true", help="One JSON line instead of a table.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            rows = stage_versions(configured_engines(options["engine"]))
        except EngineNotConfiguredError as error:
            raise CommandError(str(error)) from None
        if options["json"]:
            keys = ("name", "version", "scope", "reads", "writes", "does")
            self.stdout.write(json.dumps([dict(zip(keys, row, strict=True)) for row in rows]))
            return
        print_table(
            self.stdout,
            ["#", "stage", "version", "scope", "reads", "writes", "what it does"],
            [[str(number), *row] for number, row in enumerate(rows, 1)],
        )
