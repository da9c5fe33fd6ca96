"""How an ITEM stage works through its rows: in batches, each committed whole, so that any stop resumes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils import timezone

from annotation.models import Derivation, JudgeType, Run
from pipeline.engines.client import EndpointUnavailableError
from pipeline.engines.ledger import BudgetSpentError
from pipeline.records import Engine
from pipeline.stage import Result

BATCH = 200
BATCH_API = 20_000  # rows of a batch where it goes to the endpoint as a file
STOPS = (BudgetSpentError, EndpointUnavailableError)  # what ends a run without any item's fault
T = TypeVar("T")
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class ItemWork:
    """One ITEM stage over one table.

    ``rows`` are the pending ones; ``to_records`` makes the stage's inputs of a batch; ``write`` stores the
    outputs of a batch and returns counts. It is called inside the transaction that marks the batch done.
    ``engine`` is who judges, where that is not the engine of the run.
    """

    stage: Any
    rows: QuerySet[Any]
    subject: str
    to_records: Callable[[Sequence[Any]], list[Any]]
    write: Callable[[Run, Sequence[tuple[Any, Derivation, Result[Any]]]], Counter[str]]
    engine: Engine | None = None


def open_run(stage: str, version: str, engine: Engine, nation_id: str | None, **parameters: Any) -> Run:
    """Start a run. A run of this stage and nation that was killed is marked stopped first."""
    Run.objects.filter(stage=stage, nation_id=nation_id, status=Run.Status.RUNNING).update(
        status=Run.Status.STOPPED, error="stopped without closing; taken over by a later run"
    )
    return Run.objects.create(
        stage=stage, version=version, engine=engine, nation_id=nation_id, parameters=parameters
    )


def close_run(run: Run, counts: Counter[str], status: str = Run.Status.FINISHED, error: str = "") -> None:
    """Write how a run ended."""
    run.status, run.counts, run.error, run.finished_at = status, dict(counts), error[:2000], timezone.now()
    run.save(update_fields=["status", "counts", "error", "finished_at"])


def judge_type_of(engine: str) -> JudgeType:
    """Who an engine is, as a judge."""
    return {
        Engine.RULES: JudgeType.RULES,
        Engine.OPENAI: JudgeType.MODEL,
        Engine.LEARNED: JudgeType.LEARNED,
    }[Engine(engine)]


def run_items(
    work: ItemWork, run: Run, progress: Progress, counts: Counter[str], size: int | None = None
) -> None:
    """Work through ``work.rows``, ``size`` (or ``BATCH``) at a time; adds to ``counts`` items, failures and
    whatever ``work.write`` counts.

    Where the model cannot be asked any more, what it has answered is written before the error goes on.
    """
    total = work.rows.count()
    progress(run.stage, 0, total)
    for batch in _batches(work.rows, size or BATCH):
        results: dict[int, Result[Any]] = {}
        stop: Exception | None = None
        try:
            results.update((result.key, result) for result in work.stage.run(work.to_records(batch)))
        except STOPS as error:
            stop = error
            batch = [row for row in batch if row.pk in results]  # the others have lost no try
        with transaction.atomic():
            derivations = _derivations(work, run, batch, results)
            good = [
                (row, derivations[row.pk], results[row.pk])
                for row in batch
                if row.pk in results and not results[row.pk].error
            ]
            counts += work.write(run, good)
        counts["items"] += len(batch)
        counts["failed"] += len(batch) - len(good)
        progress(run.stage, counts["items"], total)
        if stop is not None:
            raise stop


def in_batches(results: Iterable[T], size: int) -> Iterator[list[T]]:
    """Results in lists of ``size``; also the last ones before the model cannot be asked any more."""
    batch: list[T] = []
    try:
        for result in results:
            batch.append(result)
            if len(batch) == size:
                yield batch
                batch = []
    except STOPS:
        if batch:
            yield batch
        raise
    if batch:
        yield batch


def _batches(rows: QuerySet[Any], size: int) -> Iterator[list[Any]]:
    """Batches by rising key, so that rows that failed in this run are not met again in it."""
    last = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk")[:size]):
        yield batch
        last = batch[-1].pk


def _derivations(
    work: ItemWork, run: Run, batch: Sequence[Model], results: dict[int, Result[Any]]
) -> dict[int, Derivation]:
    """Record what became of each input; a failed one is tried again by a later run, up to a limit."""
    earlier = {
        getattr(row, f"{work.subject}_id"): row
        for row in Derivation.objects.filter(
            stage=run.stage, version=work.stage.version, **{f"{work.subject}__in": batch}
        )
    }
    made: list[Derivation] = []
    again: list[Derivation] = []
    for row in batch:
        result = results.get(row.pk) or Result(key=row.pk, error="the stage gave no result for this item")
        derivation = earlier.get(row.pk)
        if derivation is None:
            derivation = Derivation(stage=run.stage, version=work.stage.version, **{work.subject: row})
            made.append(derivation)
        else:
            derivation.attempts += 1
            again.append(derivation)
        derivation.run = run
        derivation.raw_reply = result.raw
        derivation.prompt_digest = result.prompt_digest
        derivation.input_digest = result.input_digest
        derivation.error = result.error
        derivation.is_finished = not result.error
    Derivation.objects.bulk_create(made)
    Derivation.objects.bulk_update(
        again,
        ["run", "attempts", "raw_reply", "prompt_digest", "input_digest", "error", "is_finished"],
    )
    return {getattr(row, f"{work.subject}_id"): row for row in (*made, *again)}
