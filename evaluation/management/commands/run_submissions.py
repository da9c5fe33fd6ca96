"""manage.py run_submissions: score what researchers have put in the queue."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandParser

from evaluation.models import Submission
from evaluation.services.runs.submissions import run_submission

Status = Submission.Status


class Command(BaseCommand):
    help = (
        "Score the submissions that wait, the oldest first: recorded answers, and endpoints, which are "
        "asked. What was cut off goes on where it stopped. With --list only say what waits: look before you "
        "run, since private items are sent to those endpoints."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("ids", nargs="*", type=int, help="only these submissions")
        parser.add_argument("--list", action="store_true", help="say what waits, and score nothing")
        parser.add_argument(
            "--records", action="store_true", help="only recorded answers: nothing is asked of any endpoint"
        )
        parser.add_argument(
            "--again", action="store_true", help="put the named failed ones in the queue first"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["again"]:
            failed = Submission.objects.filter(pk__in=options["ids"], status=Status.FAILED)
            failed.update(status=Status.QUEUED, error="")
        waiting = Submission.objects.filter(status__in=(Status.QUEUED, Status.RUNNING)).order_by("pk")
        if options["ids"]:
            waiting = waiting.filter(pk__in=options["ids"])
        if options["records"]:
            waiting = waiting.filter(base_url="")
        found = list(waiting.select_related("release"))
        if not found:
            self.stdout.write("Nothing is queued.")
        for submission in found:
            about = _about(submission)
            if options["list"]:
                running = " (running, or cut off)" if submission.status == Status.RUNNING else ""
                self.stdout.write(f"{about}{running}")
                continue
            done = run_submission(submission)
            said = f": {done.error}" if done.error else ""
            self.stdout.write(f"{about}: {done.get_status_display().lower()}{said}")


def _about(submission: Submission) -> str:
    named = f"{submission.pk}: {submission.model} by {submission.protocol} on {submission.release}"
    if not submission.base_url:
        return f"{named}, recorded answers"
    private = ", private items included" if submission.is_holdout else ""
    key = f", with the key of {submission.key_variable}" if submission.key_variable else ""
    host = urlsplit(submission.base_url).hostname
    return f"{named} at {submission.base_url} (host {host}{key}){private}"
