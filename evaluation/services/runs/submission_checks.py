"""What a submission may name: a model nobody else has scored, an address and a key an operator allows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from evaluation.models import Backend, CandidateModel, Submission
from evaluation.scoring.overlap_judge import NAME as OVERLAP_JUDGE
from evaluation.services.runs.baseline import ORDERS as BASELINES
from evaluation.services.runs.errors import EvaluationError
from evaluation.services.runs.hosts import check_holdout, check_host, check_key
from evaluation.services.runs.names import has_hidden_character, look_alike, mixes_scripts, same_model
from evaluation.services.runs.submission_errors import SubmissionError

# A submission names a variable; this keeps it from naming one that holds another secret of the server.
_KEY_VARIABLE = re.compile(r"NAVAB_KEY_[A-Z0-9_]{1,80}")
_UNSAFE_IN_ADDRESS = re.compile(r"[\s\x00-\x20\x7f-\xa0\\]")


def check_model(model: str, person: Any, backend: Backend, base_url: str = "") -> None:
    """Raise :class:`SubmissionError` for a name that is not this person's to use: a name is one model's, and
    nobody adds answers to a model that this server or somebody else has scored."""
    if not model.strip() or model != model.strip() or has_hidden_character(model):
        raise SubmissionError(
            "model", "must be a name without spaces around it and characters that are not seen"
        )
    if mixes_scripts(model):
        raise SubmissionError("model", "must not mix letters of several scripts within a word")
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


def check_address(base_url: str) -> None:
    """Raise :class:`SubmissionError` unless it is a plain address of a host that endpoints may have."""
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


def check_sending(base_url: str, key_variable: str, is_holdout: bool) -> None:
    """Raise :class:`SubmissionError` unless the key and, with ``is_holdout``, private items may be sent to
    the host of an address."""
    if key_variable and not _KEY_VARIABLE.fullmatch(key_variable):
        raise SubmissionError(
            "key_variable", "must be a name that begins with NAVAB_KEY_, of capitals, digits and underscores"
        )
    if key_variable:
        _allowed("key_variable", check_key, key_variable, base_url)
    if is_holdout:
        _allowed("holdout", check_holdout, base_url)


def _allowed(field: str, check: Callable[..., None], *values: str) -> None:
    """What a check refuses is an error of the field."""
    try:
        check(*values)
    except EvaluationError as error:
        raise SubmissionError(field, str(error)) from error


def judge_of(asked_for: str, model: str) -> str:
    """Who judges the free answers of a model. Raises :class:`SubmissionError` where that one cannot be asked,
    or is the model."""
    name = asked_for or settings.NAVAB_MODELS["judge"] or OVERLAP_JUDGE
    if name != OVERLAP_JUDGE and not settings.OPENAI_BASE_URL:
        raise SubmissionError(
            "judge",
            f"this server has no endpoint for a judge of its own; leave it out, or name {OVERLAP_JUDGE}",
        )
    if same_model(name, model):
        raise SubmissionError("judge", f"{model} may not judge its own answers; name another model")
    return name
