"""What stands beside a likelihood wherever it is shown: random weights on the same items, and chance."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from evaluation.models import LIKELIHOODS, EvalRun
from evaluation.scoring.random_control import CHANCE
from evaluation.views.figures import Column, interval, rate

ABOUT = {"chance": CHANCE}  # of every row of a file that has rates


def control_columns(under: str = "control", *, is_narrow: bool = False) -> list[Column]:
    """Rate and interval of random weights, kept ``under`` this name of a row; a narrow table shows the rate
    alone, and its file has both."""
    if is_narrow:
        return [rate("Random weights", f"{under}.rate", f"{under}.low", f"{under}.high")]
    return [
        rate("Random weights", f"{under}.rate"),
        interval("Their interval", f"{under}.low", f"{under}.high"),
    ]


def control_told(protocol: str, names: Iterable[str]) -> dict[str, Any]:
    """For the template ``_control.html``: whether there is a control, what the line is, and what random
    weights are called."""
    return {
        "is_likelihood": protocol in LIKELIHOODS,
        "line": CHANCE,
        "controls": sorted({name for name in names if name}),
    }


def names_of(runs: Iterable[EvalRun]) -> list[str]:
    """What the random weights beside these runs are called."""
    return [str(run.control.get("name", "")) for run in runs]
