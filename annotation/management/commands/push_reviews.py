"""Send what people have to judge to Label Studio."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotation.label_studio.client import StudioError
from annotation.management.progress import progress_bars
from annotation.models import Nation, ProjectKind
from annotation.services.attention import mix_in_attention
from annotation.services.push import PushRunningError, push_reviews
from annotation.services.reviews import request_reviews, waiting_decisions
from annotation.services.studio_people import ensure_studio_users
from annotation.services.studio_servers import studio_client


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
        try:
            client = studio_client()
            client.check()
            queued = 0
            if not options["queued_only"]:
                queued = request_reviews(
                    waiting_decisions(nation=nation, kind=kind), actor_name="push_reviews"
                )
                queued += mix_in_attention(nation)
            people = ensure_studio_users(client)
            with progress_bars(self.stderr) as progress:
                summary = push_reviews(
                    nation=nation, kind=kind, limit=limit, client=client, progress=progress
                )
        except (StudioError, PushRunningError) as error:
            raise CommandError(str(error)) from None
        except KeyboardInterrupt:
            raise CommandError("stopped; run the same command again to go on from here") from None
        for problem in summary.problems:
            self.stderr.write(problem)
        if options["json"]:
            self.stdout.write(json.dumps({"queued": queued, "accounts": people, **asdict(summary)}))
        else:
            self.stdout.write(
                f"{queued} queued, {summary.pushed} tasks made in {len(summary.projects)} projects, "
                f"{summary.recovered} found there already, {summary.closed} no longer needed, "
                f"{people} accounts made, {len(summary.problems)} problems"
            )
