"""What the data card counts: one pass over the rows, and one over the preference pairs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from evaluation.publishing.content import Content, Slice
from evaluation.publishing.dates import year_of
from evaluation.publishing.formats.negation import is_negated
from evaluation.publishing.rows import ReleaseRow
from pipeline.triples.choice_only import ChoiceOnly, choice_only

SAMPLE = 1_000  # items of a slice, the first by id, that the guess from wording alone is measured on


@dataclass(slots=True)
class SliceCounts:
    """A slice in numbers; an item without outlet or year counts under an empty name."""

    items: int = 0
    contested: int = 0
    articles: set[str] = field(default_factory=set)
    outlets: Counter[str] = field(default_factory=Counter)
    years: Counter[str] = field(default_factory=Counter)
    periods: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Counts:
    """The evaluation part in numbers. ``sources`` is by nation, outlet, licence and disclosure; ``pairs``
    and ``agreeing`` count pairs of votes on the ``doubly`` voted items."""

    slices: dict[Slice, SliceCounts] = field(default_factory=dict)
    languages: Counter[str] = field(default_factory=Counter)
    sources: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    decided_by: Counter[str] = field(default_factory=Counter)
    annotators: set[str] = field(default_factory=set)
    votes: int = 0
    doubly: int = 0
    pairs: int = 0
    agreeing: int = 0
    guesses: dict[str, ChoiceOnly] = field(default_factory=dict)

    @property
    def items(self) -> int:
        """Number of items."""
        return sum(found.items for found in self.slices.values())


@dataclass(slots=True)
class PairCounts:
    """Preference pairs in numbers; lengths in characters, summed. A pair counts as negated on a side where a
    negation word stands; ``unknown`` pairs are in a language without a list of them."""

    pairs: int = 0
    articles: set[str] = field(default_factory=set)
    chosen_length: int = 0
    rejected_length: int = 0
    chosen_longer: int = 0
    same_length: int = 0
    chosen_negated: int = 0
    rejected_negated: int = 0
    unknown: int = 0


def count(content: Content) -> Counts:
    """Numbers of the evaluation part. Holds articles' keys and :data:`SAMPLE` items of each slice."""
    counts = Counts()
    sample: defaultdict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for where in content.slices():
        ours = counts.slices[where] = SliceCounts()
        for row in content.rows(where):
            if ours.items < SAMPLE:
                sample[row.language].append((row.statement, row.reversed_statement, row.article))
            _count_row(counts, ours, row)
    for language in sorted(sample):
        pairs = [(statement, reversal) for statement, reversal, _ in sample[language]]
        counts.guesses[language] = choice_only(pairs, groups=[article for *_, article in sample[language]])
    return counts


def count_pairs(rows: Iterable[ReleaseRow]) -> PairCounts:
    """Numbers of preference pairs: the statement is chosen, its reversal rejected."""
    counts = PairCounts()
    for row in rows:
        chosen, rejected = len(row.statement), len(row.reversed_statement)
        counts.pairs += 1
        counts.articles.add(row.article)
        counts.chosen_length += chosen
        counts.rejected_length += rejected
        counts.chosen_longer += chosen > rejected
        counts.same_length += chosen == rejected
        negated = [is_negated(text, row.language) for text in (row.statement, row.reversed_statement)]
        counts.chosen_negated += negated[0] is True
        counts.rejected_negated += negated[1] is True
        counts.unknown += None in negated
    return counts


def _count_row(counts: Counts, ours: SliceCounts, row: ReleaseRow) -> None:
    ours.items += 1
    ours.contested += row.is_contested
    ours.articles.add(row.article)
    ours.outlets[row.outlet] += 1
    ours.years[year_of(row.published)] += 1
    ours.periods[row.period] += 1
    counts.languages[row.language] += 1
    counts.sources[row.nation, row.outlet, row.licence, row.disclosure] += 1
    counts.decided_by[row.decided_by] += 1
    counts.annotators.update(row.annotators)
    _count_votes(counts, row.votes)


def _count_votes(counts: Counts, votes: Mapping[str, int]) -> None:
    total = sum(votes.values())
    counts.votes += total
    if total > 1:
        counts.doubly += 1
        counts.pairs += total * (total - 1)
        counts.agreeing += sum(number * (number - 1) for number in votes.values())
