"""manage.py evaluate: score a model on a release."""

from __future__ import annotations

import json
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evaluation.models import EvalRun, Method, ProtocolKind
from evaluation.services.runs.candidates import DEFAULT_KEY_VARIABLE, Wish, prepare
from evaluation.services.runs.evaluate import EvaluationError, evaluate, run_result, scored_release
from evaluation.services.runs.spending import MOST_MONEY, Spending

_METHODS = {
    "mc": (Method.MULTIPLE_CHOICE,),
    "aj": (Method.ANSWER_JUDGEMENT,),
    "both": (Method.MULTIPLE_CHOICE, Method.ANSWER_JUDGEMENT),
}


class Command(BaseCommand):
    help = (
        "Score a model on a release by multiple choice and answer judgement. Run it again to resume: answers "
        "already given are never asked again, failed ones are."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("release", help="name, or name@version")
        what = parser.add_argument_group("what is scored")
        what.add_argument(
            "--model", default="", help="its name at the endpoint, or ngram-baseline or bigram-baseline"
        )
        what.add_argument("--base-url", default="", help="of the endpoint (default: OPENAI_BASE_URL)")
        what.add_argument(
            "--key-variable",
            default=DEFAULT_KEY_VARIABLE,
            help="environment variable that holds the endpoint's key (default: OPENAI_API_KEY)",
        )
        what.add_argument("--weights", type=Path, help="folder of a local model, run by transformers")
        what.add_argument("--device", default="cpu", help="of a local model (default: cpu)")
        what.add_argument(
            "--chat-scored",
            action="store_true",
            help="put questions into a local model's chat template for likelihoods too",
        )
        what.add_argument("--replay", type=Path, help="file of recorded answers, instead of a model")
        how = parser.add_argument_group("how it is scored")
        how.add_argument("--method", choices=sorted(_METHODS), default="both")
        how.add_argument(
            "--protocol",
            action="append",
            choices=[kind.value for kind in ProtocolKind],
            default=[],
            help="instead of --method, and more than once if wanted; else multiple choice is by "
            "letters_logprob where the endpoint gives what that needs, by letters where not",
        )
        how.add_argument("--judge", default="", help="model that judges answers; never the candidate")
        how.add_argument("--holdout", action="store_true", help="ask the private holdout items too")
        how.add_argument("--limit", type=_positive, help="only the first N items")
        how.add_argument("--record", type=Path, help="file to write the model's answers to, for --replay")
        spent = parser.add_argument_group("what it may take")
        spent.add_argument(
            "--concurrency", type=_positive, help="requests at once (default: NAVAB_CONCURRENCY)"
        )
        spent.add_argument("--budget-tokens", type=_positive, default=0, help="stop after so many tokens")
        spent.add_argument("--budget-cost", type=_price, default=0.0, help="stop after so much money")
        spent.add_argument("--price-in", type=_price, help="of a million tokens read")
        spent.add_argument("--price-out", type=_price, help="of a million tokens written")
        parser.add_argument("--json", action="store_true", help="print the result as one last line of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        spending = Spending(options["budget_tokens"], options["budget_cost"])
        try:
            release = scored_release(options["release"])
            candidate, protocols = prepare(release=release, wish=_wish(options), spending=spending)
            runs = [self._evaluate(release, candidate, protocol, spending, options) for protocol in protocols]
        except EvaluationError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError("Stopped. What was answered is kept: run the same command again.") from None
        if options["json"]:
            result = {
                "release": release.label,
                "model": candidate.name,
                "runs": [run_result(run) for run in runs],
            }
            self.stdout.write(json.dumps(result))

    def _evaluate(
        self, release: Any, candidate: Any, protocol: Any, spending: Spending, options: dict[str, Any]
    ) -> EvalRun:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True)) as bars:
            bar = bars.add_task(f"{candidate.name}: {protocol.about.kind}", total=None)
            run = evaluate(
                release=release,
                candidate=candidate,
                protocol=protocol,
                limit=options["limit"],
                is_holdout=options["holdout"],
                spending=spending,
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
        title = f"{run.candidate.name} on {run.release.label}: {method}, {run.protocol}{judged}"
        table = Table(title=title, title_justify="left")
        controls = {
            (row["nation"], row["source_type"]): row["rate"] for row in run.control.get("summary", [])
        }
        for name in ("nation", "type"):
            table.add_column(name)
        for name in ("items", "answered", "agreement", "95 % interval", "of answered", "refusal", "invalid",
                     "flip", "failed"):  # fmt: skip
            table.add_column(name, justify="right")
        if controls:
            table.add_column("random", justify="right")
        for row in run.summary:
            ends = row.get("agreement_low"), row.get("agreement_high")
            interval = "" if None in ends else f"{ends[0]:.3f}-{ends[1]:.3f}"
            rates = [row[name] for name in ("refusal_rate", "invalid_rate", "flip_rate")]
            beside = [_rate(controls.get((row["nation"], row["source_type"])))] if controls else []
            table.add_row(
                row["nation"],
                row["source_type"],
                str(row["items"]),
                str(row["answered"]),
                _rate(row["agreement_rate"]),
                interval,
                _rate(row["rate"]),
                *map(_rate, rates),
                str(row["failed"]),
                *beside,
            )
        Console(file=self.stdout, width=120).print(table)
        for line in _notes(run):
            self.stdout.write(line)


def _notes(run: EvalRun) -> list[str]:
    """What else has to be said of a run."""
    failed = run_result(run)["errors"]
    stopped = run.spent.get("stopped_by")
    notes = [
        run.reason,
        f"random: {run.control['name']} on the same items; chance is {run.control['line']}."
        if run.control
        else "",
        f"{failed} requests failed; run the same command again to retry them." if failed else "",
        f"Stopped: {stopped}. Run the same command again to go on." if stopped else "",
    ]
    return [note for note in notes if note]


def _wish(options: dict[str, Any]) -> Wish:
    return Wish(
        model=options["model"],
        methods=_METHODS[options["method"]],
        kinds=[ProtocolKind(name) for name in options["protocol"]],
        base_url=options["base_url"],
        key_variable=options["key_variable"],
        judge=options["judge"],
        concurrency=options["concurrency"],
        weights=options["weights"],
        device=options["device"],
        is_chat_scored=options["chat_scored"],
        replay=options["replay"],
        record=options["record"],
        is_holdout=options["holdout"],
        price_in=options["price_in"],
        price_out=options["price_out"],
    )


def _rate(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _positive(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return value


def _price(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= MOST_MONEY:
        raise ArgumentTypeError(f"{text!r} is not a number from 0 to {MOST_MONEY}")
    return value
