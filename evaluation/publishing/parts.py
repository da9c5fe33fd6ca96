"""Items of one article, topic or wording share a part: in this release and with earlier ones."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from evaluation.publishing.draws import draw
from evaluation.publishing.near_copies import Joined, near_copies
from evaluation.publishing.recipe import Recipe
from evaluation.publishing.rows import PREFERENCE_PARTS, Part, ReleaseRow

TEST_SHARE = 0.2  # of preference pairs


class Grouped(Protocol):
    """What ties an item to others; a :class:`ReleaseRow` is one."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def article(self) -> str: ...  # noqa: D102
    @property
    def nation(self) -> str: ...  # noqa: D102
    @property
    def topic(self) -> str: ...  # noqa: D102
    @property
    def language(self) -> str: ...  # noqa: D102
    @property
    def statement(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """An item of an earlier release and the part it had there."""

    part: str
    article: str
    nation: str
    topic: str
    language: str
    statement: str
    id: str = ""


class Barred(StrEnum):
    """Why an item gets no part."""

    BOTH_SIDES = "published_on_both_sides"  # its group has items of two parts that must share nothing
    NO_PREFERENCES = "published_as_preference"  # and this recipe makes no preference pairs
    HELD_BACK = "held_back"  # by an earlier release, and this recipe keeps nothing back


@dataclass(frozen=True, slots=True)
class Parts:
    """The part of each item by id; ids without one by reason, sorted; the number of groups."""

    part_of: Mapping[str, Part]
    left_out: Mapping[Barred, tuple[str, ...]] = field(default_factory=dict)
    groups: int = 0


class Tie(StrEnum):
    """What two items share."""

    ARTICLE = "article"
    TOPIC = "topic"
    NEAR_COPY = "near_copy"


@dataclass(frozen=True, slots=True)
class Clash:
    """Something that both sides have: by what, which (article, nation and topic, or statement), and the first
    item of each side that has it."""

    tie: Tie
    shared: str
    first: str
    second: str


@dataclass(slots=True)
class _Group:
    key: str
    ids: list[str]
    nations: frozenset[str]
    touched: frozenset[str]
    part: Part | None = None


def groups(rows: Sequence[Grouped]) -> dict[str, str]:
    """Item id to its group, named by the group's smallest article.

    Items of one article, of one topic of one nation (items without topic aside) or in nearly the same words
    are in one group, and so is whoever is in a group with one of them.
    """
    labels = _labels(rows)
    names: dict[int, str] = {}
    for row, label in zip(rows, labels, strict=True):
        names[label] = min(names.get(label, _article(row)), _article(row))
    return {row.id: names[label] for row, label in zip(rows, labels, strict=True)}


def assign_parts(rows: Sequence[ReleaseRow], recipe: Recipe, published: Iterable[PublishedRow] = ()) -> Parts:
    """Give whole groups to holdout, preference pairs (a fifth of them to test) and evaluation.

    Groups are drawn by the recipe's seed until a share of the items is reached as nearly as a group allows;
    the last group of a nation stays in the evaluation. What is ``published`` binds its group: an evaluation
    item to evaluation, a pair to learn from to its own part, an item held back to the holdout. A group bound
    to two sides, or to pairs where the recipe makes none, is left out. What was held back once is never given
    out: beside published evaluation items, or where the recipe keeps nothing back, those items and others of
    their articles or in their words are left out, and the rest of their group is evaluated. The order of rows
    does not matter.
    """
    known = list(published)
    found = _bound(rows, known)
    private = _private(rows, known)
    left_out: dict[Barred, list[str]] = defaultdict(list)
    for group in found:
        why = _bind(group, recipe)
        if why is not None:
            left_out[why].extend(group.ids)
        elif group.part is not Part.HOLDOUT:
            left_out[Barred.HELD_BACK] += (held := [id for id in group.ids if id in private])
            group.ids = [id for id in group.ids if id not in held]
    barred = {id for ids in left_out.values() for id in ids}
    placed = [group for group in found if group.ids and group.ids[0] not in barred]
    _draw_parts(placed, recipe)
    return Parts(
        {id: group.part or Part.EVALUATION for group in placed for id in group.ids},
        {why: tuple(sorted(left_out[why])) for why in sorted(left_out) if left_out[why]},
        len(found),
    )


def overlaps(first: Sequence[Grouped], second: Sequence[Grouped]) -> list[Clash]:
    """What two sides share that must share nothing: articles, topics of a nation, near copies. Empty when
    they are disjoint. Knows nothing of how parts were assigned."""
    found: list[Clash] = []
    keys = ((Tie.ARTICLE, _article), (Tie.TOPIC, _topic))
    for tie, key in keys:
        ours, theirs = (_smallest((key(row), row.id) for row in rows) for rows in (first, second))
        found += [Clash(tie, name, ours[name], theirs[name]) for name in sorted(ours.keys() & theirs.keys())]
    both = [*first, *second]
    labels = near_copies([(row.language, row.statement) for row in both])
    cut = len(first)
    ours = _smallest((str(label), row.id) for label, row in zip(labels[:cut], first, strict=True))
    theirs = _smallest((str(label), row.id) for label, row in zip(labels[cut:], second, strict=True))
    found += sorted(
        (
            Clash(Tie.NEAR_COPY, both[int(label)].statement, ours[label], theirs[label])
            for label in ours.keys() & theirs.keys()
        ),
        key=lambda clash: (clash.first, clash.second),
    )
    return found


def _article(row: Grouped) -> str:
    return row.article or row.id


def _topic(row: Grouped) -> str:
    return f"{row.nation}: {row.topic}" if row.topic else ""


def _smallest(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, id in pairs:
        if key:
            found[key] = min(found.get(key, id), id)
    return found


def _labels(rows: Sequence[Grouped]) -> list[int]:
    joined = Joined(len(rows))
    first: dict[Hashable, int] = {}
    copies = near_copies([(row.language, row.statement) for row in rows])
    for place, row in enumerate(rows):
        joined.join(place, copies[place])
        joined.join(place, first.setdefault(("article", _article(row)), place))
        if row.topic:
            joined.join(place, first.setdefault((row.nation, row.topic), place))
    return joined.labels()


def _bound(rows: Sequence[ReleaseRow], published: Sequence[PublishedRow]) -> list[_Group]:
    """Groups of ``rows`` by key, with the parts that published items bind each to."""
    everything: list[Grouped] = [*sorted(rows, key=lambda row: row.id), *published]
    members: dict[int, list[Grouped]] = defaultdict(list)
    touched: dict[int, set[str]] = defaultdict(set)
    for row, label in zip(everything, _labels(everything), strict=True):
        if isinstance(row, PublishedRow):
            touched[label].add(row.part)
        else:
            members[label].append(row)
    found = [
        _Group(
            min(map(_article, ours)),
            sorted(row.id for row in ours),
            frozenset(row.nation for row in ours),
            frozenset(touched[label]),
        )
        for label, ours in members.items()
    ]
    return sorted(found, key=lambda group: group.key)


def _private(rows: Sequence[ReleaseRow], published: Sequence[PublishedRow]) -> frozenset[str]:
    """Ids of rows that would give away an item held back: itself, its article or its words."""
    held = [row for row in published if row.part == Part.HOLDOUT]
    if not held:
        return frozenset()
    everything: list[Grouped] = [*rows, *held]
    copies = near_copies([(row.language, row.statement) for row in everything])
    ids, articles = {row.id for row in held}, {_article(row) for row in held}
    words = set(copies[len(rows) :])
    return frozenset(
        row.id
        for row, copy in zip(rows, copies, strict=False)
        if row.id in ids or _article(row) in articles or copy in words
    )


def _bind(group: _Group, recipe: Recipe) -> Barred | None:
    """Set the part that published items leave a group, if they do; say so when they leave it none."""
    learned = group.touched.intersection(PREFERENCE_PARTS)
    if len(learned) > 1 or (learned and group.touched - learned):
        return Barred.BOTH_SIDES
    if Part.HOLDOUT in group.touched:
        is_kept = recipe.holdout_share and Part.EVALUATION not in group.touched
        group.part = Part.HOLDOUT if is_kept else Part.EVALUATION
        return None
    if learned:
        group.part = Part(next(iter(learned)))
        return None if recipe.preference_share else Barred.NO_PREFERENCES
    if Part.EVALUATION in group.touched:
        group.part = Part.EVALUATION
    return None


def _draw_parts(found: Sequence[_Group], recipe: Recipe) -> None:
    """Give the groups that nothing binds their part."""
    total = sum(len(group.ids) for group in found)
    free = [group for group in found if group.part is None]
    free.sort(key=lambda group: draw(recipe.seed, group.key))
    left = Counter(  # groups that each nation still has in the evaluation
        nation for group in found if group.part in (None, Part.EVALUATION) for nation in group.nations
    )
    holdout = _take(free, recipe.holdout_share * total - _items(found, [Part.HOLDOUT]), left)
    for group in holdout:
        group.part = Part.HOLDOUT
    free = [group for group in free if group.part is None]
    pairs = _take(free, recipe.preference_share * total - _items(found, PREFERENCE_PARTS), left)
    number = sum(len(group.ids) for group in pairs) + _items(found, PREFERENCE_PARTS)
    pairs.sort(key=lambda group: draw(recipe.seed, f"test\0{group.key}"))
    has = {part: _items(found, [part]) > 0 for part in PREFERENCE_PARTS}
    tested = _take(pairs, TEST_SHARE * number - _items(found, [Part.TEST]))
    if not tested and not has[Part.TEST] and len(pairs) > 1 - has[Part.TRAIN]:
        tested = [min(pairs, key=lambda group: len(group.ids))]
    for group in pairs:
        group.part = Part.TRAIN
    for group in tested:
        group.part = Part.TEST


def _take(found: Sequence[_Group], items: float, left: Counter[str] | None = None) -> list[_Group]:
    """Groups in order, each that brings the number of items nearer to ``items``; with ``left``, none that is
    a nation's last."""
    taken = []
    for group in found:
        if abs(items - len(group.ids)) >= abs(items) or items <= 0:
            continue
        if left is not None:
            if any(left[nation] < 2 for nation in group.nations):
                continue
            left.subtract(group.nations)
        taken.append(group)
        items -= len(group.ids)
    return taken


def _items(found: Iterable[_Group], parts: Iterable[Part]) -> int:
    wanted = tuple(parts)
    return sum(len(group.ids) for group in found if group.part in wanted)
