"""Which items of a release stand, word for word, in texts a model may have been trained on."""

from __future__ import annotations

import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evaluation.publishing.content import Slice
from evaluation.publishing.rows import ReleaseRow
from evaluation.publishing.texts import text_pieces
from pipeline.dedupe.shingles import normal_form

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WORDS = 13  # per gram, as Brown et al. 2020; characters where words are not spaced are twice as many
SHORTEST_WORDS, SHORTEST_CHARACTERS = 6, 10  # of a text that is shorter than a gram and counts as a whole
FIELDS = ("question", "statement", "reversed_statement", "evidence")
_UNSPACED = frozenset({"zh", "ja", "th"})
_WORD = re.compile(r"\w+")
_GAPS = re.compile(r"[\W_]+")
_HAS_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_BASE = 0x9E3779B97F4A7C15  # odd, so that no power of it is 0 in 64 bits
_WORD_BITS = (1 << 64) - 1
_PIECE = 1 << 20  # characters of a file in memory


@dataclass(frozen=True, slots=True)
class ItemOverlap:
    """An item of which something was found. ``grams`` is how many it has, ``found`` how many of them stand
    somewhere; ``example`` is one as it was found, in ``source``, in normal form."""

    id: str
    slice: str
    grams: int
    found: int
    fields: tuple[str, ...]
    example: str
    source: str

    @property
    def share(self) -> float:
        """Part of its grams that was found, in (0, 1]."""
        return self.found / self.grams


@dataclass(frozen=True, slots=True)
class SliceOverlap:
    """Items of a slice: all, those long enough to be looked for, those of which a gram or every gram was
    found, and the mean share of grams over those looked for."""

    items: int
    judged: int
    touched: int
    whole: int
    mean_share: float


@dataclass(frozen=True, slots=True)
class OverlapReport:
    """``words`` and ``characters`` a gram, items found (most of them first), slices, number of items found
    by source, and sources that hold the release's canary string."""

    words: int
    characters: int
    items: tuple[ItemOverlap, ...]
    slices: dict[str, SliceOverlap]
    sources: dict[str, int]
    canary_in: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        from dataclasses import asdict

        found = asdict(self)
        for row, item in zip(found["items"], self.items, strict=True):
            row["share"] = round(item.share, 6)
        return found


def overlap(rows: Iterable[ReleaseRow], texts: Iterable[tuple[str, str]], *, n: int = WORDS) -> OverlapReport:
    """Look for every gram of the items in ``texts``.

    A gram is ``n`` words in a row (``2 n`` characters where words are not spaced) of a question, statement,
    reversal or evidence, after NFKC and casefold and without punctuation; a shorter text of at least
    ``SHORTEST_WORDS`` words or ``SHORTEST_CHARACTERS`` characters counts as a whole. Texts are pairs of a
    name and a text; pieces of one text may follow each other under one name. What is kept in memory are
    64-bit digests of the items' grams. Raises ``ValueError`` for ``n`` below 1.
    """
    if n < 1:
        raise ValueError(f"n is {n}; a gram has at least 1 word")
    items = _Items(n)
    for row in rows:
        items.add(row)
    searches = [search for search in items.searches() if search.lengths]
    name_before: str | None = None
    for name, text in texts:
        if name != name_before:
            for search in searches:
                search.carry = []
        name_before = name
        items.sources.setdefault(name, set())
        normal = normal_form(text)
        for search in searches:
            search.look(normal, name, items)
    return items.report()


def file_texts(paths: Iterable[Path]) -> Iterator[tuple[str, str]]:
    """Files in pieces, each ending between words where it can; JSON and gzip are read as what they hold.
    Raises :class:`~evaluation.publishing.texts.NotTextError` for what is not UTF-8, and ``OSError``."""
    for path in paths:
        rest = ""
        for piece in text_pieces(path):
            text = rest + piece
            cut = max(text.rfind(" "), text.rfind("\n")) + 1
            if cut == 0 or len(text) - cut > _PIECE:
                cut = len(text)
            rest = text[cut:]
            yield str(path), text[:cut]
        if rest:
            yield str(path), rest


@dataclass(slots=True)
class _Grams:
    """Grams of one length: sorted digests, whose they are, and whether they were found."""

    digests: NDArray[np.uint64]
    owners: NDArray[np.int64]
    found: NDArray[np.bool_]


class _Items:
    """The release as a search sees it; an owner is an item's number and a field, -1 the canary string."""

    def __init__(self, n: int) -> None:
        self.words, self.characters = n, 2 * n
        self._ids: list[str] = []
        self._slices: list[str] = []
        self._waiting: tuple[dict[int, tuple[array[int], array[int]]], ...] = ({}, {})  # digests and owners
        self._searches: list[_Search] = []
        self._examples: dict[int, tuple[str, str]] = {}
        self._canaries: set[str] = set()
        self._canary_in: set[str] = set()
        self.sources: dict[str, set[int]] = {}

    def add(self, row: ReleaseRow) -> None:
        """Take in the grams of a row."""
        number = len(self._ids)
        self._ids.append(row.id)
        self._slices.append(Slice(row.nation, row.source_type).path)
        is_unspaced = row.language in _UNSPACED
        n, shortest = (self.characters, SHORTEST_CHARACTERS) if is_unspaced else (self.words, SHORTEST_WORDS)
        for place, name in enumerate(FIELDS):
            values = _values(_units(normal_form(getattr(row, name)), is_unspaced), is_unspaced)
            length = min(n, len(values))
            if length >= min(n, shortest):
                owner = number * len(FIELDS) + place
                self._note(is_unspaced, length, values, owner)
        if row.canary and row.canary not in self._canaries:
            self._canaries.add(row.canary)
            values = _values(_units(normal_form(row.canary), False), False)
            if len(values):
                self._note(False, len(values), values, -1)

    def _note(self, is_unspaced: bool, length: int, values: NDArray[np.uint64], owner: int) -> None:
        *_, windows = _windows(values, length)
        digests, owners = self._waiting[is_unspaced].setdefault(length, (array("Q"), array("q")))
        ours = set(windows.tolist())
        digests.extend(ours)
        owners.extend([owner] * len(ours))

    def searches(self) -> list[_Search]:
        """A search by words and one by characters."""
        import numpy as np

        for is_unspaced in (False, True):
            lengths = {}
            for length, (digest_array, owner_array) in self._waiting[is_unspaced].items():
                digests, owners = np.array(digest_array, np.uint64), np.array(owner_array, np.int64)
                order = np.argsort(digests, kind="stable")
                lengths[length] = _Grams(digests[order], owners[order], np.zeros(len(owners), np.bool_))
            self._waiting[is_unspaced].clear()
            self._searches.append(_Search(is_unspaced, lengths))
        return self._searches

    def note_found(
        self, owners: NDArray[np.int64], starts: NDArray[np.int64], length: int, units: list[str], source: str
    ) -> None:
        """Grams of ``owners`` stand in ``source``: ``length`` units each, from ``starts``."""
        import numpy as np

        items, first = np.unique(owners // len(FIELDS), return_index=True)
        for item, start in zip(items.tolist(), starts[first].tolist(), strict=True):
            if item < 0:
                self._canary_in.add(source)
                continue
            self.sources[source].add(item)
            if item not in self._examples:
                found = units[start : start + length]
                gap = "" if max(map(len, found)) == 1 else " "
                self._examples[item] = (gap.join(found), source)

    def report(self) -> OverlapReport:
        """What was found."""
        grams: Counter[int] = Counter()
        found: Counter[int] = Counter()
        fields: dict[int, set[int]] = defaultdict(set)
        for search in self._searches:
            for ours in search.lengths.values():
                for owner, is_found in zip(ours.owners.tolist(), ours.found.tolist(), strict=True):
                    if owner < 0:
                        continue
                    item, place = divmod(owner, len(FIELDS))
                    grams[item] += 1
                    if is_found:
                        found[item] += 1
                        fields[item].add(place)
        items = [
            ItemOverlap(
                self._ids[item],
                self._slices[item],
                grams[item],
                found[item],
                tuple(FIELDS[place] for place in sorted(fields[item])),
                *self._examples[item],
            )
            for item in found
        ]
        return OverlapReport(
            self.words,
            self.characters,
            tuple(sorted(items, key=lambda item: (-item.share, item.id))),
            self._by_slice(grams, found),
            {name: len(numbers) for name, numbers in self.sources.items()},
            tuple(sorted(self._canary_in)),
        )

    def _by_slice(self, grams: Counter[int], found: Counter[int]) -> dict[str, SliceOverlap]:
        members: dict[str, list[int]] = defaultdict(list)
        for item, where in enumerate(self._slices):
            members[where].append(item)
        result = {}
        for where, ours in sorted(members.items()):
            judged = [item for item in ours if grams[item]]
            shares = [found[item] / grams[item] for item in judged]
            result[where] = SliceOverlap(
                items=len(ours),
                judged=len(judged),
                touched=sum(share > 0 for share in shares),
                whole=sum(share == 1 for share in shares),
                mean_share=round(sum(shares) / len(shares), 6) if shares else 0.0,
            )
        return result


@dataclass(slots=True)
class _Search:
    """Looks for grams of all lengths, by words or by characters; ``carry`` is the end of the piece before."""

    is_unspaced: bool
    lengths: dict[int, _Grams]
    carry: list[str] = field(default_factory=list)

    def look(self, normal: str, source: str, items: _Items) -> None:
        """Note what of the items stands in a piece of text."""
        import numpy as np

        longest = max(self.lengths)
        if self.is_unspaced and not _HAS_UNSPACED.search(normal):
            end = normal[-4 * longest :]
            before = self.carry if len(end) == len(normal) else []
            self.carry = [*before, *_units(end, True)][1 - longest :] if longest > 1 else []
            return
        units = [*self.carry, *_units(normal, self.is_unspaced)]
        self.carry = units[-(longest - 1) :] if longest > 1 else []
        if not units:
            return
        for length, windows in enumerate(_windows(_values(units, self.is_unspaced), longest), 1):
            grams = self.lengths.get(length)
            if grams is None:
                continue
            low = np.searchsorted(grams.digests, windows)
            places = np.flatnonzero(grams.digests[np.minimum(low, len(grams.digests) - 1)] == windows)
            low, once = np.unique(low[places], return_index=True)  # a gram may stand there many times
            places = places[once]
            if not len(places):
                continue
            counts = np.searchsorted(grams.digests, windows[places], "right") - low
            # Entries low, low + 1, ... of each gram, one after the other.
            entries = np.repeat(low - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
            grams.found[entries] = True
            starts = np.repeat(places, counts)
            items.note_found(grams.owners[entries], starts, length, units, source)


def _units(normal: str, is_unspaced: bool) -> list[str]:
    return list(_GAPS.sub("", normal)) if is_unspaced else _WORD.findall(normal)


def _values(units: list[str], is_unspaced: bool) -> NDArray[np.uint64]:
    """A number for each unit, the same throughout this process."""
    import numpy as np

    read = map(ord, units) if is_unspaced else map(hash, units)
    values = np.fromiter(read, np.int64, len(units)).view(np.uint64)
    # Mixed, for code points are small and near each other (finalizer of SplitMix64, Steele et al. 2014).
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _windows(values: NDArray[np.uint64], longest: int) -> Iterator[NDArray[np.uint64]]:
    """Digests of all runs of 1, 2, ... ``longest`` values: polynomials modulo 2 to the 64."""
    import numpy as np

    total = values
    power = 1
    yield total
    for length in range(2, longest + 1):
        power = power * _BASE & _WORD_BITS
        added = values[length - 1 :] * np.uint64(power)
        total = total[: len(added)] + added
        yield total
