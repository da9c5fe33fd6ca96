"""Recorded answers that were handed in: checked, kept until they are scored, and scored."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from django.db import transaction

from evaluation.engines.replay import RecordError, Replay
from evaluation.models import (
    Backend,
    CandidateModel,
    EvalRun,
    Outcome,
    ProtocolKind,
    Release,
    Submission,
    SubmittedRecord,
)
from evaluation.services.runs.candidates import Wish, prepare
from evaluation.services.runs.errors import EvaluationError
from evaluation.services.runs.evaluate import evaluate
from evaluation.services.runs.record_check import check_record, gaps
from evaluation.services.runs.spending import Spending
from evaluation.services.runs.submission_errors import SubmissionError


def check_answers(answers: bytes, *, release: Release, model: str, protocol: ProtocolKind) -> None:
    """Raise :class:`SubmissionError` with the line where ``answers`` are no record of this model by this
    protocol with an answer to every public evaluation item."""
    with _file(answers) as path:
        try:
            header = Replay(path).header
        except RecordError as error:
            said = str(error).removeprefix(f"{path}, ").replace(str(path), "it")
            raise SubmissionError("answers", said) from None
    check_record(header, answers, release=release, model=model, protocol=protocol)


def keep_record(submission: Submission, answers: bytes) -> Submission:
    """Save a submission as queued together with its record: both or neither."""
    with transaction.atomic():
        submission.save(force_insert=True)
        SubmittedRecord.objects.create(submission=submission, content=gzip.compress(answers))
    return submission


def score_record(submission: Submission) -> EvalRun:
    """The finished run of a submission's record. What one that cannot be scored has made is taken away again.

    Raises :class:`SubmissionError` for a fault of the record, :class:`EvaluationError` where the record is
    gone.
    """
    record = SubmittedRecord.objects.filter(submission=submission).first()
    if record is None:
        raise EvaluationError("its record is gone; hand it in again")
    model, kind = submission.model, ProtocolKind(submission.protocol)
    with _file(gzip.decompress(bytes(record.content))) as path:
        wish = Wish(model=model, kinds=[kind], replay=path, judge=submission.judge)
        try:
            release, spending = submission.release, Spending()
            candidate, (protocol,) = prepare(release=release, wish=wish, spending=spending)
            run = evaluate(release=release, candidate=candidate, protocol=protocol, spending=spending)
            if run.status != EvalRun.Status.FINISHED:
                raise SubmissionError("answers", _gaps(run))
        except BaseException as error:
            _take_away(submission, path)
            if isinstance(error, EvaluationError):
                raise SubmissionError("answers", str(error).replace(str(path), "it")) from error
            raise
    return run


@contextmanager
def _file(answers: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answers.jsonl"
        path.write_bytes(answers)
        yield path


def _take_away(submission: Submission, path: Path) -> None:
    """The runs of a record, also of a try that was cut off, and the model where it has no other run."""
    runs = EvalRun.objects.filter(
        release=submission.release,
        candidate__name=submission.model,
        parameters__record=sha256(path.read_bytes()).hexdigest(),
    )
    runs.exclude(submissions__status=Submission.Status.FINISHED).delete()
    CandidateModel.objects.filter(name=submission.model, backend=Backend.REPLAY, eval_runs=None).delete()


def _gaps(run: EvalRun) -> str:
    """Which items have no usable answer."""
    failed = run.answers.filter(outcome=Outcome.ERROR).order_by("item__key", "order")
    return gaps(failed.count(), failed.values_list("error", flat=True))
