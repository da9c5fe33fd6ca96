"""Candidates and judges: rows and clients made from names, addresses and settings, checked before a run."""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings

from evaluation.models import Backend, CandidateModel, Method, Release
from evaluation.scoring.overlap_judge import NAME as OVERLAP_JUDGE
from evaluation.services.baseline import NAME as BASELINE
from evaluation.services.baseline import NoTrainingTextError, baseline_candidate, train_baseline
from evaluation.services.evaluate import EvaluationError
from evaluation.services.protocols.base import AskingProtocol

DEFAULT_KEY_VARIABLE = "OPENAI_API_KEY"


def prepare(
    *,
    release: Release,
    model: str,
    methods: list[Method],
    base_url: str = "",
    key_variable: str = DEFAULT_KEY_VARIABLE,
    judge: str = "",
    concurrency: int | None = None,
) -> tuple[CandidateModel, list[AskingProtocol]]:
    """The candidate's row and one protocol per method; nothing is asked yet.

    ``ngram-baseline`` is the embedded baseline; any other name is a model at ``base_url``. Raises
    :class:`EvaluationError` that says what to set when an address, a key or a judge is missing, or when the
    judge is the candidate.
    """
    if model == BASELINE:
        return baseline_candidate(), _baseline_protocols(release, methods)
    address = (base_url or settings.OPENAI_BASE_URL).rstrip("/")
    if not address:
        raise EvaluationError(f"No endpoint for {model}: give --base-url or set OPENAI_BASE_URL.")
    judge_name = _judge_name(model, judge) if Method.ANSWER_JUDGEMENT in methods else ""
    client = _client(model, address, _key(key_variable), concurrency)
    parameters: dict[str, Any] = {"base_url": address}
    candidate = _registered(model, address, key_variable)
    protocols: list[AskingProtocol] = []
    for method in methods:
        if method is Method.MULTIPLE_CHOICE:
            from evaluation.services.protocols.letters import LetterChoice

            protocols.append(LetterChoice(client, parameters))
        else:
            from evaluation.services.protocols.free_answer import FreeAnswer

            if judge_name == OVERLAP_JUDGE:
                protocols.append(FreeAnswer(client, None, parameters))
                continue
            judge_address = settings.OPENAI_BASE_URL or address
            judge_key = _key(DEFAULT_KEY_VARIABLE if settings.OPENAI_BASE_URL else key_variable)
            judge_client = _client(judge_name, judge_address, judge_key, concurrency)
            protocols.append(
                FreeAnswer(client, judge_client, {**parameters, "judge_base_url": judge_address})
            )
    return candidate, protocols


def _baseline_protocols(release: Release, methods: list[Method]) -> list[AskingProtocol]:
    from evaluation.services.protocols.likelihood import GeneratedAnswer, OptionLikelihood

    try:
        trained = train_baseline(release)
    except NoTrainingTextError as error:
        raise EvaluationError(str(error)) from error
    kinds = {Method.MULTIPLE_CHOICE: OptionLikelihood, Method.ANSWER_JUDGEMENT: GeneratedAnswer}
    return [kinds[method](trained.models, trained.digest, trained.parameters) for method in methods]


def _judge_name(candidate: str, asked_for: str) -> str:
    name = asked_for or settings.NAVAB_MODELS["judge"]
    if not name:
        raise EvaluationError(
            "No judge for answer judgement: give --judge, set NAVAB_MODEL_JUDGE or NAVAB_MODEL, "
            f"or name the embedded one with --judge '{OVERLAP_JUDGE}'; --method mc needs none."
        )
    if name.strip().casefold() == candidate.strip().casefold():
        raise EvaluationError(f"{candidate} may not judge its own answers: name another model with --judge.")
    return name


def _key(variable: str) -> str:
    """The key behind a variable's name. Only the default one may be unset: local servers want none."""
    value = os.environ.get(variable, "")
    if variable == DEFAULT_KEY_VARIABLE:
        return value or settings.OPENAI_API_KEY
    if not value:
        raise EvaluationError(f"The environment variable {variable} is not set; it must hold the key.")
    return value


def _client(model: str, address: str, key: str, concurrency: int | None) -> Any:
    from pipeline.engines.openai import OpenAIModel

    return OpenAIModel(address, key, model, concurrency or settings.NAVAB_CONCURRENCY)


def _registered(model: str, address: str, key_variable: str) -> CandidateModel:
    """The candidate's row; a server that moved is followed, and each run keeps the address it began at."""
    return CandidateModel.objects.update_or_create(
        name=model,
        defaults={"backend": Backend.OPENAI, "base_url": address, "key_variable": key_variable},
    )[0]
