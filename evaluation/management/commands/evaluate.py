"""manage.py evaluate: score a model on a release."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evaluation.models import EvalRun, Method
from evaluation.services.candidates import DEFAULT_KEY_VARIABLE, prepare
from evaluation.services.evaluate import EvaluationError, evaluate, frozen_release, run_result

_METHODS = {
    "mc": [Method.MULTIPLE_CHOICE],
    "aj": [Method.ANSWER_JUDGEMENT],
    "both": [Method.MULTIPLE_CHOICE, Method.ANSWER_JUDGEMENT],
}


class Command(BaseCommand):
    help = (
        "Score a model on a release by multiple choice and answer judgement. Run it again to resume: answers "
        "already given are never asked again, failed ones are."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("release")
        parser.add_argument("--model", required=True, help="its name at the endpoint, or ngram-baseline")
        parser.add_argument("--base-url", default="", help="of the endpoint (default: OPENAI_BASE_URL)")
        parser.add_argument(
            "--key-variable",
            default=DEFAULT_KEY_VARIABLE,
            help="environment variable that holds the endpoint's key (default: OPENAI_API_KEY)",
        )
        parser.add_argument("--method", choices=sorted(_METHODS), default="both")
        parser.add_argument("--judge", default="", help="model that judges answers; never the candidate")
        parser.add_argument("--limit", type=_positive, help="only the first N items")
        parser.add_argument(
            "--concurrency", type=_positive, help="requests at once (default: NAVAB_CONCURRENCY)"
        )
        parser.add_argument("--json", action="store_true", help="print the result as one last line of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            release = frozen_release(options["release"])
            candidate, protocols = prepare(
                release=release,
                model=options["model"],
                methods=_METHODS[options["method"]],
                base_url=options["base_url"],
                key_variable=options["key_variable"],
                judge=options["judge"],
                concurrency=options["concurrency"],
            )
            runs = [self._evaluate(release, candidate, protocol, options) for protocol in protocols]
        except EvaluationError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError("Stopped. What was answered is kept: run the same command again.") from None
        if options["json"]:
            result = {
                "release": release.name,
                "model": candidate.name,
                "runs": [run_result(run) for run in runs],
            }
            self.stdout.write(json.dumps(result))

    def _evaluate(self, release: Any, candidate: Any, protocol: Any, options: dict[str, Any]) -> EvalRun:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True)) as bars:
            bar = bars.add_task(f"{candidate.name}: {protocol.about.name}", total=None)
            run = evaluate(
                release=release,
                candidate=candidate,
                protocol=protocol,
                limit=options["limit"],
                progress=lambda done, total: bars.update(bar, completed=done, total=total),
            )
        if not options["json"]:
            self._print(run)
        return run

    def _print(self, run: EvalRun) -> None:
        from rich.console import Console
        from rich.table import Table

        judged = f", judged by {run.judge}" if run.judge else ""
        method = Method(run.method).name.replace("_", " ").lower()
        title = f"{run.candidate.name} on {run.release.name}: {method}, {run.protocol}{judged}"
        table = Table(title=title, title_justify="left")
        for name in ("nation", "type"):
            table.add_column(name)
        for name in ("items", "answered", "rate", "95 % interval", "refusal", "invalid", "flip", "failed"):
            table.add_column(name, justify="right")
        for row in run.summary:
            interval = "" if row["rate"] is None else f"{row['low']:.3f}-{row['high']:.3f}"
            rates = [row[name] for name in ("refusal_rate", "invalid_rate", "flip_rate")]
            table.add_row(
                row["nation"],
                row["source_type"],
                str(row["items"]),
                str(row["answered"]),
                _rate(row["rate"]),
                interval,
                *map(_rate, rates),
                str(row["failed"]),
            )
        Console(file=self.stdout, width=120).print(table)
        failed = run_result(run)["errors"]
        if failed:
            self.stdout.write(f"{failed} requests failed; run the same command again to retry them.")


def _rate(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _positive(text: str) -> int:
    from argparse import ArgumentTypeError

    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return value
