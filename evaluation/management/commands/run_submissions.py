"""manage.py run_submissions: score what researchers have put in the queue."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandParser

from evaluation.models import Submission
from evaluation.services.runs.submissions import run_submission


class Command(BaseCommand):
    help = (
        "Ask the endpoints of queued submissions, the oldest first. With --list only say what is queued: "
        "look before you run, since private items are sent to those endpoints."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("ids", nargs="*", type=int, help="only these submissions")
        parser.add_argument("--list", action="store_true", help="say what is queued, and ask nothing")
        parser.add_argument(
            "--again", action="store_true", help="put the named failed ones in the queue first"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["again"]:
            failed = Submission.objects.filter(pk__in=options["ids"], status=Submission.Status.FAILED)
            failed.update(status=Submission.Status.QUEUED, error="")
        queued = Submission.objects.filter(status=Submission.Status.QUEUED).order_by("pk")
        if options["ids"]:
            queued = queued.filter(pk__in=options["ids"])
        waiting = list(queued.select_related("release"))
        if not waiting:
            self.stdout.write("Nothing is queued.")
        for submission in waiting:
            private = ", private items included" if submission.is_holdout else ""
            key = f", with the key of {submission.key_variable}" if submission.key_variable else ""
            host = urlsplit(submission.base_url).hostname
            about = (
                f"{submission.pk}: {submission.model} by {submission.protocol} on {submission.release} "
                f"at {submission.base_url} (host {host}{key}){private}"
            )
            if options["list"]:
                self.stdout.write(about)
                continue
            done = run_submission(submission)
            said = f": {done.error}" if done.error else ""
            self.stdout.write(f"{about}: {done.get_status_display().lower()}{said}")
