"""How often each annotator is right, where nobody knows the right answer: the model of Dawid and Skene. Pure.

A. P. Dawid, A. M. Skene: Maximum likelihood estimation of observer error-rates using the EM algorithm,
Applied Statistics 28 (1979). Computed by crowd-kit, which begins with the majority; the same ratings give the
same result.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

from annotation.agreement.coefficients import NO_PAIRS, NO_RATINGS, ONE_LABEL
from annotation.agreement.ratings import Ratings

TOO_FEW = (
    "fewer than three people have answered: where two differ, nothing in their answers says who is right"
)
_ITERATIONS = 100
_HARDLY_EVER = 0.05  # expected number of units


@dataclass(frozen=True, slots=True)
class Competence:
    """One rater: ``accuracy`` is the expected share of right answers among the given ones, in [0, 1];
    ``confusion[true][given]`` how probable the given label is where the true one holds."""

    rater: Hashable
    n_ratings: int
    accuracy: float
    confusion: dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Competences:
    """All raters by their order, and for each unit how probable each label is; else why there is neither."""

    raters: list[Competence] = field(default_factory=list)
    posteriors: dict[Hashable, dict[str, float]] = field(default_factory=dict)
    why_undefined: str = ""


def dawid_skene(ratings: Ratings) -> Competences:
    """Competence of each rater and posterior of each unit. Rests on raters who err independently of each
    other and are right more often than not; with few ratings each it is a rough guess."""
    if why := _why_undefined(ratings):
        return Competences(why_undefined=why)
    import numpy as np
    import pandas as pd
    from crowdkit.aggregation import DawidSkene

    order = np.lexsort((ratings.rater, ratings.unit))
    unit, rater, label = ratings.unit[order], ratings.rater[order], ratings.label[order]
    fitted = DawidSkene(n_iter=_ITERATIONS).fit(pd.DataFrame({"task": unit, "worker": rater, "label": label}))
    n_labels, n_raters = len(ratings.labels), len(ratings.raters)
    posterior = fitted.probas_.reindex(
        index=range(len(ratings.units)), columns=range(n_labels), fill_value=0.0
    ).to_numpy()
    # How often each rater gave each label (last axis) where each label is the true one, in expectation.
    expected = np.zeros((n_raters, n_labels, n_labels))
    np.add.at(expected, (rater, slice(None), label), posterior[unit])
    return Competences(
        raters=[
            Competence(
                name,
                int(given.sum().round()),
                float(given.trace() / given.sum()),
                _confusion(given, ratings.labels),
            )
            for name, given in zip(ratings.raters, expected, strict=True)
        ],
        posteriors={
            name: dict(zip(ratings.labels, row, strict=True))
            for name, row in zip(ratings.units, posterior.tolist(), strict=True)
        },
    )


def _why_undefined(ratings: Ratings) -> str:
    if not ratings.units:
        return NO_RATINGS
    if len(ratings.raters) < 3:
        return TOO_FEW
    counts = ratings.counts
    if not (counts.sum(axis=1) >= 2).any():
        return NO_PAIRS
    return ONE_LABEL if (counts.sum(axis=0) > 0).sum() < 2 else ""


def _confusion(given: Any, labels: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """Shares by row of ``given`` (true x given labels), without labels that are hardly ever the true one."""
    return {
        true: dict(zip(labels, (row / row.sum()).tolist(), strict=True))
        for true, row in zip(labels, given, strict=True)
        if row.sum() >= _HARDLY_EVER
    }
