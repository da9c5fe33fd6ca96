"""What is to be asked, as a command or a submission says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluation.models import Method, ProtocolKind, method_of
from evaluation.services.runs.errors import EvaluationError
from evaluation.services.runs.places import DEFAULT_KEY_VARIABLE


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

    @property
    def is_judged(self) -> bool:
        """Whether answers will need a judge."""
        methods = map(method_of, self.kinds) if self.kinds else self.methods
        return Method.ANSWER_JUDGEMENT in methods

    def check(self) -> None:
        """Raise :class:`EvaluationError` where it asks for what cannot be together, or for nothing."""
        if sum(map(bool, (self.base_url, self.weights, self.replay))) > 1:
            raise EvaluationError("Give one of --base-url, --weights and --replay.")
        if not (self.model or self.weights or self.replay):
            raise EvaluationError("Say what to score: --model, --weights or --replay.")
        if self.record and (self.is_holdout or self.replay):
            what = (
                "holdout items, which are private" if self.is_holdout else "answers that are a record already"
            )
            raise EvaluationError(f"--record does not write down {what}.")
