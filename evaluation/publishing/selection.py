"""Which rows a recipe takes: by type, time and dispute, then evened out, then cut to size."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from evaluation.publishing.content import Slice
from evaluation.publishing.dates import day_range, year_of
from evaluation.publishing.draws import draw
from evaluation.publishing.recipe import Balance, Recipe
from evaluation.publishing.rows import ReleaseRow
from pipeline.triples.choice_only import fair_subset

DEFAULT_SHARE = 0.5  # of an outlet or a year, where a balance rule is asked for without a gate


class LeftOut(StrEnum):
    """Why a row is not taken; the first reason that holds."""

    NATION = "nation"
    SOURCE_TYPE = "source_type"
    UNDATED = "undated"  # or a date nobody can read, where the recipe has a window
    WINDOW = "window"
    CONTESTED = "contested"
    CHOICES = "choices"
    OUTLETS = "outlets"
    YEARS = "years"
    NATIONS = "nations"
    SIZE = "size"


@dataclass(frozen=True, slots=True)
class Selection:
    """Rows taken, by id, and ids left out by reason, each sorted; reasons without rows are not there."""

    rows: tuple[ReleaseRow, ...]
    left_out: Mapping[LeftOut, tuple[str, ...]]


def select(rows: Sequence[ReleaseRow], recipe: Recipe) -> Selection:
    """Rows that ``recipe`` takes. Their order does not matter, and ids are unique.

    A date of a month or year is inside the window when all its days are. Rows are preferred by a digest of
    the seed and their id, the first of every topic before all others, so that other rows seldom change which
    are taken. ``outlets`` and ``years`` leave out the fewest rows that bring a share of a slice down to its
    gate (``DEFAULT_SHARE`` where there is none); asked for together, no more than greedily the fewest. Where
    a slice has no rows that satisfy it, none is taken. A row without outlet or date counts with the others
    of its kind as one outlet or year. ``nations`` cuts every slice of a type to the smallest that has rows.
    """
    left_out: dict[LeftOut, list[str]] = defaultdict(list)
    kept = []
    for row in sorted(rows, key=lambda row: row.id):
        reason = unfit(row, recipe)
        if reason is None:
            kept.append(row)
        else:
            left_out[reason].append(row.id)
    if Balance.CHOICES in recipe.balance:
        kept = _choices(kept, left_out)
    slices: dict[Slice, list[ReleaseRow]] = defaultdict(list)
    for row in kept:
        slices[Slice(row.nation, row.source_type)].append(row)
    rules = _rules(recipe)
    evened = {where: _even(_preferred(ours, recipe.seed), rules, left_out) for where, ours in slices.items()}
    if (size := recipe.slice_size) is not None:
        evened = {
            where: _cut(ours, min(size, len(ours)), rules, LeftOut.SIZE, left_out)
            for where, ours in evened.items()
        }
    if Balance.NATIONS in recipe.balance:
        evened = _same_size(evened, rules, left_out)
    taken = sorted((row for ours in evened.values() for row in ours), key=lambda row: row.id)
    return Selection(tuple(taken), {reason: tuple(sorted(left_out[reason])) for reason in sorted(left_out)})


Rule = tuple[LeftOut, Callable[[ReleaseRow], str], float]


def unfit(row: ReleaseRow, recipe: Recipe) -> LeftOut | None:
    """Why ``recipe`` does not take a row, whatever the others are; ``None`` when it may."""
    if recipe.nations and row.nation not in recipe.nations:
        return LeftOut.NATION
    if row.source_type not in recipe.source_types:
        return LeftOut.SOURCE_TYPE
    if recipe.published_from or recipe.published_to:
        days = day_range(row.published)
        if days is None:
            return LeftOut.UNDATED
        if days[0] < recipe.published_from or days[1] > (recipe.published_to or days[1]):
            return LeftOut.WINDOW
    if row.is_contested and not recipe.with_contested:
        return LeftOut.CONTESTED
    return None


def _choices(rows: list[ReleaseRow], left_out: dict[LeftOut, list[str]]) -> list[ReleaseRow]:
    by_language: dict[str, list[ReleaseRow]] = defaultdict(list)
    for row in rows:
        by_language[row.language].append(row)
    kept: list[ReleaseRow] = []
    for ours in by_language.values():
        pairs = [(row.statement, row.reversed_statement) for row in ours]
        places, _ = fair_subset(pairs, groups=[row.article for row in ours])
        kept += (found := [ours[place] for place in places])
        _note(left_out, LeftOut.CHOICES, ours, found)
    return sorted(kept, key=lambda row: row.id)


def _rules(recipe: Recipe) -> list[Rule]:
    shares = recipe.gates.max_outlet_share, recipe.gates.max_year_share
    outlets, years = (DEFAULT_SHARE if share is None else share for share in shares)
    found: list[Rule] = []
    if Balance.OUTLETS in recipe.balance:
        found.append((LeftOut.OUTLETS, lambda row: row.outlet, outlets))
    if Balance.YEARS in recipe.balance:
        found.append((LeftOut.YEARS, lambda row: year_of(row.published), years))
    return found


def _preferred(rows: Iterable[ReleaseRow], seed: int) -> list[ReleaseRow]:
    """By draw; of each topic, the first drawn stands before the rest."""
    drawn = sorted(rows, key=lambda row: draw(seed, row.id))
    seen: set[str] = set()
    first: list[ReleaseRow] = []
    rest: list[ReleaseRow] = []
    for row in drawn:
        (rest if not row.topic or row.topic in seen else first).append(row)
        seen.add(row.topic)
    return first + rest


def _even(rows: list[ReleaseRow], rules: list[Rule], left_out: dict[LeftOut, list[str]]) -> list[ReleaseRow]:
    """The most rows that satisfy the rules."""
    return _cut(rows, len(rows), rules, rules[0][0], left_out) if rules else rows


def _cut(
    rows: list[ReleaseRow],
    size: int,
    rules: list[Rule],
    reason: LeftOut,
    left_out: dict[LeftOut, list[str]],
) -> list[ReleaseRow]:
    """The first ``size`` rows in order of preference that satisfy the rules, or as many as can. A row left
    out is noted under the rule that refused it, otherwise under ``reason``."""
    for _, name_of, share in rules:
        size = _feasible(Counter(map(name_of, rows)), share, size)
    while True:
        counts = [Counter[str]() for _ in rules]
        taken: list[ReleaseRow] = []
        refused: list[tuple[str, LeftOut]] = []
        for row in rows:
            names = [name_of(row) for _, name_of, _ in rules]
            full = [
                rule
                for (rule, _, share), count, name in zip(rules, counts, names, strict=True)
                if count[name] >= _most(share, size)
            ]
            if full or len(taken) == size:
                refused.append((row.id, full[0] if full else reason))
                continue
            taken.append(row)
            for count, value in zip(counts, names, strict=True):
                count[value] += 1
        if len(taken) == size:
            for id, why in refused:
                left_out[why].append(id)
            return taken
        size = len(taken)  # fewer rows allow fewer of each outlet and year: once more


def _most(share: float, size: int) -> int:
    return int(share * size + 1e-9)


def _feasible(counts: Mapping[str, int], share: float, size: int) -> int:
    """The most rows, up to ``size``, of which no name has more than ``share``."""
    while (found := sum(min(count, _most(share, size)) for count in counts.values())) < size:
        size = found
    return size


def _same_size(
    slices: Mapping[Slice, list[ReleaseRow]], rules: list[Rule], left_out: dict[LeftOut, list[str]]
) -> dict[Slice, list[ReleaseRow]]:
    found = dict(slices)
    for source_type in sorted({where.source_type for where in slices}):
        ours = [where for where in sorted(slices) if where.source_type == source_type]
        while sizes := {len(found[where]) for where in ours if found[where]}:
            if len(sizes) == 1:
                break
            for where in ours:
                if len(found[where]) > min(sizes):
                    found[where] = _cut(found[where], min(sizes), rules, LeftOut.NATIONS, left_out)
    return found


def _note(
    left_out: dict[LeftOut, list[str]],
    reason: LeftOut,
    before: Iterable[ReleaseRow],
    after: Iterable[ReleaseRow],
) -> None:
    ids = {row.id for row in after}
    left_out[reason].extend(row.id for row in before if row.id not in ids)
