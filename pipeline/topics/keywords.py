"""Keywords of clusters: class-based TF-IDF, re-ranked by meaning, thinned for diversity."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log
from typing import TYPE_CHECKING

from pipeline.embedding.words import runs

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

CANDIDATES = 60
_MEANING = 0.5  # share of a keyword's rank that closeness to what sets the cluster apart decides


@dataclass(frozen=True, slots=True)
class Term:
    """A word or a pair of neighbouring words: as most often written, and its c-TF-IDF weight."""

    text: str
    weight: float


def terms_of(text: str, language: str) -> Iterator[str]:
    """Content words of a text and pairs of neighbouring ones, as written; Chinese pairs are joined."""
    for run in runs(text, language):
        yield from run
        for first, second in pairwise(run):
            yield f"{first}{second}" if language == "zh" else f"{first} {second}"


def class_terms(
    texts: Sequence[str], labels: Sequence[int], language: str, *, count: int = CANDIDATES
) -> dict[int, list[Term]]:
    """The best terms of each class, best first; class -1 (outliers) is counted as background and left out.

    Weight of a term in a class: its share of the class's terms x log(1 + mean terms a class / its count over
    all classes) (class-based TF-IDF, Grootendorst 2022). A term must stand in two documents of a class of
    three or more, so that one document's names do not speak for all.
    """
    written: defaultdict[int, Counter[str]] = defaultdict(Counter)
    documents: defaultdict[int, Counter[str]] = defaultdict(Counter)
    sizes = Counter(labels)
    for text, label in zip(texts, labels, strict=True):
        terms = Counter(terms_of(text, language))
        written[label].update(terms)
        documents[label].update({term.casefold() for term in terms})
    folded = {label: _folded(counts) for label, counts in written.items()}
    overall: Counter[str] = Counter()
    for counts in folded.values():
        overall.update(counts)
    mean_size = overall.total() / max(1, len(folded))
    found: dict[int, list[Term]] = {}
    for label in sorted(label for label in sizes if label >= 0):
        total = folded[label].total()
        least = 2 if sizes[label] >= 3 else 1
        weights = {
            term: number / total * log(1 + mean_size / overall[term])
            for term, number in folded[label].items()
            if documents[label][term] >= least
        }
        best = sorted(weights, key=lambda term: (-weights[term], term))[:count]
        surfaces = _surfaces(written[label], set(best))
        found[label] = [Term(surfaces[term], weights[term]) for term in best]
    return found


def _folded(counts: Counter[str]) -> Counter[str]:
    folded: Counter[str] = Counter()
    for term, number in counts.items():
        folded[term.casefold()] += number
    return folded


def _surfaces(counts: Counter[str], wanted: set[str]) -> dict[str, str]:
    """The commonest way each case-folded term is written; the first in code order among equals."""
    ways: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for term, number in counts.items():
        if term.casefold() in wanted:
            ways[term.casefold()].append((-number, term))
    return {term: min(found)[1] for term, found in ways.items()}


def rerank(
    terms: Sequence[Term],
    direction: Floats,
    embed: Callable[[Sequence[str]], Floats],
    *,
    count: int,
    diversity: float,
) -> tuple[str, ...]:
    """The ``count`` best terms: by weight and by closeness to ``direction`` (d,), in which the cluster lies,
    each next one chosen for being good and unlike those before (maximal marginal relevance, Carbonell &
    Goldstein 1998)."""
    import numpy as np

    if not terms:
        return ()
    vectors = embed([term.text for term in terms])
    weights = np.array([term.weight for term in terms]) / terms[0].weight
    relevance = (1 - _MEANING) * weights + _MEANING * (vectors @ direction)
    likeness = vectors @ vectors.T
    chosen = [int(relevance.argmax())]
    while len(chosen) < min(count, len(terms)):
        marginal = (1 - diversity) * relevance - diversity * likeness[:, chosen].max(axis=1)
        marginal[chosen] = -np.inf
        chosen.append(int(marginal.argmax()))
    return tuple(terms[at].text for at in chosen)
