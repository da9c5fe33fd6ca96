"""Running a candidate on a release: what is not answered yet is asked, and every batch is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from annotation.lifecycle import ReleaseStatus
from evaluation.models import Answer, CandidateModel, EvalRun, Outcome, Release, ReleaseItem
from evaluation.services.protocols.base import AskingProtocol, Work
from evaluation.services.summary import summarise_run

Progress = Callable[[int, int], None]
_KEPT_FIELDS = (
    "reply",
    "judge_reply",
    "outcome",
    "probability",
    "error",
    "prompt_tokens",
    "completion_tokens",
)


class EvaluationError(ValueError):
    """A run cannot start or got nowhere; the message says why and what to do."""


def frozen_release(name: str) -> Release:
    """The frozen release of that name. Raises :class:`EvaluationError` when there is none."""
    release = Release.objects.filter(name=name).first()
    if release is None:
        known = ", ".join(Release.objects.values_list("name", flat=True)) or "none"
        raise EvaluationError(f"There is no release {name!r}; there are: {known}.")
    if release.status != ReleaseStatus.FROZEN:
        raise EvaluationError(f"Release {name} is {release.status}; only a frozen release is scored.")
    return release


def evaluate(
    *,
    release: Release,
    candidate: CandidateModel,
    protocol: AskingProtocol,
    limit: int | None = None,
    batch_size: int = 64,
    progress: Progress | None = None,
) -> EvalRun:
    """Score ``candidate`` on the first ``limit`` items (all by default), resuming an earlier run.

    Answers without error are never asked again; failed ones are. Commits after every batch, so a stop loses
    at most one. When every request of the first batch fails, no more are asked: :class:`EvaluationError`.
    """
    run = _run(release, candidate, protocol)
    pending = _pending(run, protocol.about.orders, limit)
    done = failures = 0
    first_error = ""
    try:
        for start in range(0, len(pending), batch_size):
            answers = list(protocol.ask(pending[start : start + batch_size]))
            _keep(run, answers)
            done += len(answers)
            errors = [answer.error for answer in answers if answer.outcome == Outcome.ERROR]
            failures += len(errors)
            first_error = first_error or (errors[0] if errors else "")
            if progress:
                progress(done, len(pending))
            if failures == done:
                break  # nobody has been answered yet: asking on would only fail the rest
    finally:
        _close(run, len(protocol.about.orders))
    if failures and failures == done:
        raise EvaluationError(
            f"All {failures} requests to {candidate.name} failed; the first said: {first_error}. "
            "Run the same command again to retry them."
        )
    return run


def _run(release: Release, candidate: CandidateModel, protocol: AskingProtocol) -> EvalRun:
    about = protocol.about
    run, created = EvalRun.objects.get_or_create(
        release=release,
        candidate=candidate,
        method=about.method,
        judge=about.judge,
        protocol=about.name,
        prompt_digest=about.prompt_digest,
        defaults={"parameters": about.parameters},
    )
    if not created:
        EvalRun.objects.filter(pk=run.pk).update(status=EvalRun.Status.RUNNING, finished_at=None)
    return run


def _pending(run: EvalRun, orders: Sequence[str], limit: int | None) -> list[Work]:
    # By key: the first N are a mixture of nations and types, and always the same ones.
    items = list(ReleaseItem.objects.filter(release=run.release_id).order_by("key")[:limit])
    known = {
        (item_id, order): (outcome, reply)
        for item_id, order, outcome, reply in Answer.objects.filter(run=run).values_list(
            "item_id", "order", "outcome", "reply"
        )
    }
    pending = []
    for item in items:
        for order in orders:
            outcome, reply = known.get((item.pk, order), (Outcome.ERROR, ""))
            if outcome == Outcome.ERROR:
                pending.append(Work(item, order, reply))
    return pending


@transaction.atomic
def _keep(run: EvalRun, answers: Sequence[Answer]) -> None:
    for answer in answers:
        answer.run = run
    Answer.objects.bulk_create(
        answers,
        update_conflicts=True,
        unique_fields=["run", "item", "order"],
        update_fields=list(_KEPT_FIELDS),
    )


def _close(run: EvalRun, orders: int) -> None:
    """Finished means every item has an answer in every order; anything less is stopped."""
    answered = Answer.objects.filter(run=run).exclude(outcome=Outcome.ERROR).count()
    wanted = ReleaseItem.objects.filter(release=run.release_id).count() * orders
    run.status = EvalRun.Status.FINISHED if answered == wanted else EvalRun.Status.STOPPED
    run.summary = summarise_run(run)
    run.finished_at = timezone.now()
    run.save(update_fields=["status", "summary", "finished_at"])


def run_result(run: EvalRun) -> dict[str, Any]:
    """A run as plain values, for people and programs to read."""
    return {
        "run": run.pk,
        "method": run.method,
        "protocol": run.protocol,
        "judge": run.judge,
        "status": run.status,
        "answers": run.answers.exclude(outcome=Outcome.ERROR).count(),
        "errors": run.answers.filter(outcome=Outcome.ERROR).count(),
        "summary": run.summary,
    }
