"""A conflict group as plain text, for annotators who are asked about a pair of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import F

from annotation.label_studio.configs import words
from annotation.models import Conflict, ConflictSide
from annotation.services.conflicts.bench import DEAD

MOST = 8  # statements shown of each side, the earliest
_CHUNK = 400


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    outlet: str | None
    as_of: date | None


def group_listings(conflicts: Sequence[tuple[Conflict, str]]) -> dict[int, str]:
    """By conflict: both sides of the current group that holds its two statements, in the language that goes
    with it; a sentence that says so where there is none. The number of queries grows with the number of
    conflicts by the thousand only.

    The side of the first statement comes first, whichever the machine proposes: nobody is to be swayed.
    """
    ends = {pk for conflict, _ in conflicts for pk in (conflict.first_id, conflict.second_id)}
    places = _places(ends)
    group_of: dict[int, int] = {}
    for conflict, _ in conflicts:
        common = places[conflict.first_id].keys() & places[conflict.second_id].keys()
        if common:
            group_of[conflict.pk] = max(common)
    lines, counts = _lines(set(group_of.values()))
    found = {}
    for conflict, language in conflicts:
        group = group_of.get(conflict.pk)
        if group is None:
            found[conflict.pk] = words(language)["conflict.group_none"]
            continue
        first, second = places[conflict.first_id][group], places[conflict.second_id][group]
        titles = (
            {first: "group_both", -first: "group_other"}
            if first == second
            else {first: "group_first", second: "group_second"}
        )
        found[conflict.pk] = "\n\n".join(
            _side(title, lines[group, side], counts[group, side], language)
            for side, title in titles.items()
            if counts[group, side]
        )
    return found


def _side(title: str, lines: Sequence[_Line], count: int, language: str) -> str:
    say = words(language)
    rows = [f"{say[f'conflict.{title}']} ({count})"]
    for line in lines:
        day = line.as_of.isoformat() if line.as_of else say["conflict.group_undated"]
        origin = f"{line.outlet}, {day}" if line.outlet else day
        rows.append(f"• {line.text} ({origin})")
    if count > len(lines):
        rows.append(say["conflict.group_more"].format(n=count - len(lines)))
    return "\n".join(rows)


def _places(statement_ids: Iterable[int]) -> dict[int, dict[int, int]]:
    """Statement to its current groups and its side in each."""
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for chunk in _chunks(statement_ids):
        rows = ConflictSide.objects.filter(statement__in=chunk, group__is_current=True)
        for statement, group, side in rows.values_list("statement", "group", "side"):
            found[statement][group] = side
    return found


def _lines(groups: Iterable[int]) -> tuple[dict[tuple[int, int], list[_Line]], dict[tuple[int, int], int]]:
    """The earliest statements in the flow of each side of each group, and how many there are."""
    lines: dict[tuple[int, int], list[_Line]] = defaultdict(list)
    counts: dict[tuple[int, int], int] = defaultdict(int)
    for chunk in _chunks(groups):
        rows = (
            ConflictSide.objects.filter(group__in=chunk)
            .exclude(statement__status__in=DEAD)
            .order_by("group", "-side", F("statement__as_of").asc(nulls_last=True), "statement")
        )
        wanted = ("group", "side", "statement__text", "statement__as_of", "statement__document__outlet__name")
        for group, side, text, as_of, outlet in rows.values_list(*wanted).iterator(2000):
            counts[group, side] += 1
            if len(lines[group, side]) < MOST:
                lines[group, side].append(_Line(" ".join(text.split()), outlet, as_of))
    return lines, counts


def _chunks(ids: Iterable[int]) -> Iterator[list[int]]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), _CHUNK):
        yield ordered[start : start + _CHUNK]
