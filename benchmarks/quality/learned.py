"""The learned judge on labelled texts, each judged by what was learned from the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from pipeline.learned import TooFewAnswersError, learn


def held_out(
    texts: Sequence[str],
    truth: Sequence[bool],
    language: str,
    splits: Iterable[tuple[Any, Any]],
    groups: Sequence[object] | None = None,
) -> tuple[np.ndarray, np.ndarray] | None:
    """Probability of ``truth`` and confidence of the answer for each text; ``None`` where a split leaves too
    few answers. ``splits`` are row numbers to learn from and to judge."""
    probability, confidence = np.full(len(texts), 0.5), np.full(len(texts), 0.5)
    for train, held in splits:
        try:
            judge = learn(
                [texts[at] for at in train],
                [str(bool(truth[at])) for at in train],
                language,
                groups=[groups[at] for at in train] if groups is not None else None,
            )
        except TooFewAnswersError:
            return None
        waiting = [texts[at] for at in held]
        probability[held] = judge.probabilities(waiting)
        confidence[held] = [sure for _, sure in judge.judge(waiting)]
    return probability, confidence
