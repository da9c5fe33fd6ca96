"""Whether two statements say the same: the words they share, and above all whether those keep their order.

"A sued B" and "B sued A" share every word; only order tells them apart. Weights were fitted on paraphrase
pairs in four languages and re-phrased questions in three, one set of weights for all.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

BASE, CONTENT = -4.1, 8.0
# What counts once nearly all content is shared: order, runs of two words, and words of any kind.
CLOSE, ORDER, RUNS, BAG = -4.5, 4.0, 4.1, -5.6
NEAR, NEAREST = 0.6, 0.9  # content in common from which, and at which fully, order decides
MOST_WORDS = 200  # read of a statement


def same_meaning(first: Sequence[str], second: Sequence[str], content: float) -> float:
    """Probability in [0, 1] that two texts say the same, given as words in order and the share of content
    words they have in common. Symmetric."""
    one, other = list(first[:MOST_WORDS]), list(second[:MOST_WORDS])
    score = BASE + CONTENT * content
    closeness = min(1.0, max(0.0, (content - NEAR) / (NEAREST - NEAR)))
    if closeness:
        runs = _overlap(Counter(pairwise(one)), Counter(pairwise(other)))
        bag = _overlap(Counter(one), Counter(other))
        score += closeness * (CLOSE + ORDER * order_agreement(one, other) + RUNS * runs + BAG * bag)
    return 1 / (1 + math.exp(-score))


def order_agreement(first: Sequence[str], second: Sequence[str]) -> float:
    """Kendall's tau in [-1, 1] of the words that stand once in each text; 0 for fewer than three."""
    once = {word for word, count in Counter(first).items() if count == 1}
    place = {word: at for at, word in enumerate(second) if second.count(word) == 1}
    places = [place[word] for word in first if word in once and word in place]
    n = len(places)
    if n < 3:
        return 0.0
    ahead = sum(places[i] < places[j] for i in range(n) for j in range(i + 1, n))
    return 4 * ahead / (n * (n - 1)) - 1


def _overlap(first: Counter[Any], second: Counter[Any]) -> float:
    """Shared share of two multisets."""
    union = (first | second).total()
    return (first & second).total() / union if union else 0.0
