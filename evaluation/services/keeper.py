"""Takes answers as they come, costs them, and writes them several at a time while the next are under way."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic

from django.db import transaction

from evaluation.models import Answer, EvalRun, Outcome
from evaluation.services.protocols.base import AskedBy

_LONGEST_WAIT = 2.0  # seconds an answer may wait to be written
_KEPT_FIELDS = (
    "reply",
    "judge_reply",
    "prompt_digest",
    "outcome",
    "probability",
    "details",
    "is_in_language",
    "error",
    "prompt_tokens",
    "completion_tokens",
    "judge_prompt_tokens",
    "judge_completion_tokens",
    "cost",
)


class Keeper:
    """Counts of a session, and the answers of it that are not written yet."""

    def __init__(self, run: EvalRun, about: AskedBy, batch_size: int) -> None:
        self.done = self.failures = 0
        self.first_error = ""
        self._run = run
        self._about = about
        self._batch_size = batch_size
        self._waiting: list[Answer] = []
        self._written_at = monotonic()

    @property
    def is_hopeless(self) -> bool:
        """Whether nothing but failures has come."""
        return self.failures == self.done > 0

    def take(self, answer: Answer) -> None:
        """Count an answer, and write those that wait when it is time."""
        answer.run = self._run
        answer.cost = self._cost(answer)
        self.done += 1
        if answer.outcome == Outcome.ERROR:
            self.failures += 1
            self.first_error = self.first_error or answer.error
        self._waiting.append(answer)
        if len(self._waiting) >= self._batch_size or monotonic() - self._written_at >= _LONGEST_WAIT:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            _write(waiting)
        self._written_at = monotonic()

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


@transaction.atomic
def _write(answers: Sequence[Answer]) -> None:
    Answer.objects.bulk_create(
        answers,
        update_conflicts=True,
        unique_fields=["run", "item", "order"],
        update_fields=list(_KEPT_FIELDS),
    )
