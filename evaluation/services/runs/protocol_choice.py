"""Which protocols a candidate is asked by, and how they are made."""

from __future__ import annotations

from evaluation.models import LIKELIHOODS, CandidateModel, EvalRun, Method, ProtocolKind, Release, method_of
from evaluation.scoring.protocol_kind import LETTER_KINDS
from evaluation.services.runs.baseline import NoTrainingTextError, train_baseline
from evaluation.services.runs.errors import EvaluationError
from evaluation.services.runs.protocols.base import AskingProtocol
from evaluation.services.runs.protocols.place import Place
from evaluation.services.runs.wishes import Wish

BASELINE_KINDS = (ProtocolKind.LIKELIHOOD_CHARACTER, ProtocolKind.FREE_ANSWER)


def chosen_kinds(
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


def made_protocol(
    kind: ProtocolKind, reason: str, place: Place, judge: Place | None, judge_name: str
) -> AskingProtocol:
    """The protocol of a kind at a place; ``judge`` is where free answers are judged, unless embedded."""
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


def baseline_protocols(release: Release, wish: Wish) -> list[AskingProtocol]:
    """Those of an embedded baseline, trained for the release. Raises :class:`EvaluationError` for a kind it
    does not have, or where there is no text to train on."""
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
