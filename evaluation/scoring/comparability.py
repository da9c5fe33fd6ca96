"""Whether scores on two releases may be set side by side, and what they are on the common part.

The rule: on the common part (items with the same id, so the same words), where it has at least
``FEWEST_ITEMS`` items of ``FEWEST_ARTICLES`` articles and ``LEAST_SHARE`` of the smaller release. As wholes,
only where nothing was removed, reworded or relabelled and the common part is ``LEAST_WHOLE_SHARE`` of the
larger one. It holds slice by slice, for runs of one protocol with the same prompts and parameters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from evaluation.scoring.metrics import (
    ALL,
    Dimension,
    ScoredItem,
    SliceScore,
    credits_of,
    score_slice,
)
from evaluation.scoring.paired import PairedComparison, compare_runs

FEWEST_ITEMS = 30
FEWEST_ARTICLES = 10
LEAST_SHARE = 0.8
LEAST_WHOLE_SHARE = 0.95
Place = tuple[str, str]  # nation, and type or ``all``


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether scores are comparable, and the part of the rule that decided."""

    is_comparable: bool
    why: str


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two releases in one slice: items of each, and the ``common`` ones, of ``articles`` articles;
    ``changed`` counts items removed, reworded or relabelled."""

    before: int
    after: int
    common: int
    articles: int
    changed: int

    @property
    def on_common(self) -> Verdict:
        """Whether scores on the common part may be compared."""
        smaller = min(self.before, self.after)
        if self.common < FEWEST_ITEMS:
            return Verdict(False, f"{self.common} common items; it takes {FEWEST_ITEMS}")
        if self.articles < FEWEST_ARTICLES:
            return Verdict(False, f"common items of {self.articles} articles; it takes {FEWEST_ARTICLES}")
        if self.common < LEAST_SHARE * smaller:
            share = self.common / smaller
            return Verdict(False, f"{share:.0%} of the smaller is common; it takes {LEAST_SHARE:.0%}")
        return Verdict(True, f"{self.common} common items of {self.articles} articles")

    @property
    def as_wholes(self) -> Verdict:
        """Whether scores on all of each may be compared."""
        larger = max(self.before, self.after)
        if self.changed:
            return Verdict(False, f"{self.changed} items were removed, reworded or relabelled")
        if not self.common or self.common < LEAST_WHOLE_SHARE * larger:
            share = self.common / larger if larger else 0.0
            return Verdict(False, f"{share:.0%} of the larger is common; it takes {LEAST_WHOLE_SHARE:.0%}")
        return Verdict(True, f"nothing was taken away, and {self.common} of {larger} items are common")


@dataclass(frozen=True, slots=True)
class Known:
    """An item of a release: where it stands and of which article it is."""

    nation: str
    source_type: str
    article: str


def overlaps(
    before: Mapping[str, Known], after: Mapping[str, Known], changed: Iterable[str]
) -> dict[Place, Overlap]:
    """Overlap of every nation, and nation and type, of either release. ``changed`` are ids of items of the
    first that were removed, reworded or relabelled."""
    touched = frozenset(changed)
    places = sorted({place for items in (before, after) for known in items.values() for place in _of(known)})
    counts: dict[Place, list[int]] = {place: [0, 0, 0, 0] for place in places}
    articles: dict[Place, set[str]] = {place: set() for place in places}
    for key, known in before.items():
        other = after.get(key)
        for place in _of(known):
            counts[place][0] += 1
            counts[place][3] += key in touched
            if other is not None and place in _of(other):
                counts[place][2] += 1
                articles[place].add(other.article)
    for known in after.values():
        for place in _of(known):
            counts[place][1] += 1
    return {
        place: Overlap(ours, theirs, common, len(articles[place]), touched_here)
        for place, (ours, theirs, common, touched_here) in counts.items()
    }


@dataclass(frozen=True, slots=True)
class Scores:
    """Of a whole release and of the common part, on the older and the newer release; ``None`` without
    items."""

    before_whole: SliceScore | None
    before_common: SliceScore | None
    after_common: SliceScore | None
    after_whole: SliceScore | None

    def told(self) -> dict[str, dict[str, Any] | None]:
        """Plain values by field; of each score its agreement over all items with interval, the rate among
        the answered, and number of items."""
        return {field.name: _told(getattr(self, field.name)) for field in fields(self)}


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change of release does to one model's score in one slice. ``paired`` is after less before, of
    the agreement rate. ``control`` is what random weights have on the same items, where that is known."""

    nation: str
    source_type: str
    overlap: Overlap
    scores: Scores
    paired: PairedComparison
    control: Scores | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values; those of ``control`` are a dictionary of their own, or ``None``."""
        return {
            "nation": self.nation,
            "source_type": self.source_type,
            **self.scores.told(),
            "control": self.control.told() if self.control else None,
            "difference": self.paired.difference,
            "low": self.paired.low,
            "high": self.paired.high,
            "p_value": self.paired.p_value,
            "overlap": asdict(self.overlap),
            "comparable_on_common": asdict(self.overlap.on_common),
            "comparable_as_wholes": asdict(self.overlap.as_wholes),
        }


Sides = tuple[Sequence[ScoredItem], Sequence[ScoredItem]]  # scored items of the older and the newer release


def effects(
    scored: Sides, where: Mapping[Place, Overlap], known: Mapping[str, Known], control: Sides = ((), ())
) -> list[Effect]:
    """One row per slice. ``control`` are the same items as random weights have them, as far as is known.

    ``known`` are the items of the newer release, whose articles count for both: another article of an item is
    no other answer."""
    found = []
    for place, overlap in where.items():
        before, after = (_in(items, place) for items in scored)
        keys = {item.key for item in before if item.key in known and place in _of(known[item.key])}
        keys &= {item.key for item in after}
        before_common, after_common = (_common(items, keys, known) for items in (before, after))
        random = [_in(items, place) for items in control]
        found.append(
            Effect(
                *place,
                overlap=overlap,
                scores=_scores(place, before, before_common, after_common, after),
                paired=compare_runs(credits_of(after_common), credits_of(before_common), resamples=0),
                control=_scores(
                    place, random[0], *(_common(items, keys, known) for items in random), random[1]
                )
                if any(random)
                else None,
            )
        )
    return found


def _common(items: Iterable[ScoredItem], keys: Set[str], known: Mapping[str, Known]) -> list[ScoredItem]:
    return [replace(item, article=known[item.key].article) for item in items if item.key in keys]


def _scores(place: Place, *items: Sequence[ScoredItem]) -> Scores:
    return Scores(*(_score(place, each) for each in items))


def _of(known: Known) -> tuple[Place, Place]:
    return (known.nation, ALL), (known.nation, known.source_type)


def _in(items: Sequence[ScoredItem], place: Place) -> list[ScoredItem]:
    nation, kind = place
    return [item for item in items if item.nation == nation and kind in (ALL, item.source_type)]


def _score(place: Place, items: Sequence[ScoredItem]) -> SliceScore | None:
    named = ((Dimension.NATION, place[0]), (Dimension.SOURCE_TYPE, place[1]))
    return score_slice(named, items) if items else None


def _told(score: SliceScore | None) -> dict[str, Any] | None:
    if score is None:
        return None
    return {
        "items": score.items,
        "answered": score.answered,
        "articles": score.articles,
        "agreement_rate": score.agreement_rate,
        "agreement_low": score.agreement_low,
        "agreement_high": score.agreement_high,
        "rate": score.rate,
        "low": score.low,
        "high": score.high,
    }
