"""Running a candidate on a release: what is not answered yet is asked, and answers are kept as they come."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from annotation.lifecycle import SCORED
from evaluation.engines.probe import Probe
from evaluation.models import Backend, CandidateModel, EvalRun, Outcome, Release
from evaluation.services.figures.readings import Reading, read_answers
from evaluation.services.figures.sheets import keep_sheet
from evaluation.services.figures.standings import keep_standing
from evaluation.services.runs.answer_writer import AnswerWriter
from evaluation.services.runs.controls import control_of
from evaluation.services.runs.errors import EvaluationError
from evaluation.services.runs.names import same_model
from evaluation.services.runs.pending import answered_count, item_ids, pending_work
from evaluation.services.runs.protocols.base import AskingProtocol
from evaluation.services.runs.run_slices import run_slices
from evaluation.services.runs.spending import Spending
from evaluation.services.runs.summary import run_figures, summarise_run
from pipeline.engines.client import EndpointUnavailableError

__all__ = ["EvaluationError", "evaluate", "run_result", "scored_release"]

Progress = Callable[[int, int], None]
_HOPELESS = 64  # failures in a row after which no more is asked


def scored_release(label: str) -> Release:
    """The candidate or published release ``name@version``, or the newest version of ``name``.

    Raises :class:`EvaluationError` when there is none.
    """
    release = Release.objects.named(label).first() or Release.objects.filter(name=label).first()
    if release is None:
        raise EvaluationError(Release.objects.why_unnamed(label))
    if release.status not in SCORED:
        raise EvaluationError(
            f"Release {release} is {release.status}; only a {' or '.join(SCORED)} release is scored."
        )
    return release


def evaluate(
    *,
    release: Release,
    candidate: CandidateModel,
    protocol: AskingProtocol,
    limit: int | None = None,
    is_holdout: bool = False,
    spending: Spending,
    batch_size: int = 512,
    progress: Progress | None = None,
) -> EvalRun:
    """Score ``candidate`` on the first ``limit`` items (all by default), resuming an earlier run.

    Items are those of the evaluation part, with ``is_holdout`` also the private ones. What a protocol needs
    is tried first; where it is not given, :class:`EvaluationError` says what the endpoint did. Answers
    without error are never asked again; failed ones are. They are kept ``batch_size`` at a time, or after two
    seconds, while the next ones are under way, so a stop loses at most those. When the budget of ``spending``
    is gone, the run ends as stopped. After 64 failures in a row no more is asked: :class:`EvaluationError`.
    """
    before = spending.snapshot()
    ids = item_ids(release, is_holdout, limit)
    orders = protocol.about.orders
    run = EvalRun.objects.filter(**_identity(release, candidate, protocol, is_holdout)).first()
    wanted = len(ids) * len(orders) - (answered_count(run, ids) if run else 0)
    if wanted or run is None:
        found = protocol.probe()
        if not found.is_passed:
            raise EvaluationError(_refused(candidate, protocol, found))
        _check_judge(candidate, protocol, found)
        run = _begun(release, candidate, protocol, is_holdout, found)
    earlier = run.spent
    writer = AnswerWriter(run, protocol.about, batch_size, lambda: spending.since(before, earlier))
    try:
        for answer in protocol.ask(pending_work(run, ids, orders)):
            writer.take(answer)
            if progress:
                progress(writer.done, wanted)
            if writer.is_hopeless and writer.done >= _HOPELESS:
                break  # nobody has been answered yet: asking on would only fail the rest
            if writer.failures_in_a_row >= _HOPELESS and candidate.backend != Backend.REPLAY:
                break  # it has turned away for good; the run goes on when it is back
        writer.flush()
        control_of(run, protocol)
    except EndpointUnavailableError as error:
        raise EvaluationError(f"{error}. What was answered is kept: run the same command again.") from error
    finally:
        writer.flush()
        run.spent = spending.since(before, earlier)
        reading = _close(run)
    if writer.is_hopeless:
        raise EvaluationError(
            f"All {writer.failures} requests to {candidate.name} failed; the first said: "
            f"{_told(writer.first_error, is_holdout)}. Run the same command again to retry them."
        )
    if writer.failures_in_a_row >= _HOPELESS and candidate.backend != Backend.REPLAY:
        raise EvaluationError(
            f"{writer.failures_in_a_row} requests in a row to {candidate.name} failed; the last said: "
            f"{_told(writer.last_error, is_holdout)}. What was answered is kept: run the same command again."
        )
    if run.status == EvalRun.Status.FINISHED:  # now, so that no page has to
        keep_sheet(reading)
        keep_standing(run, reading.grid)
        run_slices(run, reading.grid)
    return run


def _identity(
    release: Release, candidate: CandidateModel, protocol: AskingProtocol, is_holdout: bool
) -> dict[str, Any]:
    """What makes a run itself: with any of these changed it is another one."""
    about = protocol.about
    return {
        "release": release,
        "candidate": candidate,
        "method": about.method,
        "judge": about.judge,
        "protocol": about.kind,
        "prompt_digest": about.prompt_digest,
        "parameters_digest": about.parameters_digest,
        "is_holdout": is_holdout,
    }


def _begun(
    release: Release, candidate: CandidateModel, protocol: AskingProtocol, is_holdout: bool, found: Probe
) -> EvalRun:
    about = protocol.about
    run, _ = EvalRun.objects.get_or_create(
        **_identity(release, candidate, protocol, is_holdout),
        defaults={"parameters": about.parameters, "reason": about.reason},
    )
    run.status, run.finished_at, run.place = EvalRun.Status.RUNNING, None, about.place
    run.probe = {"said": found.said, "at": timezone.now().isoformat(timespec="seconds"), **found.facts}
    run.save(update_fields=["status", "finished_at", "place", "probe"])
    return run


def _close(run: EvalRun) -> Reading:
    """Finished means every item has an answer in every order; anything less is stopped."""
    reading = read_answers(run)
    run.status = EvalRun.Status.FINISHED if reading.is_whole else EvalRun.Status.STOPPED
    run.summary = summarise_run(run, reading)
    run.figures = {**run.figures, **run_figures(run, reading)}
    run.finished_at = timezone.now()
    run.save(update_fields=["status", "summary", "figures", "spent", "finished_at"])
    return reading


def _told(error: str, is_holdout: bool) -> str:
    # A server may repeat what it was asked, and a holdout item is private.
    return error.partition(":")[0][:40] if is_holdout else error


def _check_judge(candidate: CandidateModel, protocol: AskingProtocol, found: Probe) -> None:
    """A model under another name may not judge its own answers: replies say which model has served them."""
    judging = (found.facts.get("judge") or {}).get("model")
    for served in found.facts.get("models") or [found.facts.get("model")]:
        if served and judging and same_model(served, judging):
            raise EvaluationError(
                f"{candidate.name} may not judge its own answers: it and the judge {protocol.about.judge} "
                f"are both served by {served}. Name another model with --judge."
            )


def _refused(candidate: CandidateModel, protocol: AskingProtocol, found: Probe) -> str:
    about = protocol.about
    where = about.place.get("base_url")
    return (
        f"{candidate.name}{f' at {where}' if where else ''} cannot be scored by {about.kind}: {found.said}. "
        "Choose another --protocol, or another endpoint."
    )


def run_result(run: EvalRun) -> dict[str, Any]:
    """A run as plain values, for people and programs to read."""
    return {
        "run": run.pk,
        "method": run.method,
        "protocol": run.protocol,
        "reason": run.reason,
        "judge": run.judge,
        "status": run.status,
        "is_holdout": run.is_holdout,
        "answers": run.answers.exclude(outcome=Outcome.ERROR).count(),
        "errors": run.answers.filter(outcome=Outcome.ERROR).count(),
        "summary": run.summary,
        "figures": run.figures,
        "control": run.control,
        "spent": run.spent,
    }
