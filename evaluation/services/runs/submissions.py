"""Submissions: few recorded answers are scored at once; many, and endpoints, wait in the queue."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from annotation.services.locks import BusyError, one_at_a_time
from evaluation.models import Backend, EvalRun, ProtocolKind, Release, Submission, SubmittedRecord
from evaluation.publishing.rows import Part
from evaluation.scoring.columns import NONE
from evaluation.scoring.overlap_judge import NAME as OVERLAP_JUDGE
from evaluation.services.figures.grids import grid
from evaluation.services.figures.sheets import Sheet, sheet_of
from evaluation.services.runs.candidates import Wish, prepare
from evaluation.services.runs.disclosure import Told, told_holdout
from evaluation.services.runs.errors import EvaluationError
from evaluation.services.runs.evaluate import evaluate
from evaluation.services.runs.hosts import check_key
from evaluation.services.runs.spending import Spending
from evaluation.services.runs.submission_checks import check_address, check_model, check_sending, judge_of
from evaluation.services.runs.submission_errors import SubmissionError
from evaluation.services.runs.submitted_records import check_answers, keep_record, score_record
from evaluation.services.runs.summary import letter_rows
from pipeline.engines.untrusted import plain_text

logger = logging.getLogger(__name__)

AT_ONCE = 2_000  # items: more would keep whoever hands them in waiting for longer than a few seconds
Status = Submission.Status


def submit_answers(
    *, person: Any, release: Release, model: str, protocol: ProtocolKind, answers: bytes
) -> Submission:
    """Take recorded answers (:mod:`evaluation.engines.record`) to the public evaluation items: they are
    checked, kept, and scored at once where the release has at most :data:`AT_ONCE` items; else they wait as
    queued, and so they do where scoring is cut off by the end of the process.

    Every item has to be answered: a record with gaps is refused and leaves nothing behind. Free answers are
    judged by the embedded judge. Raises :class:`SubmissionError` that says which field or line is wrong.
    """
    check_model(model, person, Backend.REPLAY)
    check_answers(answers, release=release, model=model, protocol=protocol)
    submission = keep_record(
        Submission(
            release=release,
            person=person,
            model=model,
            protocol=protocol,
            judge=OVERLAP_JUDGE if protocol is ProtocolKind.FREE_ANSWER else "",
        ),
        answers,
    )
    if release.items.evaluated().count() <= AT_ONCE:
        with _taken(submission) as is_ours:
            if is_ours:
                _score_now(submission)
    return submission


def queue_endpoint(
    *,
    person: Any,
    release: Release,
    model: str,
    protocol: ProtocolKind,
    base_url: str,
    key_variable: str = "",
    judge: str = "",
    is_holdout: bool = False,
) -> Submission:
    """Put a model behind an endpoint in the queue; nothing is asked here.

    Its host must be one of ``NAVAB_ENDPOINT_HOSTS``, for private items also of ``NAVAB_HOLDOUT_HOSTS``, and
    its key one that ``NAVAB_ENDPOINT_KEYS`` binds to that host. Raises :class:`SubmissionError`.
    """
    base_url = base_url.rstrip("/")
    check_address(base_url)
    check_model(model, person, Backend.OPENAI, base_url)
    check_sending(base_url, key_variable, is_holdout)
    return Submission.objects.create(
        release=release,
        person=person,
        model=model,
        protocol=protocol,
        judge=judge_of(judge, model) if protocol is ProtocolKind.FREE_ANSWER else "",
        base_url=base_url,
        key_variable=key_variable,
        is_holdout=is_holdout,
    )


def run_submission(submission: Submission) -> Submission:
    """Score a submission of the queue, or one whose process was killed while it did, and keep what came of
    it: finished with its run, or failed with the reason, also where that is a crash. Returns it unchanged
    when somebody else on this machine is at it or has done it."""
    with _taken(submission) as is_ours:
        if is_ours:
            _run(submission)
    return submission


@contextmanager
def _taken(submission: Submission) -> Iterator[bool]:
    """Hold a submission and mark it as running; false where it is not there to be taken."""
    with ExitStack() as held:
        try:
            lock = held.enter_context(one_at_a_time(f"submission-{submission.pk}"))
        except BusyError:
            is_ours = 0
        else:
            held.callback(Path(lock.name).unlink, missing_ok=True)
            # Whoever is at one holds its lock: one that stands as running, without it, was cut off.
            waiting = Submission.objects.filter(pk=submission.pk, status__in=(Status.QUEUED, Status.RUNNING))
            is_ours = waiting.update(status=Status.RUNNING)
        submission.refresh_from_db()
        yield bool(is_ours)


def _score_now(submission: Submission) -> None:
    try:
        submission.run = score_record(submission)
        _finish(submission)
    except BaseException:  # also where the process is asked to end: whoever waits is told that it failed
        submission.delete()
        raise


def _run(submission: Submission) -> None:
    submission.status, submission.error = Status.FAILED, "interrupted; put it in the queue again"
    try:
        submission.run = _asked(submission) if submission.base_url else score_record(submission)
        if submission.run.status == EvalRun.Status.FINISHED:
            _finish(submission)
        else:
            submission.error = "some items have no answer; put it in the queue again"
    except SubmissionError as error:  # a fault of the record, which no second try mends
        submission.error = plain_text(f"{error}; hand it in again")
        SubmittedRecord.objects.filter(submission=submission).delete()
    except EvaluationError as error:
        submission.error = plain_text(str(error))
    except Exception as error:  # a fault of ours or of the machine holds up no other submission
        logger.exception("submission %s has crashed", submission.pk)
        # What a database says may repeat the row, and a holdout item is private.
        said = "" if submission.is_holdout else f": {plain_text(str(error))[:1000]}"
        submission.error = f"crashed by {type(error).__name__}{said}; put it in the queue again"
    finally:
        if submission.status != Status.FINISHED:
            submission.finished_at = timezone.now()
            submission.save(update_fields=["status", "error", "run", "finished_at"])


def _finish(submission: Submission) -> None:
    """It has its run, so that its record is of no more use."""
    submission.status, submission.error, submission.finished_at = Status.FINISHED, "", timezone.now()
    with transaction.atomic():
        submission.save(update_fields=["status", "error", "run", "finished_at"])
        SubmittedRecord.objects.filter(submission=submission).delete()


def submission_result(submission: Submission) -> dict[str, Any] | None:
    """Figures per nation and type, ``holdout`` those of the private items alone; ``None`` before there is a
    run. Aggregated only: no private item is told, nor figures of few of them."""
    run = submission.run
    if run is None:
        return None
    told = Told(None)
    result: dict[str, Any] = {"summary": told.summary(run), "control": told.control(run), "spent": run.spent}
    if run.is_holdout:
        over = grid(submission.release, holdout=True)
        private = [
            letter if item.part == Part.HOLDOUT else NONE
            for item, letter in zip(over.items, sheet_of(run, over).outcomes, strict=True)
        ]
        result["holdout"] = told_holdout(letter_rows(over, Sheet("".join(private), {}).letters))
    return result


def _asked(submission: Submission) -> EvalRun:
    if submission.key_variable:  # again: what an operator allows may have changed since
        check_key(submission.key_variable, submission.base_url)
    wish = Wish(
        model=submission.model,
        kinds=[ProtocolKind(submission.protocol)],
        base_url=submission.base_url,
        key_variable=submission.key_variable,
        judge=submission.judge,
        is_holdout=submission.is_holdout,
    )
    spending = Spending()
    candidate, (protocol,) = prepare(release=submission.release, wish=wish, spending=spending)
    return evaluate(
        release=submission.release,
        candidate=candidate,
        protocol=protocol,
        is_holdout=submission.is_holdout,
        spending=spending,
    )
