"""What the data card counts: one pass over the rows, and one over the preference pairs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice

from evaluation.publishing.content import Content, Slice
from evaluation.publishing.dates import year_of
from evaluation.publishing.formats.making import Tally
from evaluation.publishing.pairs import PairBalance, preference_balance
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
    tally: Tally = field(default_factory=Tally)
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


@dataclass(frozen=True, slots=True)
class PairCounts:
    """Preference pairs of a part: how many articles they are of, and their balance by language and in all."""

    articles: int
    balance: dict[str, PairBalance]


def count(content: Content) -> Counts:
    """Numbers of the evaluation part. Holds articles' keys and :data:`SAMPLE` items of each slice."""
    counts = Counts()
    sample: list[Wording] = []
    for where in content.slices():
        ours = counts.slices[where] = SliceCounts()
        for row in content.rows(where):
            if ours.items < SAMPLE:
                sample.append(_wording(row))
            _count_row(counts, ours, row)
    counts.guesses = _guesses(sample)
    return counts


def guesses(content: Content) -> dict[str, ChoiceOnly]:
    """How well a guess from wording alone tells statements from their reversals, by language, as the card has
    it: on :data:`SAMPLE` items of each slice."""
    return _guesses(
        _wording(row) for where in content.slices() for row in islice(content.rows(where), SAMPLE)
    )


Wording = tuple[str, str, str, str]  # language, statement, reversal, article


def _wording(row: ReleaseRow) -> Wording:
    return row.language, row.statement, row.reversed_statement, row.article


def _guesses(sample: Iterable[Wording]) -> dict[str, ChoiceOnly]:
    found: defaultdict[str, list[Wording]] = defaultdict(list)
    for wording in sample:
        found[wording[0]].append(wording)
    return {language: _guess(tuple(found[language])) for language in sorted(found)}


@lru_cache(maxsize=8)
def _guess(sample: tuple[Wording, ...]) -> ChoiceOnly:
    """Learned once for the card and for what is said of a release when it is made."""
    pairs = [(statement, reversal) for _, statement, reversal, _ in sample]
    return choice_only(pairs, groups=[article for *_, article in sample])


def count_pairs(rows: Iterable[ReleaseRow]) -> PairCounts:
    """Numbers of preference pairs: the statement is chosen, its reversal rejected. Holds the pairs, but no
    words of articles."""
    # Only what the balance is told from: whole articles would fill the memory.
    pairs = [replace(row, text="", evidence="") for row in rows]
    return PairCounts(len({row.article for row in pairs}), preference_balance(pairs))


def _count_row(counts: Counts, ours: SliceCounts, row: ReleaseRow) -> None:
    ours.items += 1
    ours.contested += row.is_contested
    ours.articles.add(row.article)
    ours.outlets[row.outlet] += 1
    ours.years[year_of(row.published)] += 1
    ours.periods[row.period] += 1
    counts.languages[row.language] += 1
    counts.sources[row.nation, row.outlet, row.licence, row.disclosure] += 1
    counts.tally.add(row)
    counts.annotators.update(row.annotators)
    _count_votes(counts, row.votes)


def _count_votes(counts: Counts, votes: Mapping[str, int]) -> None:
    total = sum(votes.values())
    counts.votes += total
    if total > 1:
        counts.doubly += 1
        counts.pairs += total * (total - 1)
        counts.agreeing += sum(number * (number - 1) for number in votes.values())
