"""Send what people have to judge to Label Studio."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotation.label_studio.errors import StudioError
from annotation.management.progress import progress_bars
from annotation.models import Nation, ProjectKind
from annotation.services.decisions.guarantees import solve_guarantees
from annotation.services.locks import BusyError
from annotation.services.people.attention import mix_in_attention
from annotation.services.reviews.queue import request_reviews, waiting_decisions
from annotation.services.studio.accounts import ensure_studio_users
from annotation.services.studio.push import PushSummary, push_reviews
from annotation.services.studio.servers import studio_client, studio_server, studio_servers


class Command(BaseCommand):
    help = "Queue uncertain and audited decisions for people and make their tasks in Label Studio."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--nation", metavar="CODE", help="Only this nation.")
        parser.add_argument(
            "--kind", choices=[kind.value for kind in ProjectKind], help="Only this kind of project."
        )
        parser.add_argument("--limit", type=int, metavar="N", help="At most this many tasks.")
        parser.add_argument("--queued-only", action="store_true", help="Only what is queued already.")
        parser.add_argument("--json", action="store_true", help="Print the summary as one last JSON line.")

    def handle(self, *args: Any, **options: Any) -> None:
        nation, kind, limit = options["nation"], options["kind"], options["limit"]
        if nation and not Nation.objects.filter(pk=nation).exists():
            known = ", ".join(Nation.objects.values_list("code", flat=True))
            raise CommandError(f"unknown nation {nation}; there are {known}")
        if limit is not None and limit < 1:
            raise CommandError("--limit must be at least 1")
        whole, failures, people, queued = PushSummary(), list[str](), 0, 0
        try:
            if not options["queued_only"]:
                solve_guarantees()  # what stands by them is asked of nobody
                queued = request_reviews(
                    waiting_decisions(nation=nation, kind=kind), actor_name="push_reviews"
                )
                queued += mix_in_attention(nation)
            with progress_bars(self.stderr) as progress:
                for server in [studio_server(nation)] if nation else studio_servers() or [studio_server()]:
                    left = None if limit is None else limit - whole.pushed - whole.recovered
                    if left is not None and left <= 0:
                        break
                    try:
                        client = studio_client(server.name)
                        whole.add(
                            push_reviews(
                                nation=nation,
                                kind=kind,
                                limit=left,
                                client=client,
                                server=server,
                                progress=progress,
                            )
                        )
                        people += ensure_studio_users(client, server)
                    except (StudioError, BusyError) as error:
                        failures.append(str(error))
        except KeyboardInterrupt:
            raise CommandError("stopped; run the same command again to go on from here") from None
        if failures and not whole.servers:
            raise CommandError("; ".join(failures))
        whole.problems += failures
        self._report(whole, queued, people, options["json"])

    def _report(self, summary: PushSummary, queued: int, people: int, as_json: bool) -> None:
        for problem in summary.problems:
            self.stderr.write(problem)
        if as_json:
            self.stdout.write(json.dumps({"queued": queued, "accounts": people, **asdict(summary)}))
        else:
            self.stdout.write(
                f"{queued} queued, {summary.pushed} tasks made in {len(summary.projects)} projects, "
                f"{summary.recovered} found there already, {summary.closed} no longer needed, "
                f"{people} accounts made, {summary.waiting} wait for an operator, "
                f"{len(summary.problems)} problems"
            )
