"""Runs the flow over what is pending, nation by nation, and can be stopped at any moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from django.conf import settings

from annotation.models import Nation, Run
from annotation.services.decisions.guarantees import solve_guarantees
from annotation.services.stages.attribution import attribution
from annotation.services.stages.base import (
    BATCH_API,
    ItemWork,
    Progress,
    close_run,
    open_run,
    run_items,
)
from annotation.services.stages.learned import learned_screening
from annotation.services.stages.replies import DatabaseBatchStore, DatabaseReplyStore
from annotation.services.stages.screening import statement_screening, topic_screening
from annotation.services.stages.statements import statements
from annotation.services.stages.triples import triples
from pipeline.engines.ledger import Budget, Ledger
from pipeline.flow import Engines
from pipeline.records import Embedding, Engine

# Screening stands three times: topics before statements are drawn from them, then the statements themselves,
# then those again that a judge learned from votes knows better.
STEPS: tuple[tuple[str, Callable[[Engines, str], ItemWork] | None], ...] = (
    ("topics", None),
    ("screening", topic_screening),
    ("statements", statements),
    ("screening", statement_screening),
    ("screening", learned_screening),
    ("attribution", attribution),
    ("conflicts", None),
    ("triples", triples),
)


@dataclass(frozen=True)
class StepReport:
    """What one step did for one nation."""

    nation: str
    stage: str
    version: str
    counts: dict[str, int] = field(default_factory=dict)


def configured_engines(
    engine: str | None = None,
    *,
    in_batches: bool = False,
    token_budget: int | None = None,
    money_budget: float | None = None,
) -> Engines:
    """Judges as the settings say; ``engine`` and the budgets override theirs. Raises ``ValueError`` for a
    budget that makes no sense."""
    budget = Budget(
        tokens=settings.NAVAB_TOKEN_BUDGET if token_budget is None else token_budget,
        money=settings.NAVAB_MONEY_BUDGET if money_budget is None else money_budget,
        price_in=settings.NAVAB_PRICE_IN,
        price_out=settings.NAVAB_PRICE_OUT,
    )
    return Engines(
        engine=Engine(engine or settings.NAVAB_ENGINE),
        base_url=settings.OPENAI_BASE_URL,
        api_key=settings.OPENAI_API_KEY,
        models=settings.NAVAB_MODELS,
        embedding=Embedding(settings.NAVAB_EMBEDDER),
        embedding_model=settings.NAVAB_EMBEDDING_MODEL,
        concurrency=settings.NAVAB_CONCURRENCY,
        ledger=Ledger(budget),
        store=DatabaseReplyStore() if settings.NAVAB_REPLY_CACHE else None,
        batches=DatabaseBatchStore() if in_batches else None,
    )


def run_pipeline(
    *,
    nations: Sequence[str] | None = None,
    stage: str | None = None,
    engines: Engines,
    progress: Progress,
) -> Iterator[StepReport]:
    """Do what is pending, step by step; yields a report after each. Finished work is never done again.

    First thresholds are solved anew from the verdicts people have given since the last time.
    """
    solve_guarantees()
    codes = list(nations) if nations else list(Nation.objects.values_list("code", flat=True))
    for code in codes:
        for name, make in STEPS:
            if stage in (None, name):
                report = _step(code, name, make, engines, progress)
                if report.counts or make is not learned_screening:
                    yield report


def _step(
    code: str,
    name: str,
    make: Callable[[Engines, str], ItemWork] | None,
    engines: Engines,
    progress: Progress,
) -> StepReport:
    def shown(stage: str, done: int, total: int) -> None:
        progress(f"{code} {stage}", done, total)

    work = make(engines, code) if make else None
    version = work.stage.version if work else _corpus_version(name, engines)
    if work and not work.rows.exists():
        return StepReport(code, name, version)
    run = open_run(name, version, (work and work.engine) or engines.engine, code)
    counts: Counter[str] = Counter()
    before = engines.ledger.as_dict()
    try:
        if work:
            run_items(work, run, shown, counts, None if engines.batches is None else BATCH_API)
        else:
            counts += _corpus(name, run, engines, shown)
    except KeyboardInterrupt:
        close_run(run, counts, Run.Status.STOPPED)
        raise
    except Exception as error:
        close_run(run, counts, Run.Status.FAILED, f"{type(error).__name__}: {error}")
        raise
    finally:
        _write_spent(run, before, engines.ledger.as_dict())
    if counts or run.derivations.exists():
        close_run(run, counts)
    else:
        run.delete()
    return StepReport(code, name, version, dict(counts))


def _write_spent(run: Run, before: dict[str, float], after: dict[str, float]) -> None:
    """What the run spent on a language model, among its parameters; nothing for one that asked none."""
    spent = {name: round(after[name] - before[name], 6) for name in after}
    if any(spent.values()):
        run.parameters["spent"] = spent
        run.save(update_fields=["parameters"])


def _corpus(name: str, run: Run, engines: Engines, progress: Progress) -> Counter[str]:
    if name == "topics":
        from annotation.services.stages.topics import cluster_documents

        return cluster_documents(run, engines, progress)
    from annotation.services.stages.conflicts import reduce_conflicts

    return reduce_conflicts(run, engines, progress)


def _corpus_version(name: str, engines: Engines) -> str:
    return engines.topics_version if name == "topics" else engines.pair_judge.version
