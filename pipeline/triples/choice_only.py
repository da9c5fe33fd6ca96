"""Can a statement be told from its reversal without the question? A fair set keeps such a guess at chance.

A linear classifier sees only the two texts of each pair and learns, on other pairs, which of the two tends
to be the statement (the hypothesis-only test of Gururangan et al. 2018, made pairwise).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.intervals import wilson_interval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FEWEST = 20  # pairs; below, nothing can be learned or said
FOLDS = 5


@dataclass(frozen=True, slots=True)
class ChoiceOnly:
    """Share of pairs guessed right, its 95 % interval (Wilson), and the number of pairs. ``is_fair``: chance
    lies inside the interval. With too few pairs accuracy is 0.5 and the interval everything."""

    accuracy: float
    low: float
    high: float
    items: int

    @property
    def is_fair(self) -> bool:
        """Whether the guess does no better (or worse) than chance."""
        return self.low <= 0.5 <= self.high


def choice_only(pairs: Sequence[tuple[str, str]], *, groups: Sequence[object] | None = None) -> ChoiceOnly:
    """Cross-validated accuracy of guessing the first of each ``(statement, reversed statement)``. Pairs of
    one group (a document) are guessed together."""
    n = len(pairs)
    if n < FEWEST:
        return ChoiceOnly(0.5, 0.0, 1.0, n)
    margins = choice_margins(pairs, groups=groups)
    credit = [1.0 if margin > 0 else 0.5 if margin == 0 else 0.0 for margin in margins]
    rate = sum(credit) / n
    return ChoiceOnly(rate, *wilson_interval(rate, n), n)


def choice_margins(
    pairs: Sequence[tuple[str, str]], *, groups: Sequence[object] | None = None
) -> list[float]:
    """How strongly each pair gives its statement away, learned on other pairs: positive where the statement
    is guessed, 0 where nothing tells. The order of the pairs does not matter."""
    names = list(groups) if groups is not None else list(range(len(pairs)))
    order = sorted(range(len(pairs)), key=lambda at: (*pairs[at], str(names[at])))
    margins = _margins([pairs[at] for at in order], [names[at] for at in order])
    found = [0.0] * len(pairs)
    for at, margin in zip(order, margins, strict=True):
        found[at] = margin
    return found


def _margins(pairs: Sequence[tuple[str, str]], groups: Sequence[object]) -> list[float]:
    import numpy as np
    from scipy.sparse import vstack
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold

    numbers: dict[object, int] = {}
    parts = [numbers.setdefault(group, len(numbers)) for group in groups]
    folds = min(FOLDS, len(numbers))
    if folds < 2:
        return [0.0] * len(pairs)
    tokens = r"[\u3400-\u9fff]|[^\W_]+"  # Chinese by the character
    words = CountVectorizer(ngram_range=(1, 2), min_df=2, binary=True, token_pattern=tokens)
    try:
        words.fit([text for pair in pairs for text in pair])
    except ValueError:  # no word stands in two texts
        return [0.0] * len(pairs)
    first = words.transform([pair[0] for pair in pairs])
    second = words.transform([pair[1] for pair in pairs])
    difference = (first - second).tocsr()
    found: NDArray[np.float64] = np.zeros(len(pairs))
    for train, held in GroupKFold(folds).split(difference, groups=parts):
        # Each pair is shown both ways round, so that the classifier has no side to prefer.
        shown = vstack([difference[train], -difference[train]])
        side = np.r_[np.ones(len(train)), np.zeros(len(train))]
        model = LogisticRegression(C=1.0, solver="liblinear", fit_intercept=False, max_iter=1000)
        model.fit(shown, side)
        found[held] = model.decision_function(difference[held])
    return [float(round(margin, 9)) for margin in found]


def fair_subset(
    pairs: Sequence[tuple[str, str]], *, groups: Sequence[object] | None = None
) -> tuple[list[int], ChoiceOnly]:
    """Rows to keep so that the guess stays at chance, and how well it then does.

    While it does better, the tenth of the pairs that give their statement away most is left out and the
    guess is learned anew (adversarial filtering, Le Bras et al. 2020). Pairs that mislead it stay. Where
    fewer than ``FEWEST`` would be left, all rows are kept, and the result says that they are not fair.
    """
    kept = list(range(len(pairs)))
    names = list(groups) if groups is not None else list(range(len(pairs)))
    first = found = choice_only(pairs, groups=names)
    while found.low > 0.5:
        margins = choice_margins([pairs[at] for at in kept], groups=[names[at] for at in kept])
        order = sorted(range(len(kept)), key=lambda place: (-margins[place], *pairs[kept[place]], place))
        dropped = set(order[: max(1, len(kept) // 10)])
        kept = [at for place, at in enumerate(kept) if place not in dropped]
        if len(kept) < FEWEST:
            return list(range(len(pairs))), first
        found = choice_only([pairs[at] for at in kept], groups=[names[at] for at in kept])
    return kept, found
