"""Takes answers as they come, costs them, and writes them several at a time while the next are under way."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any

from django.db import DataError, IntegrityError, connection, transaction
from django.utils import timezone

from evaluation.models import Answer, EvalRun, Outcome
from evaluation.services.runs.protocols.base import AskedBy
from pipeline.engines.untrusted import plausible_count

_LONGEST_WAIT = 2.0  # seconds an answer may wait to be written
_NOT_TAKEN = (DataError, IntegrityError, OverflowError, ValueError)  # for what it is, not for who is away
_COUNTS = ("prompt_tokens", "completion_tokens", "judge_prompt_tokens", "judge_completion_tokens")
_KEY = ("run_id", "item_id", "order")
_PLAIN_FIELDS = (
    "reply",
    "judge_reply",
    "prompt_digest",
    "outcome",
    "probability",
    "is_in_language",
    "error",
    "prompt_tokens",
    "completion_tokens",
    "judge_prompt_tokens",
    "judge_completion_tokens",
    "cost",
)


class AnswerWriter:
    """Counts of a session, and the answers of it that are not written yet. What was ``spent`` so far is
    written with them."""

    def __init__(
        self, run: EvalRun, about: AskedBy, batch_size: int, spent: Callable[[], dict[str, Any]]
    ) -> None:
        self.done = self.failures = self.failures_in_a_row = 0
        self.first_error = self.last_error = ""
        self._run = run
        self._about = about
        self._batch_size = batch_size
        self._spent = spent
        self._waiting: list[Answer] = []
        self._written_at = monotonic()

    @property
    def is_hopeless(self) -> bool:
        """Whether nothing but failures has come."""
        return self.failures == self.done > 0

    def take(self, answer: Answer) -> None:
        """Count an answer, and write those that wait when it is time."""
        answer.run = self._run
        for name in _COUNTS:
            if (count := getattr(answer, name)) is not None:
                setattr(answer, name, plausible_count(count))
        answer.cost = self._cost(answer)
        self.done += 1
        if answer.outcome == Outcome.ERROR:
            self.failures += 1
            self.failures_in_a_row += 1
            self.first_error = self.first_error or answer.error
            self.last_error = answer.error
        else:
            self.failures_in_a_row = 0
        self._waiting.append(answer)
        if len(self._waiting) >= self._batch_size or monotonic() - self._written_at >= _LONGEST_WAIT:
            self.flush()

    def flush(self) -> None:
        """Write what waits. An answer that the database does not take is kept as a failed one, and the others
        as they are; where it takes none at all they go on waiting, and the error is raised."""
        if self._waiting:
            with transaction.atomic():
                try:
                    _write(self._waiting)
                except _NOT_TAKEN:
                    self._write_one_by_one()
                EvalRun.objects.filter(pk=self._run.pk).update(spent=self._spent())
            self._waiting = []
        self._written_at = monotonic()

    def _write_one_by_one(self) -> None:
        for answer in self._waiting:
            try:
                _write([answer])
            except _NOT_TAKEN as error:
                said = f"the answer cannot be kept: {type(error).__name__}"
                self.failures += answer.outcome != Outcome.ERROR
                self.first_error = self.first_error or said
                lost = Answer(
                    run=self._run, item=answer.item, order=answer.order, outcome=Outcome.ERROR, error=said
                )
                _write([lost])

    def _cost(self, answer: Answer) -> float | None:
        """Of the answer's tokens; ``None`` where they were not counted or a price is unknown."""
        if answer.prompt_tokens is None and answer.completion_tokens is None:
            return None
        cost = self._about.prices.cost(answer.prompt_tokens or 0, answer.completion_tokens or 0)
        if answer.judge_prompt_tokens is None or cost is None:
            return cost
        judged = self._about.judge_prices.cost(
            answer.judge_prompt_tokens, answer.judge_completion_tokens or 0
        )
        return None if judged is None else cost + judged


def _write(answers: Sequence[Answer]) -> None:
    """Insert or replace, in one transaction.

    The same as ``bulk_create`` with ``update_conflicts``, which prepares every value of every row by its
    field and so takes five times as long: at 50 000 items that was the slowest part of a run.
    """
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    rows = [
        [
            answer.run_id,
            answer.item_id,
            answer.order,
            now,
            None if answer.details is None else json.dumps(answer.details),
            *(getattr(answer, name) for name in _PLAIN_FIELDS),
        ]
        for answer in answers
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(_upsert(), rows)


def _upsert() -> str:
    quote = connection.ops.quote_name
    columns = [*_KEY, "created_at", "details", *_PLAIN_FIELDS]
    named = ", ".join(map(quote, columns))
    places = ", ".join(["%s"] * len(columns))
    changed = ", ".join(f"{quote(name)} = EXCLUDED.{quote(name)}" for name in ("details", *_PLAIN_FIELDS))
    table, key = quote(Answer._meta.db_table), ", ".join(map(quote, _KEY))
    # Only names of ours stand in it; values are parameters.
    return f"INSERT INTO {table} ({named}) VALUES ({places}) ON CONFLICT ({key}) DO UPDATE SET {changed}"  # noqa: S608
