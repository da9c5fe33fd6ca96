"""Fetch people's votes from Label Studio."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import close_old_connections

from annotation.label_studio.client import StudioClient, StudioError, StudioUnavailableError
from annotation.services.pull import PullSummary, pull_reviews
from annotation.services.studio_servers import studio_client


class Command(BaseCommand):
    help = "Fetch votes that changed in Label Studio, and settle or dispute what has enough of them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--full", action="store_true", help="Read every task, and find those that are gone."
        )
        parser.add_argument(
            "--watch", type=float, metavar="SECONDS", help="Repeat at this interval until stopped."
        )
        parser.add_argument("--json", action="store_true", help="Print each summary as one JSON line.")

    def handle(self, *args: Any, **options: Any) -> None:
        interval = options["watch"]
        if interval is not None and interval <= 0:
            raise CommandError("--watch must be more than 0 seconds")
        try:
            client = studio_client()
            client.check()
            self._report(pull_reviews(client=client, full=options["full"]), options["json"])
            while interval is not None:
                time.sleep(interval)
                self._pull_again(client, options["json"])
        except StudioError as error:
            raise CommandError(str(error)) from None
        except KeyboardInterrupt:
            raise CommandError("stopped; the next pull goes on from here") from None

    def _pull_again(self, client: StudioClient, as_json: bool) -> None:
        """One more pull; a server that is away for a while is waited for."""
        close_old_connections()
        try:
            summary = pull_reviews(client=client)
        except StudioUnavailableError as error:
            self.stderr.write(str(error))
            return
        if summary.changed or summary.problems or summary.requeued:
            self._report(summary, as_json)

    def _report(self, summary: PullSummary, as_json: bool) -> None:
        for problem in summary.problems:
            self.stderr.write(problem)
        if summary.late:
            self.stderr.write(
                f"votes changed on {len(summary.late)} closed reviews, whose verdicts stand: "
                f"{', '.join(map(str, summary.late[:20]))}"
            )
        if as_json:
            self.stdout.write(json.dumps(asdict(summary)))
        else:
            self.stdout.write(
                f"{summary.tasks} changed tasks: {summary.created} new votes, {summary.updated} changed, "
                f"{summary.withdrawn} taken back; {summary.settled} decisions settled, "
                f"{summary.disputed} disputed, {len(summary.problems)} problems"
            )
