"""manage.py judge_check: measure a run's judge against people's votes, or draw the answers to vote on."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evaluation.models import EvalRun
from evaluation.services.runs.answer_votes import answers_to_vote
from evaluation.services.runs.errors import EvaluationError


class Command(BaseCommand):
    help = (
        "With --sample N: print N answers of a run, drawn at random, for people to vote on. Without: compare "
        "their votes with the judge's verdicts (kappa, confusion), correct its rate by them, and keep that "
        "with the run."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("run", type=int)
        parser.add_argument("--sample", type=int, default=0, help="how many answers to draw")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--nation", default="", help="only answers to items of this nation")

    def handle(self, *args: Any, **options: Any) -> None:
        run = EvalRun.objects.filter(pk=options["run"]).first()
        if run is None:
            raise CommandError(f"There is no run {options['run']}.")
        try:
            if options["sample"] > 0:
                drawn = answers_to_vote(
                    run=run, number=options["sample"], seed=options["seed"], nation=options["nation"]
                )
                for answer in drawn:
                    told = {
                        "answer": answer.pk,
                        "question": answer.item.question,
                        "statement": answer.item.statement,
                        "reversed_statement": answer.item.reversed_statement,
                        "reply": answer.reply,
                    }
                    self.stdout.write(json.dumps(told, ensure_ascii=False))
                return
            self.stdout.write(json.dumps(self._checked(run)))
        except EvaluationError as error:
            raise CommandError(str(error)) from error

    def _checked(self, run: EvalRun) -> list[dict[str, Any]]:
        from evaluation.services.figures.model_checks import judge_checks

        rows = judge_checks(run)
        if not rows:
            raise EvaluationError(
                f"Nobody has voted on answers of run {run.pk}. Draw some with --sample, and enter votes in "
                "the admin under Answer votes."
            )
        run.figures = {**run.figures, "judge": rows}
        run.save(update_fields=["figures"])
        return rows
