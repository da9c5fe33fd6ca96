"""Candidates and judges: rows and protocols made from names, addresses and settings, checked before a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from evaluation.engines.record import Recorder
from evaluation.models import (
    LIKELIHOODS,
    Backend,
    CandidateModel,
    EvalRun,
    Method,
    ProtocolKind,
    Release,
    method_of,
)
from evaluation.scoring.overlap_judge import NAME as OVERLAP_JUDGE
from evaluation.scoring.protocol_kind import LETTER_KINDS
from evaluation.services.runs import places
from evaluation.services.runs.baseline import ORDERS as BASELINES
from evaluation.services.runs.baseline import NoTrainingTextError, baseline_candidate, train_baseline
from evaluation.services.runs.errors import EvaluationError
from evaluation.services.runs.hosts import check_holdout
from evaluation.services.runs.names import same_model
from evaluation.services.runs.places import DEFAULT_KEY_VARIABLE
from evaluation.services.runs.protocols.base import AskingProtocol
from evaluation.services.runs.protocols.place import Place
from evaluation.services.runs.recording import check_recording
from evaluation.services.runs.spending import Prices, Spending

BASELINE_KINDS = (ProtocolKind.LIKELIHOOD_CHARACTER, ProtocolKind.FREE_ANSWER)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be asked, and where. One of ``base_url`` (or the setting), ``weights`` and ``replay``.

    ``kinds`` empty is ``methods``, with multiple choice by what the engine gives. Prices are of a million
    tokens; ``None`` leaves those known.
    """

    model: str = ""
    methods: Sequence[Method] = ()
    kinds: Sequence[ProtocolKind] = ()
    base_url: str = ""
    key_variable: str = DEFAULT_KEY_VARIABLE
    judge: str = ""
    concurrency: int | None = None
    weights: Path | None = None
    device: str = "cpu"
    is_chat_scored: bool = False
    replay: Path | None = None
    record: Path | None = None
    is_holdout: bool = False
    price_in: float | None = None
    price_out: float | None = None


def prepare(
    *, release: Release, wish: Wish, spending: Spending | None = None
) -> tuple[CandidateModel, list[AskingProtocol]]:
    """The candidate's row and one protocol per run; an endpoint is only tried where that decides a protocol.

    ``ngram-baseline`` and ``bigram-baseline`` are embedded. Raises :class:`EvaluationError` that says what to
    do when an address, a key, a price or a judge is missing, or when the judge is the candidate.
    """
    spending = spending or Spending()
    recorder: Recorder | None = None
    is_judged = Method.ANSWER_JUDGEMENT in _methods(wish)
    _check(wish)
    if wish.model in BASELINES and not wish.replay:
        return baseline_candidate(wish.model), _baseline_protocols(release, wish)
    if wish.replay:
        place, header = places.recorded(path=wish.replay, spending=spending)
        name = header.model
        if wish.model and wish.model != name:
            raise EvaluationError(f"{wish.replay} records {name}, not {wish.model}.")
        judge_name = _judge_name(name, wish.judge) if is_judged else ""
        candidate = CandidateModel.objects.get_or_create(
            name=name,
            defaults={
                "backend": Backend.REPLAY,
                "description": f"A record of answers says of it: {header.about}" if header.about else "",
            },
        )[0]
    elif wish.weights:
        name = wish.model or wish.weights.absolute().name
        judge_name = _judge_name(name, wish.judge) if is_judged else ""
        prices = _prices(wish, name, spending)
        place = places.local_weights(
            path=wish.weights,
            name=name,
            device=wish.device,
            is_chat_scored=wish.is_chat_scored,
            prices=prices,
            spending=spending,
            recorder=(recorder := _recorder(wish, release, name, f"transformers, {wish.device}")),
        )
        candidate = _registered(name, Backend.LOCAL, "", "", prices)
    else:
        name, address = wish.model, (wish.base_url or settings.OPENAI_BASE_URL).rstrip("/")
        if not address:
            raise EvaluationError(
                f"No endpoint for {name}: give --base-url or set OPENAI_BASE_URL; --weights is for a folder."
            )
        if wish.is_holdout:
            check_holdout(address)
        judge_name = _judge_name(name, wish.judge) if is_judged else ""
        prices = _prices(wish, name, spending)
        place = places.endpoint(
            model=name,
            address=address,
            key_variable=wish.key_variable,
            prices=prices,
            spending=spending,
            concurrency=wish.concurrency,
            recorder=(recorder := _recorder(wish, release, name, f"endpoint {address}")),
        )
        candidate = _registered(name, Backend.OPENAI, address, wish.key_variable, prices)
    judge = _judge_place(judge_name, wish, spending) if judge_name else None
    wanted = _kinds(release, candidate, wish, place)
    protocols = [_protocol(kind, reason, place, judge, judge_name) for kind, reason in wanted]
    if wish.record and recorder:
        for protocol in protocols:
            check_recording(recorder, wish.record, release=release, candidate=candidate, about=protocol.about)
    return candidate, protocols


def _check(wish: Wish) -> None:
    if sum(map(bool, (wish.base_url, wish.weights, wish.replay))) > 1:
        raise EvaluationError("Give one of --base-url, --weights and --replay.")
    if not (wish.model or wish.weights or wish.replay):
        raise EvaluationError("Say what to score: --model, --weights or --replay.")
    if wish.record and (wish.is_holdout or wish.replay):
        what = "holdout items, which are private" if wish.is_holdout else "answers that are a record already"
        raise EvaluationError(f"--record does not write down {what}.")


def _methods(wish: Wish) -> list[Method]:
    return [method_of(kind) for kind in wish.kinds] if wish.kinds else list(wish.methods)


def _kinds(
    release: Release, candidate: CandidateModel, wish: Wish, place: Place
) -> list[tuple[ProtocolKind, str]]:
    """Protocols to run, and why where that was not said."""
    if wish.kinds:
        return [(kind, "") for kind in dict.fromkeys(wish.kinds)]
    found = []
    for method in wish.methods:
        if method is Method.ANSWER_JUDGEMENT:
            found.append((ProtocolKind.FREE_ANSWER, ""))
        else:
            found.append(_letters(release, candidate, wish, place))
    return found


def _letters(
    release: Release, candidate: CandidateModel, wish: Wish, place: Place
) -> tuple[ProtocolKind, str]:
    """By log-probabilities where the engine gives them, else by the letter written; as begun, where begun."""
    begun = EvalRun.objects.filter(
        release=release,
        candidate=candidate,
        is_holdout=wish.is_holdout,
        protocol__in=LETTER_KINDS,
        reason__gt="",
    ).first()
    if begun is not None:
        return ProtocolKind(begun.protocol), begun.reason
    found = place.probe(ProtocolKind.LETTERS_LOGPROB)
    if found.is_passed:
        return ProtocolKind.LETTERS_LOGPROB, f"letters by log-probabilities, since {found.said}"
    reason = f"letters as written, since log-probabilities cannot be read: {found.said}"
    return ProtocolKind.LETTERS, reason[:500]


def _protocol(
    kind: ProtocolKind, reason: str, place: Place, judge: Place | None, judge_name: str
) -> AskingProtocol:
    if kind in LETTER_KINDS:
        from evaluation.services.runs.protocols.letters import LetterChoice

        return LetterChoice(place, kind, _relevant(kind, place), reason)
    if kind in LIKELIHOODS:
        from evaluation.services.runs.protocols.continuation import ContinuationLikelihood

        return ContinuationLikelihood(place, kind, _relevant(kind, place))
    if kind is ProtocolKind.DECISIONS:
        from evaluation.services.runs.protocols.decisions import TypedDecision

        return TypedDecision(place, _relevant(kind, place))
    from evaluation.services.runs.protocols.free_answer import FreeAnswer

    return FreeAnswer(place, judge, _relevant(kind, place), judge_name)


def _relevant(kind: ProtocolKind, place: Place) -> dict[str, object]:
    """Parameters of the engine that change what this protocol reads."""
    only_scored = set() if kind in LIKELIHOODS else {"chat_scored"}
    only_alone = set() if kind is ProtocolKind.LIKELIHOOD_PMI else {"no_context"}
    left_out = only_scored | only_alone
    return {name: value for name, value in place.parameters.items() if name not in left_out}


def _baseline_protocols(release: Release, wish: Wish) -> list[AskingProtocol]:
    from evaluation.services.runs.protocols.likelihood import GeneratedAnswer, OptionLikelihood

    made = {
        ProtocolKind.LIKELIHOOD_CHARACTER: OptionLikelihood,
        ProtocolKind.FREE_ANSWER: GeneratedAnswer,
    }
    by_method = {method_of(kind): kind for kind in BASELINE_KINDS}
    kinds = list(wish.kinds) or [by_method[method] for method in wish.methods]
    for kind in kinds:
        if kind not in made:
            raise EvaluationError(f"{wish.model} has no {kind}; it has {' and '.join(BASELINE_KINDS)}.")
    try:
        trained = train_baseline(release, name=wish.model)
    except NoTrainingTextError as error:
        raise EvaluationError(str(error)) from error
    return [made[kind](trained.models, trained.digest, trained.parameters) for kind in kinds]


def _judge_name(candidate: str, asked_for: str) -> str:
    name = asked_for or settings.NAVAB_MODELS["judge"]
    if not name:
        raise EvaluationError(
            "No judge for answer judgement: give --judge, set NAVAB_MODEL_JUDGE or NAVAB_MODEL, "
            f"or name the embedded one with --judge '{OVERLAP_JUDGE}'; --method mc needs none."
        )
    if same_model(name, candidate):
        raise EvaluationError(f"{candidate} may not judge its own answers: name another model with --judge.")
    return name


def _judge_place(name: str, wish: Wish, spending: Spending) -> Place | None:
    """Where the judge is asked; nowhere for the embedded one."""
    if name == OVERLAP_JUDGE:
        return None
    is_ours = bool(settings.OPENAI_BASE_URL)
    address = (settings.OPENAI_BASE_URL or wish.base_url).rstrip("/")
    if not address:
        raise EvaluationError(f"No endpoint for the judge {name}: set OPENAI_BASE_URL.")
    if wish.is_holdout:
        check_holdout(address)
    row = CandidateModel.objects.filter(name=name).first()
    prices = _known_prices(row)
    if spending.budget_cost and not prices.are_known:
        raise EvaluationError(
            f"--budget-cost needs the prices of the judge {name}: enter them at its row of the models."
        )
    key_variable = DEFAULT_KEY_VARIABLE if is_ours else wish.key_variable
    return places.endpoint(
        model=name,
        address=address,
        key_variable=key_variable,
        prices=prices,
        spending=spending,
        concurrency=wish.concurrency,
        is_judge=True,
    )


def _prices(wish: Wish, name: str, spending: Spending) -> Prices:
    """Those given, else those of the candidate's row."""
    known = _known_prices(CandidateModel.objects.filter(name=name).first())
    prices = Prices(
        known.read if wish.price_in is None else wish.price_in,
        known.written if wish.price_out is None else wish.price_out,
    )
    if spending.budget_cost and not prices.are_known:
        raise EvaluationError("--budget-cost needs --price-in and --price-out, of a million tokens each.")
    return prices


def _known_prices(row: CandidateModel | None) -> Prices:
    if row is None:
        return Prices()
    return Prices(*(None if price is None else float(price) for price in (row.price_in, row.price_out)))


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
