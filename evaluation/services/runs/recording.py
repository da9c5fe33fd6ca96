"""A record of answers is whole or refused: what a run knows already is neither asked nor written again."""

from __future__ import annotations

from pathlib import Path

from evaluation.engines.record import Recorder
from evaluation.models import LIKELIHOODS, Answer, CandidateModel, Outcome, Release
from evaluation.services.runs.errors import EvaluationError
from evaluation.services.runs.protocols.base import AskedBy


def check_recording(
    recorder: Recorder, path: Path, *, release: Release, candidate: CandidateModel, about: AskedBy
) -> None:
    """Raise :class:`EvaluationError` where the run has answers that the file does not hold."""
    answers = Answer.objects.filter(
        run__release=release,
        run__candidate=candidate,
        run__protocol=about.kind,
        run__judge=about.judge,
        run__prompt_digest=about.prompt_digest,
        run__parameters_digest=about.parameters_digest,
        run__is_holdout=False,
    ).exclude(outcome=Outcome.ERROR)
    kind = "likelihood" if about.kind in LIKELIHOODS else about.kind.value
    orders = ("statement", "reversed") if about.kind in LIKELIHOODS else ()
    missing = sum(
        any(f"{kind}|{key}|{name}" not in recorder.held for name in orders or (order,))
        for key, order in answers.values_list("item__key", "order")
    )
    if missing:
        recorder.withdraw()
        raise EvaluationError(
            f"--record {path} would be incomplete: {missing} answers of the run by {about.kind} were given "
            "before and are not in it, and they are not asked again. Record to the file they are in, or "
            "delete the run first."
        )
