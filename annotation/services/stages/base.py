"""How an ITEM stage works through its rows: in batches, each committed whole, so that any stop resumes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils import timezone

from annotation.models import Derivation, JudgeType, Run
from pipeline.engines.client import AskingStoppedError
from pipeline.records import Engine
from pipeline.stage import Result

BATCH = 200
LARGE_BATCH = 10_000  # where the endpoint answers batch by batch
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
    """Work through ``work.rows``, ``size`` at a time; adds items, failures and what ``work.write`` counts.

    Raises :class:`AskingStoppedError` when no more can be asked. What was answered is kept then, and the
    items that were not have lost no attempt.
    """
    total = work.rows.count()
    progress(run.stage, 0, total)
    for rows in _batches(work.rows, size or BATCH):
        results: dict[int, Result[Any]] = {}
        stopped: AskingStoppedError | None = None
        try:
            for result in work.stage.run(work.to_records(rows)):
                results[result.key] = result
        except AskingStoppedError as error:
            stopped = error
        batch = [row for row in rows if row.pk in results] if stopped else rows
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
        if stopped:
            raise stopped


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
