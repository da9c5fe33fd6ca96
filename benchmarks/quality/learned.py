"""The learned judge on labelled texts, each judged by what was learned from the others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.model_selection import GroupKFold, StratifiedKFold

from benchmarks.quality.measures import NothingToMeasureError
from pipeline.learned import TooFewAnswersError, learn


def held_out(
    texts: Sequence[str],
    truth: Sequence[bool],
    language: str,
    folds: int,
    groups: Sequence[object] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Probability of ``truth`` and confidence of the answer for each text, by what was learned from the other
    folds; texts of one group stay in one fold. Raises :class:`NothingToMeasureError` where there is too
    little to learn from."""
    splitter = StratifiedKFold(folds, shuffle=True, random_state=1) if groups is None else GroupKFold(folds)
    fewest = min(sum(truth), len(truth) - sum(truth)) if groups is None else len(set(groups))
    if fewest < folds:
        what = "texts of a label" if groups is None else "groups"
        raise NothingToMeasureError(f"the learned judge has {fewest} {what} for {folds} folds")
    probability, confidence = np.full(len(texts), 0.5), np.full(len(texts), 0.5)
    for train, held in splitter.split(texts, truth, groups):
        try:
            judge = learn(
                [texts[at] for at in train],
                [str(bool(truth[at])) for at in train],
                language,
                groups=[groups[at] for at in train] if groups is not None else None,
            )
        except TooFewAnswersError as error:
            raise NothingToMeasureError(f"the learned judge has {error}") from None
        waiting = [texts[at] for at in held]
        probability[held] = judge.probabilities(waiting)
        confidence[held] = [sure for _, sure in judge.judge(waiting)]
    return probability, confidence
