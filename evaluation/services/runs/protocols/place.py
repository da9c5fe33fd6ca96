"""Where a candidate is asked: its engine, what a probe of it says, and what is kept of the place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from evaluation.engines.probe import Engine, Probe
from evaluation.models import ProtocolKind
from evaluation.services.runs.spending import UNKNOWN_PRICES, Prices
from pipeline.engines.likelihood import ContinuationScorer


@dataclass(frozen=True, slots=True)
class Place:
    """An engine under one address, folder or record.

    ``parameters`` of the engine itself (weights, templates) make a run what it is; ``about`` only says where
    it was asked. ``control`` makes the random-weights model that stands beside its likelihoods.
    """

    engine: Engine
    probe: Callable[[ProtocolKind], Probe]
    control: Callable[[int], ContinuationScorer]
    about: dict[str, Any] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    prices: Prices = UNKNOWN_PRICES
