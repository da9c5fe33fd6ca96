"""Submissions: recorded answers are scored at once; endpoints wait until an operator starts them."""

from __future__ import annotations

import logging
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from evaluation.engines.replay import RecordError, Replay
from evaluation.models import (
    Backend,
    CandidateModel,
    EvalRun,
    Outcome,
    ProtocolKind,
    Release,
    Submission,
)
from evaluation.publishing.rows import Part
from evaluation.scoring.columns import NONE
from evaluation.scoring.overlap_judge import NAME as OVERLAP_JUDGE
from evaluation.services.figures.grids import grid
from evaluation.services.figures.sheets import Sheet, sheet_of
from evaluation.services.runs.baseline import ORDERS as BASELINES
from evaluation.services.runs.candidates import Wish, prepare
from evaluation.services.runs.disclosure import told_holdout, told_summary
from evaluation.services.runs.errors import EvaluationError
from evaluation.services.runs.evaluate import evaluate
from evaluation.services.runs.hosts import check_holdout, check_host, check_key
from evaluation.services.runs.names import has_hidden_character, look_alike
from evaluation.services.runs.record_check import check_record
from evaluation.services.runs.submission_errors import SubmissionError
from evaluation.services.runs.summary import letter_rows
from pipeline.engines.untrusted import plain_text

logger = logging.getLogger(__name__)

# A submission names a variable; this keeps it from naming one that holds another secret of the server.
_KEY_VARIABLE = re.compile(r"NAVAB_KEY_[A-Z0-9_]{1,80}")
_UNSAFE_IN_ADDRESS = re.compile(r"[\s\x00-\x20\x7f-\xa0\\]")
_SHOWN = 5  # items named in an error


def submit_answers(
    *, person: Any, release: Release, model: str, protocol: ProtocolKind, answers: bytes
) -> Submission:
    """Score recorded answers (:mod:`evaluation.engines.record`) to the public evaluation items at once.

    Every item has to be answered: a record with gaps is refused and leaves nothing behind. Free answers are
    judged by the embedded judge. Raises :class:`SubmissionError` that says which field or line is wrong.
    """
    _check_model(model, person, Backend.REPLAY)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answers.jsonl"
        path.write_bytes(answers)
        try:
            replay = Replay(path)
        except RecordError as error:
            said = str(error).removeprefix(f"{path}, ").replace(str(path), "it")
            raise SubmissionError("answers", said) from None
        check_record(replay.header, answers, release=release, model=model, protocol=protocol)
        run = _scored(release, model, protocol, path)
    return Submission.objects.create(
        release=release,
        person=person,
        model=model,
        protocol=protocol,
        judge=run.judge,
        status=Submission.Status.FINISHED,
        run=run,
        finished_at=timezone.now(),
    )


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
    _check_address(base_url)
    _check_model(model, person, Backend.OPENAI, base_url)
    if key_variable and not _KEY_VARIABLE.fullmatch(key_variable):
        raise SubmissionError(
            "key_variable", "must be a name that begins with NAVAB_KEY_, of capitals, digits and underscores"
        )
    if key_variable:
        _allowed("key_variable", check_key, key_variable, base_url)
    if is_holdout:
        _allowed("holdout", check_holdout, base_url)
    return Submission.objects.create(
        release=release,
        person=person,
        model=model,
        protocol=protocol,
        judge=_judge(judge) if protocol is ProtocolKind.FREE_ANSWER else "",
        base_url=base_url,
        key_variable=key_variable,
        is_holdout=is_holdout,
    )


def run_submission(submission: Submission) -> Submission:
    """Ask the endpoint of a queued submission, and keep what came of it: finished with its run, or failed
    with the reason, also where that is a crash. Returns it unchanged when somebody else has taken it."""
    status = Submission.Status
    taken = Submission.objects.filter(pk=submission.pk, status=status.QUEUED).update(status=status.RUNNING)
    submission.refresh_from_db()
    if not taken:
        return submission
    submission.status, submission.error = status.FAILED, "interrupted; put it in the queue again"
    try:
        run = _asked(submission)
        submission.run = run
        is_finished = run.status == EvalRun.Status.FINISHED
        submission.status = status.FINISHED if is_finished else status.FAILED
        submission.error = "" if is_finished else "some items have no answer; put it in the queue again"
    except EvaluationError as error:
        submission.error = plain_text(str(error))
    except Exception as error:  # a fault of ours or of the machine holds up no other submission
        logger.exception("submission %s has crashed", submission.pk)
        # What a database says may repeat the row, and a holdout item is private.
        said = "" if submission.is_holdout else f": {plain_text(str(error))[:1000]}"
        submission.error = f"crashed by {type(error).__name__}{said}; put it in the queue again"
    finally:
        submission.finished_at = timezone.now()
        submission.save(update_fields=["status", "error", "run", "finished_at"])
    return submission


def submission_result(submission: Submission) -> dict[str, Any] | None:
    """Figures per nation and type, ``holdout`` those of the private items alone; ``None`` before there is a
    run. Aggregated only: no private item is told, nor figures of few of them."""
    run = submission.run
    if run is None:
        return None
    result: dict[str, Any] = {"summary": told_summary(run), "control": run.control, "spent": run.spent}
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
    candidate, (protocol,) = prepare(release=submission.release, wish=wish)
    return evaluate(
        release=submission.release,
        candidate=candidate,
        protocol=protocol,
        is_holdout=submission.is_holdout,
    )


def _scored(release: Release, model: str, kind: ProtocolKind, path: Path) -> EvalRun:
    """The finished run of a record. What a refused record made is taken away again."""
    known = set(EvalRun.objects.filter(candidate__name=model).values_list("pk", flat=True))
    is_new = not CandidateModel.objects.filter(name=model).exists()
    wish = Wish(
        model=model,
        kinds=[kind],
        replay=path,
        judge=OVERLAP_JUDGE if kind is ProtocolKind.FREE_ANSWER else "",
    )
    run = None
    try:
        candidate, (protocol,) = prepare(release=release, wish=wish)
        run = evaluate(release=release, candidate=candidate, protocol=protocol)
        if run.status != EvalRun.Status.FINISHED:
            raise SubmissionError("answers", _gaps(run))
    except BaseException as error:
        EvalRun.objects.filter(candidate__name=model).exclude(pk__in=known).delete()
        if is_new:
            CandidateModel.objects.filter(name=model, eval_runs=None).delete()
        if isinstance(error, EvaluationError):
            raise SubmissionError("answers", str(error).replace(str(path), "it")) from error
        raise
    return run


def _gaps(run: EvalRun) -> str:
    """Which items have no usable answer."""
    failed = run.answers.filter(outcome=Outcome.ERROR).order_by("item__key", "order")
    shown = list(failed.values_list("error", flat=True)[:_SHOWN])
    return f"{failed.count()} answers are missing or cannot be read: {'; '.join(shown)}"


def _check_model(model: str, person: Any, backend: Backend, base_url: str = "") -> None:
    """A name is one model's: nobody adds answers to a model that this server or somebody else has scored."""
    if not model.strip() or model != model.strip() or has_hidden_character(model):
        raise SubmissionError(
            "model", "must be a name without spaces around it and characters that are not seen"
        )
    for name in BASELINES:
        if look_alike(model, name):
            raise SubmissionError("model", f"{name} is the name of an embedded baseline")
    for name in _names_of_others(person):
        if name != model and look_alike(model, name):
            raise SubmissionError("model", f"looks like {name}, which is taken; choose another name")
    row = CandidateModel.objects.filter(name=model).first()
    others = Submission.objects.filter(model=model).exclude(person=person).exists()
    own = Submission.objects.filter(model=model, person=person).exists()
    is_same = row is None or (own and row.backend == backend and row.base_url == base_url)
    if others or not is_same:
        raise SubmissionError(
            "model", f"{model} has been scored by somebody else already; choose another name"
        )


def _names_of_others(person: Any) -> Iterator[str]:
    """Names of models that this server or somebody else has scored or is to score."""
    own = set(Submission.objects.filter(person=person).values_list("model", flat=True))
    yield from CandidateModel.objects.exclude(name__in=own).values_list("name", flat=True)
    yield from Submission.objects.exclude(person=person).values_list("model", flat=True).distinct().order_by()


def _check_address(base_url: str) -> None:
    if _UNSAFE_IN_ADDRESS.search(base_url):
        raise SubmissionError("base_url", "must have no spaces and no control characters")
    if not settings.NAVAB_ENDPOINT_HOSTS:
        raise SubmissionError(
            "base_url",
            "this server takes no endpoints; an operator names their hosts in NAVAB_ENDPOINT_HOSTS",
        )
    try:
        parts = urlsplit(base_url)
        port = parts.port  # raises ValueError for one out of range
    except ValueError as error:
        raise SubmissionError("base_url", str(error)) from error
    if "@" in parts.netloc or parts.query or parts.fragment or port == 0:
        raise SubmissionError("base_url", "must be a plain address, without user, query or fragment")
    _allowed("base_url", check_host, base_url)


def _allowed(field: str, check: Callable[..., None], *values: str) -> None:
    """What a check refuses is an error of the field."""
    try:
        check(*values)
    except EvaluationError as error:
        raise SubmissionError(field, str(error)) from error


def _judge(asked_for: str) -> str:
    name = asked_for or settings.NAVAB_MODELS["judge"] or OVERLAP_JUDGE
    if name != OVERLAP_JUDGE and not settings.OPENAI_BASE_URL:
        raise SubmissionError(
            "judge",
            f"this server has no endpoint for a judge of its own; leave it out, or name {OVERLAP_JUDGE}",
        )
    return name
