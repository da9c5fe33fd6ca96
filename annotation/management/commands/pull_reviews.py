"""Fetch people's votes from Label Studio."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import close_old_connections

from annotation.label_studio.errors import StudioError
from annotation.services.locks import BusyError
from annotation.services.studio.pull import PullSummary, pull_reviews
from annotation.services.studio.servers import studio_client, studio_server, studio_servers


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
            summary, failures = self._pull(options["full"])
            if failures and not summary.servers and interval is None:
                raise CommandError("; ".join(failures))
            self._report(summary, options["json"])
            while interval is not None:
                time.sleep(interval)
                close_old_connections()
                summary, _ = self._pull(False)
                if summary.changed or summary.problems or summary.requeued:
                    self._report(summary, options["json"])
        except KeyboardInterrupt:
            raise CommandError("stopped; the next pull goes on from here") from None

    def _pull(self, full: bool) -> tuple[PullSummary, list[str]]:
        """Pull from every server; one that is away is told of and holds up no other."""
        whole, failures = PullSummary(), list[str]()
        names = [server.name for server in studio_servers()] or [""]
        for name in names:
            try:
                client = studio_client(name)
                whole.add(pull_reviews(client=client, server=studio_server(name), full=full))
            except (StudioError, BusyError) as error:
                failures.append(str(error))
                self.stderr.write(str(error))
        return whole, failures

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
                f"{summary.set_aside} set aside, {summary.restored} put back; {summary.settled} decisions "
                f"settled, {summary.disputed} disputed, {len(summary.problems)} problems"
            )
