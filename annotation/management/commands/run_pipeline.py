"""Run what is pending of the flow."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotation.management.arguments import refuse_unknown
from annotation.management.progress import print_table, progress_bars
from annotation.models import Nation
from annotation.services.stages.run import StepReport, configured_engines, run_pipeline
from pipeline.engines.client import EmbeddingError, EndpointUnavailableError
from pipeline.engines.ledger import BudgetSpentError
from pipeline.flow import NAMES, EngineNotConfiguredError
from pipeline.records import CHOSEN_ENGINES, Engine


class Command(BaseCommand):
    help = (
        "Run what is pending, stage by stage and nation by nation. Can be stopped and resumed at any moment."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--nation", action="append", metavar="CODE", help="Only this nation (repeatable)."
        )
        parser.add_argument("--stage", choices=NAMES, help="Only this stage.")
        parser.add_argument("--engine", choices=[engine.value for engine in CHOSEN_ENGINES])
        parser.add_argument(
            "--batch", action="store_true", help="Ask the endpoint's Batch API: half the price, up to a day."
        )
        parser.add_argument("--token-budget", type=int, help="Instead of NAVAB_TOKEN_BUDGET.")
        parser.add_argument("--money-budget", type=float, help="Instead of NAVAB_MONEY_BUDGET.")
        parser.add_argument("--json", action="store_true", help="Print the reports as one last JSON line.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["stage"] == "ingest":
            raise CommandError("ingest reads files: manage.py ingest FILES...")
        nations = options["nation"]
        refuse_unknown("nation", nations or (), Nation.objects.values_list("code", flat=True))
        try:
            engines = configured_engines(
                options["engine"],
                in_batches=options["batch"],
                token_budget=options["token_budget"],
                money_budget=options["money_budget"],
            )
        except ValueError as error:
            raise CommandError(str(error)) from None
        if options["batch"] and engines.engine is not Engine.OPENAI:
            raise CommandError("--batch is for the openai engine")
        reports: list[StepReport] = []
        try:
            with progress_bars(self.stderr) as progress:
                for report in run_pipeline(
                    nations=nations, stage=options["stage"], engines=engines, progress=progress
                ):
                    reports.append(report)
        except EngineNotConfiguredError as error:
            raise CommandError(str(error)) from None
        except (BudgetSpentError, EndpointUnavailableError, EmbeddingError) as error:
            raise CommandError(f"{error}. What was done is kept: run the same command again.") from None
        except KeyboardInterrupt:
            raise CommandError("stopped; run the same command again to go on from here") from None
        if options["json"]:
            self.stdout.write(json.dumps([_as_dict(report) for report in reports], ensure_ascii=False))
        else:
            print_table(
                self.stdout,
                ["nation", "stage", "version", "what it did"],
                [[r.nation, r.stage, r.version, _in_words(r.counts)] for r in reports],
            )


def _as_dict(report: StepReport) -> dict[str, Any]:
    return {
        "nation": report.nation,
        "stage": report.stage,
        "version": report.version,
        "counts": report.counts,
    }


def _in_words(counts: dict[str, int]) -> str:
    done = [f"{number} {name.replace('_', ' ')}" for name, number in counts.items() if number]
    return ", ".join(done) or "nothing pending"
