"""Candidates: rows and protocols made from names, addresses and settings, checked before a run."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.utils import timezone

from evaluation.engines.record import Recorder
from evaluation.models import Backend, CandidateModel, Release
from evaluation.services.runs import places
from evaluation.services.runs.baseline import ORDERS as BASELINES
from evaluation.services.runs.baseline import baseline_candidate
from evaluation.services.runs.errors import EvaluationError
from evaluation.services.runs.hosts import check_holdout
from evaluation.services.runs.judges import judge_name, judge_place, known_prices
from evaluation.services.runs.places import DEFAULT_KEY_VARIABLE
from evaluation.services.runs.protocol_choice import baseline_protocols, chosen_kinds, made_protocol
from evaluation.services.runs.protocols.base import AskingProtocol
from evaluation.services.runs.protocols.place import Place
from evaluation.services.runs.recording import check_recording
from evaluation.services.runs.spending import Prices, Spending
from evaluation.services.runs.wishes import Wish

__all__ = ["DEFAULT_KEY_VARIABLE", "Wish", "prepare"]


@dataclass(frozen=True, slots=True)
class _Opened:
    """A candidate where it is asked, who judges it (empty for nobody), and what writes its answers down."""

    candidate: CandidateModel
    place: Place
    judge: str
    recorder: Recorder | None = None


def prepare(
    *, release: Release, wish: Wish, spending: Spending
) -> tuple[CandidateModel, list[AskingProtocol]]:
    """The candidate's row and one protocol per run; an endpoint is only tried where that decides a protocol.
    ``spending`` is what counts, and is handed to ``evaluate`` as well.

    ``ngram-baseline`` and ``bigram-baseline`` are embedded. Raises :class:`EvaluationError` that says what to
    do when an address, a key, a price or a judge is missing, or when the judge is the candidate.
    """
    wish.check()
    if wish.model in BASELINES and not wish.replay:
        return baseline_candidate(wish.model), baseline_protocols(release, wish)
    open_it = _record if wish.replay else _weights if wish.weights else _endpoint
    opened = open_it(release, wish, spending)
    judge = judge_place(opened.judge, wish, spending)
    protocols = [
        made_protocol(kind, reason, opened.place, judge, opened.judge)
        for kind, reason in chosen_kinds(release, opened.candidate, wish, opened.place)
    ]
    if wish.record and opened.recorder:
        for protocol in protocols:
            check_recording(
                opened.recorder,
                wish.record,
                release=release,
                candidate=opened.candidate,
                about=protocol.about,
            )
    return opened.candidate, protocols


def _record(release: Release, wish: Wish, spending: Spending) -> _Opened:
    """Answers recorded earlier, of the model they name."""
    assert wish.replay
    place, header = places.recorded(path=wish.replay, spending=spending)
    name = header.model
    if wish.model and wish.model != name:
        raise EvaluationError(f"{wish.replay} records {name}, not {wish.model}.")
    judge = judge_name(name, wish)
    about = f"A record of answers says of it: {header.about}" if header.about else ""
    candidate, _ = CandidateModel.objects.get_or_create(
        name=name, defaults={"backend": Backend.REPLAY, "description": about}
    )
    return _Opened(candidate, place, judge)


def _weights(release: Release, wish: Wish, spending: Spending) -> _Opened:
    """Weights in a folder, which names them where nothing else does."""
    assert wish.weights
    name = wish.model or wish.weights.absolute().name
    judge = judge_name(name, wish)
    prices = _prices(wish, name, spending)
    recorder = _recorder(wish, release, name, f"transformers, {wish.device}")
    place = places.local_weights(
        path=wish.weights,
        name=name,
        device=wish.device,
        is_chat_scored=wish.is_chat_scored,
        prices=prices,
        spending=spending,
        recorder=recorder,
    )
    return _Opened(_registered(name, Backend.LOCAL, "", "", prices), place, judge, recorder)


def _endpoint(release: Release, wish: Wish, spending: Spending) -> _Opened:
    """A model at an endpoint, that of the settings where none is named."""
    name, address = wish.model, (wish.base_url or settings.OPENAI_BASE_URL).rstrip("/")
    if not address:
        raise EvaluationError(
            f"No endpoint for {name}: give --base-url or set OPENAI_BASE_URL; --weights is for a folder."
        )
    if wish.is_holdout:
        check_holdout(address)
    judge = judge_name(name, wish)
    prices = _prices(wish, name, spending)
    recorder = _recorder(wish, release, name, f"endpoint {address}")
    place = places.endpoint(
        model=name,
        address=address,
        key_variable=wish.key_variable,
        prices=prices,
        spending=spending,
        concurrency=wish.concurrency,
        recorder=recorder,
    )
    return _Opened(
        _registered(name, Backend.OPENAI, address, wish.key_variable, prices), place, judge, recorder
    )


def _prices(wish: Wish, name: str, spending: Spending) -> Prices:
    """Those given, else those of the candidate's row."""
    known = known_prices(name)
    prices = Prices(
        known.read if wish.price_in is None else wish.price_in,
        known.written if wish.price_out is None else wish.price_out,
    )
    if spending.budget_cost and not prices.are_known:
        raise EvaluationError("--budget-cost needs --price-in and --price-out, of a million tokens each.")
    return prices


def _recorder(wish: Wish, release: Release, model: str, engine: str) -> Recorder | None:
    if wish.record is None:
        return None
    header = {
        "model": model,
        "engine": engine,
        "release": release.label,
        "release_digest": release.digest,
        "recorded_at": timezone.now().isoformat(timespec="seconds"),
    }
    try:
        return Recorder(wish.record, header)
    except (OSError, ValueError) as error:
        raise EvaluationError(f"Answers cannot be recorded: {error}") from error


def _registered(
    name: str, backend: Backend, address: str, key_variable: str, prices: Prices
) -> CandidateModel:
    """The candidate's row; a server that moved is followed, and each run keeps the address it began at."""
    given = {"price_in": prices.read, "price_out": prices.written}
    costs = {field: Decimal(str(value)) for field, value in given.items() if value is not None}
    return CandidateModel.objects.update_or_create(
        name=name,
        defaults={"backend": backend, "base_url": address, "key_variable": key_variable, **costs},
    )[0]
