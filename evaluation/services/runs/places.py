"""Places a candidate or judge is asked at: an endpoint, a folder of weights, a record of answers."""

from __future__ import annotations

import os
from functools import cache, partial
from pathlib import Path

from django.conf import settings

from evaluation.engines.probe import Engine, Probe, probe
from evaluation.engines.random_bytes import RandomScorer
from evaluation.engines.record import Recorder, RecordingEngine
from evaluation.engines.replay import Header, RecordError, Replay
from evaluation.models import ProtocolKind
from evaluation.services.runs.errors import EvaluationError
from evaluation.services.runs.hosts import check_host
from evaluation.services.runs.protocols.place import Place
from evaluation.services.runs.spending import Metered, Prices, Spending
from pipeline.engines.likelihood import NO_CONTEXT

DEFAULT_KEY_VARIABLE = "OPENAI_API_KEY"
_READ_AHEAD = 4  # times what is asked at once: so that none is idle while a batch is written


def endpoint(
    *,
    model: str,
    address: str,
    key_variable: str,
    prices: Prices,
    spending: Spending,
    concurrency: int | None = None,
    recorder: Recorder | None = None,
    is_judge: bool = False,
) -> Place:
    """A model at an OpenAI-compatible endpoint whose host is allowed."""
    from pipeline.engines.remote import Endpoint, RemoteModel

    check_host(address)
    at_once = concurrency or settings.NAVAB_CONCURRENCY
    # With a budget nothing waits to be sent: it could not be called back.
    ahead = 1 if spending.has_budget else _READ_AHEAD
    asked = Endpoint(address, endpoint_key(key_variable), model, at_once, ahead)
    # A judge replies by a schema, and a budget is counted here.
    client: Engine = asked.open() if is_judge or spending.has_budget else RemoteModel(asked)
    return _place(
        client, prices, spending, recorder, {"base_url": address}, {"no_context": NO_CONTEXT}, RandomScorer
    )


def local_weights(
    *,
    path: Path,
    name: str,
    device: str,
    is_chat_scored: bool,
    prices: Prices,
    spending: Spending,
    recorder: Recorder | None = None,
) -> Place:
    """Weights in a folder, by transformers; their control is the same architecture with random weights."""
    from evaluation.engines.local import LocalModel, LocalModelError

    load = partial(LocalModel, path, device=device, is_chat_scored=is_chat_scored)
    try:
        model = load(name=name)
    except LocalModelError as error:
        raise EvaluationError(str(error)) from error
    parameters = {
        "weights": model.digest(),
        "dtype": model.dtype,
        "chat_template": model.has_chat_template,
        "chat_scored": is_chat_scored and model.has_chat_template,
    }
    about = {"weights_folder": str(path), "device": device}
    return _place(
        model, prices, spending, recorder, about, parameters, lambda seed: load(name=name, random_seed=seed)
    )


def recorded(*, path: Path, spending: Spending) -> tuple[Place, Header]:
    """Recorded answers, and what the record says of itself and of the model that gave them."""
    try:
        replay = Replay(path)
    except (RecordError, OSError) as error:
        raise EvaluationError(f"No answers to replay: {error}") from error
    header = replay.header
    place = Place(
        Metered(replay, spending, Prices(0.0, 0.0)),
        replay.probe,
        RandomScorer,
        {"record": path.name, "recorded_at": header.recorded_at, "recorded_engine": header.engine},
        {"record": replay.digest},
        Prices(0.0, 0.0),
    )
    return place, header


def endpoint_key(variable: str) -> str:
    """The key behind a variable's name; none for no name. Only the default one may be unset: local servers
    want none."""
    if not variable:
        return ""
    value = os.environ.get(variable, "")
    if variable == DEFAULT_KEY_VARIABLE:
        return value or settings.OPENAI_API_KEY
    if not value:
        raise EvaluationError(f"The environment variable {variable} is not set; it must hold the key.")
    return value


def _place(
    engine: Engine,
    prices: Prices,
    spending: Spending,
    recorder: Recorder | None,
    about: dict[str, object],
    parameters: dict[str, object],
    control: object,
) -> Place:
    metered = Metered(RecordingEngine(engine, recorder) if recorder else engine, spending, prices)

    @cache
    def probed(kind: ProtocolKind) -> Probe:
        return probe(kind, metered)

    return Place(metered, probed, control, about, parameters, prices)  # type: ignore[arg-type]
