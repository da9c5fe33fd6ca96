"""Statements in nearly the same words: exact Jaccard, found by the rare pieces two of them must share."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Sequence
from hashlib import blake2b
from math import ceil

from pipeline.dedupe.bands import THRESHOLD
from pipeline.dedupe.shingles import normal_form

# A statement is one sentence: articles' longer pieces would call every changed word another statement.
WORDS, CHARACTERS = 2, 3
HOLDERS = 200  # texts compared for one rare piece: only texts made from one mould share it so often
_UNSPACED = frozenset({"zh", "ja", "th"})
_WORD = re.compile(r"\w+")
_GAPS = re.compile(r"[\W_]+")


class Joined:
    """Numbers ``0..size-1`` in sets that are joined (union-find); a set is known by its smallest number."""

    def __init__(self, size: int) -> None:
        self._parents = list(range(size))

    def find(self, number: int) -> int:
        """The smallest number of the set."""
        parents = self._parents
        while parents[number] != number:
            parents[number] = number = parents[parents[number]]
        return number

    def join(self, first: int, second: int) -> None:
        """Make one set of two."""
        low, high = sorted((self.find(first), self.find(second)))
        self._parents[high] = low

    def labels(self) -> list[int]:
        """The smallest number of each number's set."""
        return [self.find(number) for number in range(len(self._parents))]


def pieces(text: str, language: str) -> frozenset[str]:
    """Word pairs, for Chinese runs of three characters, without punctuation; a shorter text is one piece."""
    normal = normal_form(text)
    if language in _UNSPACED:
        units: Sequence[str] = _GAPS.sub("", normal)
        length, gap = CHARACTERS, ""
    else:
        units, length, gap = _WORD.findall(normal), WORDS, " "
    if not units:
        return frozenset()
    last = max(1, len(units) - length + 1)
    return frozenset(gap.join(units[at : at + length]) for at in range(last))


def near_copies(texts: Sequence[tuple[str, str]]) -> list[int]:
    """For each ``(language, text)`` the first place of its set of near copies.

    Two texts of one language are near copies from a Jaccard similarity of ``THRESHOLD`` on :func:`pieces`;
    copies of copies are in one set. Two such texts share one of the rarest pieces of each (prefix filter:
    Chaudhuri, Ganti and Kaushik 2006; Bayardo, Ma and Srikant 2007), so nothing is missed unless more than
    ``HOLDERS`` texts share that piece.
    """
    joined = Joined(len(texts))
    first: dict[tuple[str, frozenset[str]], int] = {}
    for place, (language, text) in enumerate(texts):
        found = pieces(text, language)
        key = (language, found or frozenset((normal_form(text),)))
        if (same := first.setdefault(key, place)) != place:
            joined.join(same, place)
    by_language: dict[str, list[tuple[int, frozenset[str]]]] = defaultdict(list)
    for (language, found), place in first.items():
        by_language[language].append((place, found))
    del first
    for ours in by_language.values():
        _join([place for place, _ in ours], _ranked([found for _, found in ours]), joined)
    return joined.labels()


def _ranked(sets: Sequence[frozenset[str]]) -> list[list[int]]:
    """Each set as ascending numbers of its pieces, the rarest piece first."""
    import numpy as np

    hashes = [
        int.from_bytes(blake2b(piece.encode(), digest_size=8).digest(), "little")
        for found in sets
        for piece in found
    ]
    _, inverse, counts = np.unique(np.array(hashes, np.uint64), return_inverse=True, return_counts=True)
    ranks = np.empty(len(counts), np.int64)
    ranks[np.argsort(counts, kind="stable")] = np.arange(len(counts))
    bounds = np.cumsum([len(found) for found in sets])[:-1]
    return [np.sort(part).tolist() for part in np.split(ranks[inverse], bounds)]


def _join(places: Sequence[int], sets: Sequence[list[int]], joined: Joined) -> None:
    """Join the near copies among ``sets``, shortest first, so that only shorter ones have been seen."""
    holders: dict[int, deque[int]] = defaultdict(lambda: deque(maxlen=HOLDERS))
    for at in sorted(range(len(sets)), key=lambda number: (len(sets[number]), places[number])):
        ours = sets[at]
        shortest = ceil(THRESHOLD * len(ours) - 1e-9)  # pieces shared with any near copy, at least
        candidates = {other for piece in ours[: len(ours) - shortest + 1] for other in holders.get(piece, ())}
        mine = frozenset(ours)
        for other in candidates:
            theirs = sets[other]
            if len(theirs) < shortest or joined.find(places[other]) == joined.find(places[at]):
                continue
            shared = len(mine.intersection(theirs))
            if shared >= THRESHOLD * (len(ours) + len(theirs) - shared) - 1e-9:
                joined.join(places[at], places[other])
        longer = ceil(2 * THRESHOLD / (1 + THRESHOLD) * len(ours) - 1e-9)  # shared with a longer one
        for piece in ours[: len(ours) - longer + 1]:
            holders[piece].append(at)
